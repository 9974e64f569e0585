#include "flow/certificate_watch.h"

#include "base/log.h"
#include "base/timestamp.h"
#include "flow/alarm.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define LOOK_MS (INT64_C(60) * 60 * 1000) /* the wall clock may be stepped */
#define RETRY_MS 60000                    /* after the store has failed */
#define EVENT "alarm.certificate"

static const int warnings_days[] = { 0, 1, 7, 30 }; /* the most urgent first */

struct certificate_watch {
    struct service *service;
    struct loop_timer *timer;
    bool busy, again;
};

/* Whose certificate it is, and what comes of its end; file_of() follows the order. */
static const struct watched {
    const char *group; /* of the keys that name it */
    const char *key, *what, *after, *now;
} watched[] = {
    { "api", "api.tls_certificate_file", "API", "After that callers refuse it.",
      "Callers refuse it now." },
    { "acknowledge", "acknowledge.tls_certificate_file", "pages for representatives",
      "After that callers refuse it.", "Callers refuse it now." },
    { "mail", "mail.sign_certificate_file", "signature of mails",
      "After that mail programs warn of every mail.", "Mail programs warn of every mail now." },
};

struct warning {
    const struct watched *of;
    char *file;
    int64_t expires_ms;
    int days; /* of warnings_days */
    struct alarm *alarm;
};

struct round { /* one look */
    struct service *service;
    struct config *config; /* one reference */
    int64_t now_ms;
    GPtrArray *due; /* struct warning * */
};

int certificate_warning(int64_t expires_ms, int64_t now_ms)
{
    for (size_t i = 0; i < G_N_ELEMENTS(warnings_days); i++)
        if (expires_ms - now_ms <= warnings_days[i] * DAY_MS)
            return warnings_days[i];
    return -1;
}

static void warning_free(gpointer p)
{
    struct warning *w = p;
    alarm_free(w->alarm);
    g_free(w->file);
    g_free(w);
}

/* --- the store's side --- */

/* "EXPIRES DAYS" of the last warning under the key of its listener. */
static bool is_told(struct store *s, const struct warning *w, const char *key, bool *told,
                    GError **error)
{
    g_autofree char *last = NULL;
    if (!s->ops->meta_get(s, key, &last, error))
        return false;
    g_auto(GStrv) part = g_strsplit(last ? last : "", " ", 2);
    *told = g_strv_length(part) == 2 && g_ascii_strtoll(part[0], NULL, 10) == w->expires_ms &&
            g_ascii_strtoll(part[1], NULL, 10) <= w->days;
    return true;
}

static struct alarm *compose(const struct round *r, const struct warning *w)
{
    g_autofree char *at = timestamp_format_utc_s(w->expires_ms);
    g_autofree char *headline =
        g_strdup_printf(w->days == 0 ? "The certificate of the %s has expired"
                                     : "The certificate of the %s ends at %s",
                        w->of->what, at);
    g_autofree char *text =
        g_strdup_printf("%s (%s) %s at %s. %s Put a new one in its place, check it with "
                        "liaisond -t, and reload: systemctl reload liaisond.",
                        w->file, w->of->key, w->days == 0 ? "ended" : "ends", at,
                        w->days == 0 ? w->of->now : w->of->after);
    return alarm_new(r->config, ALARM_DUTY_DESK, EVENT, "", headline, text, r->now_ms);
}

static bool warn(struct store *s, const struct round *r, struct warning *w, bool *told,
                 GError **error)
{
    g_autofree char *key = g_strconcat("certificate:", w->of->group, NULL);
    g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT " %d", w->expires_ms, w->days);
    if (!is_told(s, w, key, told, error))
        return false;
    if (*told)
        return true;
    w->alarm = compose(r, w);
    return s->ops->meta_set(s, key, now, error) &&
           (!w->alarm || alarm_store(s, w->alarm, r->config->node, r->now_ms, error));
}

/* What was warned of already is taken out. */
static bool look(struct store *s, void *arg, GError **error)
{
    struct round *r = arg;
    for (guint i = r->due->len; i-- > 0;) {
        bool told = false;
        if (!warn(s, r, g_ptr_array_index(r->due, i), &told, error))
            return false;
        if (told)
            g_ptr_array_remove_index(r->due, i);
    }
    return true;
}

/* --- the loop's side --- */

