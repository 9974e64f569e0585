#include "flow/spool.h"

#include "base/log.h"
#include "flow/audit.h"
#include "flow/intake.h"
#include "flow/preview.h"
#include "io/spool_dir.h"
#include "wire/broadcast_json.h"
#include "wire/json_writer.h"
#include <string.h>

#define SPOOL_RETRY_MS 5000
#define SPOOL_REOPEN_MS 30000
#define SPOOL_PRINCIPAL "spool"
#define AUDIT_RESULT_MAX 512 /* bytes of a result that its record repeats */

struct spool {
    struct service *service;
    struct spool_dir *dir;    /* NULL: none configured, or it cannot be watched yet */
    GQueue waiting;           /* char *: names, each once */
    char *current;            /* with the intake; NULL: none */
    struct loop_timer *timer; /* opens again, or goes on after the store was away */
    bool told;                /* that it cannot be watched */
};

static void next(struct spool *p);

/* NULL: it is not said what the file is. */
static const char *type_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (!dot)
        return NULL;
    if (!g_ascii_strcasecmp(dot, ".json"))
        return PREVIEW_JSON;
    return !g_ascii_strcasecmp(dot, ".xml") || !g_ascii_strcasecmp(dot, ".cap") ? PREVIEW_CAP
                                                                                : NULL;
}

/* Names of files that somebody still writes, and the folders that are ours. */
static bool is_left_alone(const char *name)
{
    return g_str_has_suffix(name, ".tmp") || g_str_has_suffix(name, ".part") ||
           g_str_equal(name, "taken") || g_str_equal(name, "refused");
}

static bool is_waiting(const struct spool *p, const char *name)
{
    return g_strcmp0(p->current, name) == 0 ||
           g_queue_find_custom((GQueue *)&p->waiting, name, (GCompareFunc)g_strcmp0);
}

static void found(const char *name, void *ctx)
{
    struct spool *p = ctx;
    if (is_left_alone(name) || is_waiting(p, name))
        return;
    g_queue_push_tail(&p->waiting, g_strdup(name));
    next(p);
}

static void put_away(struct spool *p, const char *where, const char *result)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *outcome = g_strndup(result, MIN(strcspn(result, "\n"), AUDIT_RESULT_MAX));
    struct audit_act act = { .operation = "spoolBroadcast",
                             .by = SPOOL_PRINCIPAL,
                             .from = p->current,
                             .on = outcome,
                             .means = "spool",
                             .end = where };
    audit_write(p->service, &act, NULL, NULL);
    bool replaced = false;
    if (!spool_dir_put_away(p->dir, p->current, where, result, &replaced, &error))
        log_event(LOG_LEVEL_ERROR, "spool.stuck", LOG_STR("file", p->current),
                  LOG_STR("reason", error->message));
    else
        log_event(LOG_LEVEL_INFO, "spool.done", LOG_STR("file", p->current), LOG_STR("put", where));
    g_autofree char *name = g_steal_pointer(&p->current);
    if (replaced)
        g_queue_push_tail(&p->waiting, g_steal_pointer(&name));
}

static void write_faults(GString *out, const char *name, const GPtrArray *faults)
{
    json_writer_open(out, name, '[');
    for (guint i = 0; i < faults->len; i++) {
        const struct fault *f = g_ptr_array_index(faults, i);
        json_writer_open(out, NULL, '{');
        json_writer_string(out, "place", f->place);
        json_writer_string(out, "code", f->code);
        json_writer_string(out, "detail", f->detail);
        json_writer_close(out, '}');
    }
    json_writer_close(out, ']');
}

static void write_row(GString *out, const struct broadcast_row *row)
{
    json_writer_string(out, "id", row->id);
    json_writer_string(out, "identifier", row->identifier);
    json_writer_string(out, "state", broadcast_state_names[row->state]);
    json_writer_integer(out, "missions", row->missions);
    json_writer_integer(out, "notifications", row->notifications);
    if (row->hold && *row->hold)
        json_writer_string(out, "hold", row->hold);
}

