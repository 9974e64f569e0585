#include "io/smtp_client.h"

#include <string.h>

#include "base/log.h"
#include "base/mailbox.h"
#include "base/text.h"
#include "io/loop.h"
#include "io/monitor.h"
#include "io/smtp_worker.h"

#define IDLE_US (30 * G_USEC_PER_SEC) /* a connection nobody uses is given back */
#define STOP_US (4 * G_USEC_PER_SEC)
#define PAUSE_MIN_US (250 * 1000)
#define PAUSE_MAX_US (2 * G_USEC_PER_SEC)

struct job {
    struct smtp_relay *relay;
    char *from, *to;
    GBytes *message;
    struct smtp_finish finish; /* make NULL: none */
    smtp_done_fn done;
    void *ctx;
    struct outcome *outcome; /* NULL: not tried */
};

struct thread {
    struct smtp_client *client;
    struct smtp_worker *worker; /* NULL: ended; guarded by the monitor */
    GThread *thread;
    gint64 failed_at, pause; /* microseconds, monotonic; pause 0: the relay was up */
};

struct smtp_client {
    /* Of the loop thread. */
    struct smtp_relay *relay;
    struct loop_watch *watch;
    GPtrArray *threads; /* of struct thread, ended ones too */
    int connections;    /* threads that are not asked to end */
    unsigned in_flight;

    struct mailbox *results; /* of struct job with an outcome */

    struct monitor m; /* guards what follows */
    GQueue jobs;      /* of struct job */
    gint64 up_at;     /* when a session last began after a failure */
    gboolean down;
    unsigned alive, surplus; /* threads there are; threads asked to end */
};

static void job_free(gpointer data)
{
    struct job *j = data;
    smtp_relay_unref(j->relay);
    g_free(j->from);
    g_free(j->to);
    g_clear_pointer(&j->message, g_bytes_unref);
    g_clear_pointer(&j->outcome, outcome_free);
    if (j->finish.free_ctx) {
        j->finish.free_ctx(j->finish.ctx);
    }
    g_free(j);
}

/* Entered.  A thread pauses for longer and longer, until it or another one finds the relay up. */
static gint64 paused_until(const struct thread *t)
{
    return t->pause && t->client->up_at < t->failed_at ? t->failed_at + t->pause : 0;
}

static void note_session(struct thread *t, gboolean up)
{
    struct smtp_client *c = t->client;
    monitor_enter(&c->m);
    if (!up) {
        gint64 before = paused_until(t) ? t->pause : 0;
        t->failed_at = g_get_monotonic_time();
        t->pause = CLAMP(before * 2, PAUSE_MIN_US, PAUSE_MAX_US);
        c->down = TRUE;
    } else if (c->down) {
        c->up_at = g_get_monotonic_time();
        c->down = FALSE;
        monitor_wake_all(&c->m);
    }
    monitor_leave(&c->m);
}

/* Entered.  Waits for work; without a connection to give back, for as long as it takes. */
static void wait_for_job(struct thread *t, gint64 *hang_up_at)
{
    struct smtp_client *c = t->client;
    gint64 pause_until = paused_until(t);
    if (g_get_monotonic_time() < pause_until) {
        monitor_wait_until(&c->m, pause_until);
    } else if (*hang_up_at == 0) {
        monitor_wait(&c->m);
    } else if (!monitor_wait_until(&c->m, *hang_up_at) && g_queue_is_empty(&c->jobs)) {
        monitor_leave(&c->m);
        smtp_worker_hang_up(t->worker);
        monitor_enter(&c->m);
        *hang_up_at = 0;
    }
}

/* NULL: the thread is to end. */
static struct job *next_job(struct thread *t)
{
    struct smtp_client *c = t->client;
    gint64 hang_up_at = smtp_worker_connected(t->worker) ? g_get_monotonic_time() + IDLE_US : 0;
    struct job *j = NULL;
    monitor_enter(&c->m);
    while (c->surplus == 0 && !j) {
        if (g_get_monotonic_time() >= paused_until(t)) {
            j = g_queue_pop_head(&c->jobs);
        }
        if (!j) {
            wait_for_job(t, &hang_up_at);
        }
    }
    c->surplus -= j ? 0 : 1;
    monitor_leave(&c->m);
    return j;
}

static gpointer run(gpointer data)
{
    struct thread *t = data;
    struct smtp_client *c = t->client;
    for (struct job *j = next_job(t); j; j = next_job(t)) {
        gboolean session;
        if (j->finish.make) {
            GBytes *whole = j->finish.make(j->message, j->finish.ctx);
            g_bytes_unref(j->message);
            j->message = whole;
        }
        j->outcome = smtp_worker_send(t->worker, j->relay, j->from, j->to, j->message, &session);
        note_session(t, session);
        mailbox_post(c->results, j);
    }
    smtp_worker_hang_up(t->worker);
    monitor_enter(&c->m);
    g_clear_pointer(&t->worker, smtp_worker_free);
    c->alive--;
    monitor_wake_all(&c->m);
    monitor_leave(&c->m);
    return NULL;
}

static void deliver(void *message, void *ctx)
{
    struct smtp_client *c = ctx;
    struct job *j = message;
    c->in_flight--;
    j->done(g_steal_pointer(&j->outcome), j->ctx);
    job_free(j);
}