static void tell(struct service *s, const struct warning *w)
{
    g_autofree char *at = timestamp_format_utc_s(w->expires_ms);
    log_event(w->days <= 1 ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
              w->days == 0 ? "tls.expired" : "tls.expires_soon", LOG_STR("key", w->of->key),
              LOG_STR("file", w->file), LOG_STR("at", at),
              LOG_STR("action", "put a new certificate in its place and reload"));
    if (w->alarm)
        dispatch_wake_plan(s->dispatch, w->alarm->plan);
}

static void looked(void *arg, const GError *error)
{
    struct round *r = arg;
    struct certificate_watch *w = r->service->certificate_watch;
    service_note_store(r->service, error);
    for (guint i = 0; !error && i < r->due->len; i++)
        tell(r->service, g_ptr_array_index(r->due, i));
    if (!error && r->due->len > 0)
        delivery_log_wake(r->service->log);
    if (w) {
        w->busy = false;
        loop_timer_arm(w->timer, error ? RETRY_MS : w->again ? 0 : LOOK_MS);
        w->again = false;
    }
    g_ptr_array_unref(r->due);
    config_unref(r->config);
    g_free(r);
}

/* NULL: there is none of that kind. */
static const char *file_of(const struct service *s, size_t i, int64_t *expires_ms)
{
    const struct tls *const listeners[] = { s->tls.api, s->tls.pages };
    if (i < G_N_ELEMENTS(listeners)) {
        *expires_ms = listeners[i] ? tls_expires_ms(listeners[i]) : 0;
        return listeners[i] ? tls_file(listeners[i]) : NULL;
    }
    *expires_ms = s->mail_signer ? cms_signer_ends_ms(s->mail_signer) : 0;
    return s->mail_signer ? s->config->mail.sign_certificate_file : NULL;
}

static void add(struct round *r, size_t i)
{
    int64_t expires_ms;
    const char *file = file_of(r->service, i, &expires_ms);
    int days = file ? certificate_warning(expires_ms, r->now_ms) : -1;
    if (days < 0)
        return;
    struct warning *w = g_new0(struct warning, 1);
    *w = (struct warning){
        .of = &watched[i], .file = g_strdup(file), .expires_ms = expires_ms, .days = days
    };
    g_ptr_array_add(r->due, w);
}

static void due(void *ctx)
{
    struct certificate_watch *w = ctx;
    struct service *s = w->service;
    if (s->stopping)
        return;
    struct round *r = g_new0(struct round, 1);
    r->service = s;
    r->config = config_ref(s->config);
    r->now_ms = service_now_ms(s);
    r->due = g_ptr_array_new_with_free_func(warning_free);
    for (size_t i = 0; i < G_N_ELEMENTS(watched); i++)
        add(r, i);
    w->busy = true;
    store_thread_submit(s->store, look, looked, r);
}

struct certificate_watch *certificate_watch_new(struct service *s)
{
    struct certificate_watch *w = g_new0(struct certificate_watch, 1);
    w->service = s;
    w->timer = loop_timer_new(s->loop, due, w);
    return w;
}

void certificate_watch_look(struct certificate_watch *w)
{
    if (w->busy)
        w->again = true;
    else if (w->service->tls.api || w->service->tls.pages || w->service->mail_signer)
        loop_timer_arm(w->timer, 0);
}

void certificate_watch_free(struct certificate_watch *w)
{
    loop_timer_free(w->timer);
    g_free(w);
}

/* False: there is none of that kind. */
static bool append_state(GString *out, const struct service *s, size_t i)
{
    int64_t expires_ms;
    bool any = file_of(s, i, &expires_ms) != NULL;
    int days = any ? certificate_warning(expires_ms, service_now_ms(s)) : -1;
    if (days < 0)
        return any;
    g_autofree char *at = timestamp_format_utc_s(expires_ms);
    g_string_append_printf(out, "%s%s %s at %s", out->len ? "; " : "", watched[i].key,
                           days == 0 ? "ended" : "ends", at);
    return true;
}

char *certificate_watch_state(const struct service *s)
{
    GString *out = g_string_new(NULL);
    bool any = false;
    for (size_t i = 0; i < G_N_ELEMENTS(watched); i++)
        any |= append_state(out, s, i);
    if (any && out->len == 0)
        g_string_append(out, "ok");
    return g_string_free(out, !any);
}