static char *result_text(const char *outcome, const struct intake_result *r, const char *reason)
{
    GString *out = g_string_new(NULL);
    json_writer_open(out, NULL, '{');
    json_writer_string(out, "outcome", outcome);
    if (reason)
        json_writer_string(out, "reason", reason);
    if (r && r->row)
        write_row(out, r->row);
    if (r) {
        write_faults(out, "faults", r->faults->errors);
        write_faults(out, "warnings", r->faults->warnings);
    }
    json_writer_close(out, '}');
    g_string_append_c(out, '\n');
    return g_string_free(out, FALSE);
}

static void answered(const struct intake_result *r, void *ctx)
{
    static const char *const outcomes[] = {
        [INTAKE_ACCEPTED] = "accepted",     [INTAKE_KNOWN] = "known",
        [INTAKE_CONFLICT] = "conflict",     [INTAKE_INVALID] = "invalid",
        [INTAKE_KEY_REUSED] = "key-reused", [INTAKE_EXPECTATION] = "expectation",
        [INTAKE_FORBIDDEN] = "forbidden",   [INTAKE_UNAVAILABLE] = "unavailable",
    };
    struct spool *p = ctx;
    if (r->kind ==
        INTAKE_UNAVAILABLE) { /* the file stays; it is tried again when the store is back */
        g_queue_push_head(&p->waiting, g_steal_pointer(&p->current));
        loop_timer_arm(p->timer, SPOOL_RETRY_MS);
        return;
    }
    bool taken = r->kind == INTAKE_ACCEPTED || r->kind == INTAKE_KNOWN;
    g_autofree char *text = result_text(outcomes[r->kind], r, r->reason);
    put_away(p, taken ? "taken" : "refused", text);
    loop_timer_arm(p->timer,
                   0); /* not from here: a thousand refused ones would stand on the stack */
}

/* False: it was answered at once, without the intake. */
static bool offer(struct spool *p)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = spool_dir_read(p->dir, p->current, BROADCAST_JSON_MAX_BYTES, &error);
    if (!bytes && error) {
        g_autofree char *text = result_text("unreadable", NULL, error->message);
        put_away(p, "refused", text);
        return false;
    }
    if (!bytes) { /* a link, a folder, or gone already */
        g_clear_pointer(&p->current, g_free);
        return false;
    }
    if (!type_of(p->current)) {
        g_autofree char *text =
            result_text("unknown-type", NULL, "the name must end in .json, .xml or .cap");
        put_away(p, "refused", text);
        return false;
    }
    gsize len;
    struct intake_request q = { .type = type_of(p->current),
                                .principal = SPOOL_PRINCIPAL,
                                .expect_missions = -1 };
    q.body = g_bytes_get_data(bytes, &len);
    q.body = q.body ? q.body : "";
    q.len = len;
    intake_submit(p->service, &q, answered, p);
    return true;
}

static void next(struct spool *p)
{
    while (!p->current && p->waiting.length > 0 && !p->service->stopping) {
        p->current = g_queue_pop_head(&p->waiting);
        if (offer(p))
            return;
    }
}

static void open_dir(struct spool *p)
{
    g_autoptr(GError) error = NULL;
    const char *path = p->service->config->spool.dir;
    p->dir = spool_dir_open(p->service->loop, path, found, p, &error);
    if (p->dir) {
        p->told = false;
        spool_dir_scan(p->dir);
        return;
    }
    if (!p->told)
        log_event(LOG_LEVEL_ERROR, "spool.unwatched", LOG_STR("reason", error->message));
    p->told = true;
    loop_timer_arm(p->timer, SPOOL_REOPEN_MS);
}

static void again(void *ctx)
{
    struct spool *p = ctx;
    if (p->dir)
        next(p);
    else
        open_dir(p);
}

struct spool *spool_new(struct service *s)
{
    struct spool *p = g_new0(struct spool, 1);
    p->service = s;
    g_queue_init(&p->waiting);
    p->timer = loop_timer_new(s->loop, again, p);
    if (*s->config->spool.dir)
        open_dir(p);
    return p;
}

void spool_free(struct spool *p)
{
    loop_timer_free(p->timer);
    g_clear_pointer(&p->dir, spool_dir_close);
    g_queue_clear_full(&p->waiting, g_free);
    g_free(p->current);
    g_free(p);
}
