/*
 * liaison-sink - receives mail and webhooks on loopback, and misbehaves as told.
 *
 * Start ladder: options, journal, script, TLS, control, listeners, ready line; stopping is its
 * mirror.
 */
#include <errno.h>
#include <glib.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "control.h"
#include "http_server.h"
#include "listener.h"
#include "options.h"
#include "record.h"
#include "script.h"
#include "sink.h"
#include "smtp_server.h"
#include "tally.h"

enum { SIGNALS = 3, DOORS = 3 };

struct program {
    struct options options;
    struct sink sink;
    struct listener *doors[DOORS];
    struct control *control;
    struct event *signals[SIGNALS];
};

static void on_stop(evutil_socket_t fd, short what, void *arg)
{
    struct program *p = arg;

    (void)fd;
    (void)what;
    event_base_loopbreak(p->sink.base);
}

static void on_reload(evutil_socket_t fd, short what, void *arg)
{
    struct program *p = arg;
    g_autoptr(GError) record_err = NULL, script_err = NULL;
    struct script *script;

    (void)fd;
    (void)what;
    if (!record_reopen(p->sink.record, &record_err))
        g_printerr("liaison-sink: %s; the old file stays in use\n", record_err->message);
    if (!p->options.script)
        return;
    script = script_load(p->options.script, &script_err);
    if (!script) {
        g_printerr("liaison-sink: %s; the old rules stay in use\n", script_err->message);
        return;
    }
    script_free(p->sink.script);
    p->sink.script = script;
}

static void watch_signals(struct program *p)
{
    static const int numbers[SIGNALS] = { SIGTERM, SIGINT, SIGHUP };

    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < SIGNALS; i++) {
        p->signals[i] =
            evsignal_new(p->sink.base, numbers[i], numbers[i] == SIGHUP ? on_reload : on_stop, p);
        event_add(p->signals[i], NULL);
    }
}

/* Benchmarks open thousands of connections: take what the system allows. */
static void raise_file_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool open_doors(struct program *p, GError **err)
{
    const struct {
        const char *spec;
        const struct conn_protocol *protocol;
        bool tls;
    } rows[DOORS] = { { p->options.smtp, &smtp_server, false },
                      { p->options.http, &http_server, false },
                      { p->options.https, &https_server, true } };

    for (int i = 0; i < DOORS; i++) {
        if (!rows[i].spec)
            continue;
        p->doors[i] = listener_open(&p->sink, rows[i].spec, rows[i].protocol, rows[i].tls, err);
        if (!p->doors[i])
            return false;
    }
    return true;
}

static bool start(struct program *p, GError **err)
{
    const struct options *o = &p->options;
    struct sink *s = &p->sink;

    raise_file_limit();
    s->options = o;
    s->base = event_base_new();
    s->tally = tally_new();
    watch_signals(p);
    s->record = record_open(o, err);
    if (!s->record)
        return false;
    s->script = o->script ? script_load(o->script, err) : script_empty();
    if (!s->script)
        return false;
    if (o->cert && !(s->tls = listener_tls(o->cert, o->key, err)))
        return false;
    if (o->control && !(p->control = control_open(s, o->control, err)))
        return false;
    return open_doors(p, err);
}

static void stop(struct program *p)
{
    struct sink *s = &p->sink;

    for (int i = 0; i < DOORS; i++)
        listener_free(p->doors[i]);
    conn_free_all(s);
    control_free(p->control);
    if (s->tls)
        SSL_CTX_free(s->tls);
    script_free(s->script);
    record_free(s->record);
    for (int i = 0; i < SIGNALS; i++)
        event_free(p->signals[i]);
    tally_free(s->tally);
    event_base_free(s->base);
    libevent_global_shutdown();
    options_clear(&p->options);
}

/* One JSON line on standard output unless quiet, and on another descriptor if there is one. */
static void print_line(json_t *object, bool quiet, int also_fd)
{
    char *text = json_dumps(object, JSON_COMPACT);
    g_autofree char *line = g_strconcat(text, "\n", NULL);

    if (!quiet) {
        fputs(line, stdout);
        fflush(stdout);
    }
    if (also_fd >= 0) {
        if (write(also_fd, line, strlen(line)) < 0)
            g_printerr("liaison-sink: write to --ready-fd: %s\n", g_strerror(errno));
        close(also_fd);
    }
    free(text);
    json_decref(object);
}

static json_t *ready_line(const struct program *p)
{
    static const char *const names[DOORS] = { "smtp", "http", "https" };
    json_t *object = json_pack("{s:s, s:i}", "event", "ready", "pid", (int)getpid());

    for (int i = 0; i < DOORS; i++)
        if (p->doors[i])
            json_object_set_new(object, names[i], json_string(listener_address(p->doors[i])));
    if (p->options.control)
        json_object_set_new(object, "control", json_string(p->options.control));
    return object;
}

static json_t *summary_line(const struct program *p)
{
    json_t *object = json_pack("{s:s}", "event", "summary"), *stats = control_stats(&p->sink);

    json_object_update(object, stats);
    json_decref(stats);
    return object;
}

int main(int argc, char **argv)
{
    struct program p = { 0 };
    g_autoptr(GError) err = NULL;
    int code = options_parse(&p.options, argc, argv);

    if (code != OPTIONS_RUN) {
        options_clear(&p.options);
        return code;
    }
    code = 1;
    if (start(&p, &err)) {
        print_line(ready_line(&p), p.options.quiet, p.options.ready_fd);
        event_base_dispatch(p.sink.base);
        print_line(summary_line(&p), p.options.quiet, -1);
        code = 0;
    } else {
        g_printerr("liaison-sink: %s\n", err->message);
    }
    stop(&p);
    return code;
}
