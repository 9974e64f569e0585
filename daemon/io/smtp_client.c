#include "io/smtp_client.h"

#include "base/log.h"
#include "base/mailbox.h"
#include "base/text.h"
#include "io/loop.h"
#include "io/smtp_finisher.h"
#include "io/smtp_pool.h"
#include <event2/event.h>
#include <string.h>

struct smtp_client {
    struct smtp_relay *relay; /* one reference */
    struct smtp_pool *pool;
    struct smtp_finisher *finisher;
    struct mailbox *results; /* of GPtrArray of struct smtp_job */
    struct loop_watch *watch;
    GPtrArray *outbox;   /* of struct smtp_job, not handed over yet */
    struct event *batch; /* at the end of a turn of the loop */
    gboolean gathering;  /* the first of this turn has gone: the others go together */
    unsigned in_flight;
};

static void deliver(void *message, void *ctx)
{
    struct smtp_client *c = ctx;
    g_autoptr(GPtrArray) jobs = message;
    for (guint i = 0; i < jobs->len; i++) {
        struct smtp_job *j = g_ptr_array_index(jobs, i);
        c->in_flight--;
        j->done(g_steal_pointer(&j->outcome), j->ctx);
    }
}

static GPtrArray *new_batch(void)
{
    return g_ptr_array_new_with_free_func(smtp_job_free);
}

static void free_batch(gpointer jobs)
{
    g_ptr_array_unref(jobs);
}

static void hand_over(struct smtp_client *c)
{
    if (c->outbox->len == 0)
        return;
    smtp_pool_send(c->pool, g_steal_pointer(&c->outbox));
    c->outbox = new_batch();
}

static void on_batch(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd, (void)what;
    struct smtp_client *c = ctx;
    c->gathering = FALSE;
    hand_over(c);
}

static gboolean settings_are_sound(const struct smtp_settings *s, GError **error)
{
    const char *wrong = NULL;
    if (!s->host || !*s->host || text_has_control(s->host) || strpbrk(s->host, "/@?# ")) {
        wrong = "the host is empty or not a name";
    } else if (s->port < 1 || s->port > 65535) {
        wrong = "the port is not between 1 and 65535";
    } else if (s->hello && (text_has_control(s->hello) || strchr(s->hello, ' '))) {
        wrong = "the name for EHLO is not a name";
    } else if (s->connections < 1) {
        wrong = "the number of connections is not positive";
    }
    if (wrong)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "mail relay: %s", wrong);
    return !wrong;
}

struct smtp_client *smtp_client_new(struct loop *l, const struct smtp_settings *s, GError **error)
{
    if (!settings_are_sound(s, error))
        return NULL;
    struct smtp_client *c = g_new0(struct smtp_client, 1);
    c->results = mailbox_new(free_batch);
    c->pool = smtp_pool_new(c->results, error);
    if (!c->pool) {
        mailbox_free(c->results);
        g_free(c);
        return NULL;
    }
    c->finisher = smtp_finisher_new(c->pool);
    c->relay = smtp_relay_new(s);
    c->outbox = new_batch();
    c->batch = event_new(loop_base(l), -1, 0, on_batch, c);
    c->watch = loop_watch_mailbox(l, c->results, deliver, NULL, c);
    smtp_pool_configure(c->pool, c->relay, s->connections);
    return c;
}

#define BLOCK 256

/* In each of the n places and the one behind it: a CR and its LF, or neither. */
static inline gboolean pairs_are_sound(const char *p, gsize n)
{
    guchar unsound = 0; /* as wide as what is compared */
    for (gsize i = 0; i < n; i++)
        unsound |= (p[i] == '\r') != (p[i + 1] == '\n');
    return !unsound;
}

/* A bare CR or LF reaches the relay untouched and could end the message early. */
static gboolean lines_are_sound(GBytes *message)
{
    gsize len, at = 0;
    const char *text = g_bytes_get_data(message, &len);
    if (len == 0 || text[0] == '\n' || text[len - 1] != '\n')
        return FALSE;
    while (len - 1 - at >= BLOCK && pairs_are_sound(text + at, BLOCK)) /* which is done at once */
        at += BLOCK;
    return pairs_are_sound(text + at, len - 1 - at);
}

static char *complaint(const char *from, const char *to, GBytes *message)
{
    const char *why;
    if (!text_is_mailbox(to, &why))
        return g_strdup_printf("recipient is not a mailbox: %s", why);
    if (!text_is_mailbox(from, &why))
        return g_strdup_printf("sender is not a mailbox: %s", why);
    return lines_are_sound(message) ? NULL
                                    : g_strdup("message has a line that does not end in CRLF");
}

void smtp_client_send(struct smtp_client *c, const char *from, const char *to, GBytes *message,
                      const struct smtp_finish *finish, smtp_done_fn done, void *ctx)
{
    struct smtp_job *j = g_new0(struct smtp_job, 1);
    *j = (struct smtp_job){ .relay = smtp_relay_ref(c->relay), .done = done, .ctx = ctx };
    if (finish)
        j->finish = *finish;
    c->in_flight++;
    g_autofree char *wrong = complaint(from, to, message);
    if (wrong) {
        j->outcome = outcome_new(OUTCOME_REFUSED, 0, wrong);
        g_bytes_unref(message);
    } else {
        j->from = g_strdup(from);
        j->to = g_strdup(to);
        j->message = message;
    }
    if (!wrong && finish && c->finisher) {
        smtp_finisher_send(c->finisher, j);
        return;
    }
    g_ptr_array_add(c->outbox, j);
    if (c->gathering)
        return;
    hand_over(c);
    c->gathering = TRUE;
    event_active(c->batch, EV_TIMEOUT, 0);
}

unsigned smtp_client_in_flight(const struct smtp_client *c)
{
    return c->in_flight;
}

void smtp_client_configure(struct smtp_client *c, const struct smtp_settings *s)
{
    g_autoptr(GError) error = NULL;
    if (!settings_are_sound(s, &error)) {
        log_event(LOG_LEVEL_ERROR, "smtp.settings_refused", LOG_STR("reason", error->message));
        return;
    }
    smtp_relay_unref(c->relay);
    c->relay = smtp_relay_new(s);
    smtp_pool_configure(c->pool, c->relay, s->connections);
}

/* What was sent from a done of the last moment as well. */
static void deliver_the_rest(struct smtp_client *c)
{
    GPtrArray *jobs;
    while ((jobs = mailbox_try_take(c->results)))
        deliver(jobs, c);
    while (c->outbox->len > 0) {
        jobs = g_steal_pointer(&c->outbox);
        c->outbox = new_batch();
        for (guint i = 0; i < jobs->len; i++) {
            struct smtp_job *j = g_ptr_array_index(jobs, i);
            if (!j->outcome)
                smtp_job_stop(j);
        }
        deliver(jobs, c);
    }
}

void smtp_client_free(struct smtp_client *c)
{
    if (!c)
        return;
    loop_unwatch(c->watch);
    g_clear_pointer(&c->finisher, smtp_finisher_free);
    hand_over(c);
    c->gathering = TRUE; /* what is sent from now on stays in the outbox */
    smtp_pool_free(c->pool);
    deliver_the_rest(c);
    event_free(c->batch);
    mailbox_free(c->results);
    g_ptr_array_unref(c->outbox);
    smtp_relay_unref(c->relay);
    g_free(c);
}