static void set_connections(struct smtp_client *c, int wanted)
{
    monitor_enter(&c->m);
    for (; c->connections > wanted; c->connections--) {
        c->surplus++;
    }
    for (; c->connections < wanted; c->connections++) {
        struct thread *t = g_new0(struct thread, 1);
        t->client = c;
        t->worker = smtp_worker_new();
        t->thread = g_thread_new("smtp", run, t);
        c->alive++;
        g_ptr_array_add(c->threads, t);
    }
    monitor_wake_all(&c->m);
    monitor_leave(&c->m);
}

static gboolean settings_are_sound(const struct smtp_settings *s, GError **error)
{
    const char *wrong = NULL;
    if (!s->host || !*s->host || text_has_control(s->host) || strpbrk(s->host, "/@?# ")) {
        wrong = "the host is empty or not a name";
    } else if (s->port < 1 || s->port > 65535) {
        wrong = "the port is not between 1 and 65535";
    } else if (s->connections < 1) {
        wrong = "the number of connections is not positive";
    }
    if (wrong) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "mail relay: %s", wrong);
    }
    return !wrong;
}

struct smtp_client *smtp_client_new(struct loop *l, const struct smtp_settings *s, GError **error)
{
    if (!settings_are_sound(s, error)) {
        return NULL;
    }
    struct smtp_client *c = g_new0(struct smtp_client, 1);
    c->relay = smtp_relay_new(s);
    c->threads = g_ptr_array_new_with_free_func(g_free);
    g_queue_init(&c->jobs);
    c->results = mailbox_new(job_free);
    monitor_init(&c->m);
    c->watch = loop_watch_mailbox(l, c->results, deliver, NULL, c);
    set_connections(c, s->connections);
    return c;
}

/* A bare CR or LF reaches the relay untouched and could end the message early. */
static gboolean lines_are_sound(GBytes *message)
{
    gsize len;
    const char *p = g_bytes_get_data(message, &len);
    const char *end = p + len;
    for (const char *q = p; q < end; q++) {
        gboolean cr_before = q > p && q[-1] == '\r';
        if ((*q == '\n') != cr_before) {
            return FALSE;
        }
    }
    return len > 0 && end[-1] == '\n';
}

static char *complaint(const char *from, const char *to, GBytes *message)
{
    const char *why;
    if (!text_is_mailbox(to, &why)) {
        return g_strdup_printf("recipient is not a mailbox: %s", why);
    }
    if (!text_is_mailbox(from, &why)) {
        return g_strdup_printf("sender is not a mailbox: %s", why);
    }
    return lines_are_sound(message) ? NULL
                                    : g_strdup("message has a line that does not end in CRLF");
}

void smtp_client_send(struct smtp_client *c, const char *from, const char *to, GBytes *message,
                      const struct smtp_finish *finish, smtp_done_fn done, void *ctx)
{
    struct job *j = g_new0(struct job, 1);
    *j = (struct job){ .relay = smtp_relay_ref(c->relay), .done = done, .ctx = ctx };
    if (finish) {
        j->finish = *finish;
    }
    c->in_flight++;
    g_autofree char *wrong = complaint(from, to, message);
    if (wrong) {
        j->outcome = outcome_new(OUTCOME_REFUSED, 0, wrong);
        mailbox_post(c->results, j);
        return;
    }
    j->from = g_strdup(from);
    j->to = g_strdup(to);
    j->message = g_bytes_ref(message);
    monitor_enter(&c->m);
    g_queue_push_tail(&c->jobs, j);
    monitor_wake_one(&c->m);
    monitor_leave(&c->m);
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
    set_connections(c, s->connections);
    monitor_enter(&c->m);
    c->up_at = g_get_monotonic_time(); /* perhaps another relay: try at once */
    monitor_wake_all(&c->m);
    monitor_leave(&c->m);
}

/* Waits STOP_US for the threads to end by themselves, then ends what blocks them. */
static void stop_threads(struct smtp_client *c)
{
    gint64 until = g_get_monotonic_time() + STOP_US;
    monitor_enter(&c->m);
    while (c->alive > 0 && monitor_wait_until(&c->m, until)) {
    }
    for (guint i = 0; i < c->threads->len; i++) {
        struct thread *t = g_ptr_array_index(c->threads, i);
        if (t->worker) {
            smtp_worker_cut(t->worker);
        }
    }
    monitor_leave(&c->m);
    for (guint i = 0; i < c->threads->len; i++) {
        struct thread *t = g_ptr_array_index(c->threads, i);
        g_thread_join(t->thread);
    }
}

void smtp_client_free(struct smtp_client *c)
{
    if (!c) {
        return;
    }
    loop_unwatch(c->watch);
    set_connections(c, 0);
    stop_threads(c);
    struct job *j;
    while ((j = mailbox_try_take(c->results))) {
        deliver(j, c);
    }
    while ((j = g_queue_pop_head(&c->jobs))) {
        j->outcome = outcome_new(OUTCOME_DEFERRED, 0, "stopped before it was sent");
        deliver(j, c);
    }
    mailbox_free(c->results);
    g_ptr_array_unref(c->threads);
    smtp_relay_unref(c->relay);
    monitor_clear(&c->m);
    g_free(c);
}
