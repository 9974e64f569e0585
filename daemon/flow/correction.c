#include "flow/correction.h"

#include "base/digest.h"
#include "flow/event.h"
#include "flow/preview.h"
#include "model/life.h"
#include "wire/broadcast_json.h"
#include "wire/cancel_text.h"

struct correction {
    struct service *service;
    char *id, *principal, *reason;
    bool false_alarm, preview;
    struct broadcast_row *row;
    int64_t newest_ms; /* when the newest of its event was sent */
    char *json;
    correction_done_fn done;
    void *ctx;
};

static void answer(struct correction *c, const struct intake_result *intake, const char *reason)
{
    struct correction_result r = {
        .found = c->row != NULL, .json = c->json, .intake = intake, .reason = reason
    };
    c->done(&r, c->ctx);
    if (c->row)
        broadcast_row_free(c->row);
    g_free(c->id);
    g_free(c->principal);
    g_free(c->reason);
    g_free(c->json);
    g_free(c);
}

static void taken(const struct intake_result *r, void *ctx)
{
    answer(ctx, r, NULL);
}

/* "<of>-cancel-<seconds>"; of one too long for that its fingerprint stands in, so that every
 * broadcast can be cancelled. */
static char *identifier_of(const char *of, int64_t seconds)
{
    char *plain = g_strdup_printf("%s-cancel-%" G_GINT64_FORMAT, of, seconds);
    if (strlen(plain) <= BROADCAST_JSON_MAX_IDENTIFIER)
        return plain;
    g_free(plain);
    g_autofree char *print = digest_sha256_hex(of, strlen(of));
    return g_strdup_printf("%.32s-cancel-%" G_GINT64_FORMAT, print, seconds);
}

/* A clock that was ahead must not have the last word over who cancels what he sees. */
static struct timestamp sent_of(const struct correction *c, int64_t now_ms)
{
    int64_t ms = CLAMP(c->newest_ms + 999, now_ms, now_ms + LIFE_AHEAD_MS);
    return (struct timestamp){ .ms = ms / 1000 * 1000, .offset_min = 0 };
}

static bool compose(struct correction *c)
{
    struct faults *f = faults_new();
    struct broadcast *of = broadcast_json_read_stored(c->row->body, strlen(c->row->body), f);
    faults_free(f);
    if (!of)
        return false;
    int64_t now_ms = service_now_ms(c->service);
    struct timestamp sent = sent_of(c, now_ms);
    g_autofree char *identifier = identifier_of(of->identifier, now_ms / 1000);
    struct broadcast *cancel = cancel_text_compose(of, c->service->templates, identifier,
                                                   of->sender, &sent, c->false_alarm, c->reason);
    c->json = broadcast_json_write(cancel);
    broadcast_unref(cancel);
    broadcast_unref(of);
    return true;
}

static bool read_row(struct store *s, void *arg, GError **error)
{
    struct correction *c = arg;
    g_autoptr(GPtrArray) versions = NULL;
    if (!s->ops->broadcast_by_id(s, c->id, &c->row, error))
        return false;
    if (c->row && !event_versions(s, c->row, &versions, error))
        return false;
    for (guint i = 0; versions && i < versions->len; i++)
        c->newest_ms = MAX(c->newest_ms,
                           ((const struct broadcast_row *)g_ptr_array_index(versions, i))->sent_ms);
    return true;
}

static void row_read(void *arg, const GError *error)
{
    struct correction *c = arg;
    service_note_store(c->service, error);
    if (error)
        answer(c, NULL, error->message);
    else if (!c->row)
        answer(c, NULL, "there is no such broadcast");
    else if (c->row->type == TYPE_CANCEL)
        answer(c, NULL, "it is a cancel itself");
    else if (c->row->type == TYPE_UPDATE && c->row->released_ms == 0)
        answer(c, NULL,
               "it was never sent, and its cancel would be that of what it corrects: reject it if "
               "it waits, and cancel that by its own id if that is meant");
    else if (!compose(c))
        answer(c, NULL, "the stored broadcast cannot be read");
    else if (c->preview)
        answer(c, NULL, NULL);
    else {
        struct intake_request q = { .type = PREVIEW_JSON,
                                    .body = c->json,
                                    .len = strlen(c->json),
                                    .principal = c->principal,
                                    .own = true,
                                    .expect_missions = -1 };
        intake_submit(c->service, &q, taken, c);
    }
}

void correction_submit(struct service *s, const struct correction_request *q,
                       correction_done_fn done, void *ctx)
{
    struct correction *c = g_new0(struct correction, 1);
    c->service = s;
    c->id = g_strdup(q->id);
    c->principal = g_strdup(q->principal);
    c->reason = g_strdup(q->reason);
    c->false_alarm = q->false_alarm;
    c->preview = q->preview;
    c->done = done;
    c->ctx = ctx;
    store_thread_submit(s->store, read_row, row_read, c);
}
