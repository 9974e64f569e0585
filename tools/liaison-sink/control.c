#include "control.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <jansson.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "script.h"
#include "tally.h"

enum { MAX_COMMAND = 4 * 1024 * 1024 };

struct peer {
    struct control *control; /* borrowed */
    struct bufferevent *bev;
    struct event *deadline; /* owned, made when first needed */
    json_int_t mails, webhooks;
    bool waiting;
    LIST_ENTRY(peer) link;
};

struct control {
    struct sink *sink; /* borrowed */
    struct evconnlistener *listener;
    char *path;
    LIST_HEAD(, peer) peers;
};

static void take_commands(struct peer *p);

struct json_t *control_stats(const struct sink *s)
{
    json_t *stats = tally_json(s->tally);

    json_object_set_new(stats, "connections", json_integer((json_int_t)s->connections));
    json_object_set_new(stats, "rules", script_stats(s->script));
    return stats;
}

/* Sends the object and lets go of it. */
static void reply(struct peer *p, json_t *object)
{
    char *text = json_dumps(object, JSON_COMPACT);

    bufferevent_write(p->bev, text, strlen(text));
    bufferevent_write(p->bev, "\n", 1);
    free(text);
    json_decref(object);
}

static void reply_error(struct peer *p, const char *sentence)
{
    reply(p, json_pack("{s:b, s:s}", "ok", 0, "error", sentence));
}

static bool reached(const struct peer *p)
{
    const struct tally *t = p->control->sink->tally;

    return (json_int_t)tally_different_mails(t) >= p->mails &&
           (json_int_t)tally_different_webhooks(t) >= p->webhooks;
}

static void answer_wait(struct peer *p)
{
    const struct tally *t = p->control->sink->tally;

    p->waiting = false;
    event_del(p->deadline);
    reply(p, json_pack("{s:b, s:b, s:I, s:I}", "ok", 1, "reached", reached(p), "mails",
                       (json_int_t)tally_different_mails(t), "webhooks",
                       (json_int_t)tally_different_webhooks(t)));
}

static void on_change(void *arg)
{
    struct control *c = arg;
    struct peer *p;

    LIST_FOREACH(p, &c->peers, link)
    {
        /* The deadline's callback answers, so that no command runs inside an arrival. */
        if (p->waiting && reached(p))
            event_active(p->deadline, EV_TIMEOUT, 0);
    }
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct peer *p = arg;

    (void)fd;
    (void)what;
    if (p->waiting)
        answer_wait(p);
    take_commands(p);
}

static void run_stats(struct peer *p, const json_t *command)
{
    json_t *stats = control_stats(p->control->sink);

    (void)command;
    json_object_set_new(stats, "ok", json_true());
    reply(p, stats);
}

/* A whole number of the command, or `missing` without it; false if it is something else. */
static bool read_count(const json_t *command, const char *name, json_int_t missing,
                       json_int_t *value)
{
    const json_t *v = json_object_get(command, name);

    *value = v ? json_integer_value(v) : missing;
    return !v || (json_is_integer(v) && *value >= 0);
}

static void run_wait(struct peer *p, const json_t *command)
{
    json_int_t timeout_ms;
    struct timeval tv;

    if (!read_count(command, "mails", 0, &p->mails) ||
        !read_count(command, "webhooks", 0, &p->webhooks) ||
        !read_count(command, "timeout_ms", 10000, &timeout_ms)) {
        reply_error(p, "mails, webhooks and timeout_ms are whole numbers");
        return;
    }
    if (!p->deadline)
        p->deadline = evtimer_new(p->control->sink->base, on_deadline, p);
    tv = (struct timeval){ timeout_ms / 1000, timeout_ms % 1000 * 1000 };
    p->waiting = true;
    if (reached(p))
        answer_wait(p);
    else
        evtimer_add(p->deadline, &tv);
}

static void run_script(struct peer *p, const json_t *command)
{
    struct sink *s = p->control->sink;
    g_autoptr(GError) err = NULL;
    const json_t *rules = json_object_get(command, "rules");
    struct script *script = rules ? script_from_json(rules, &err) : NULL;

    if (!script) {
        reply_error(p, err ? err->message : "rules: is missing");
        return;
    }
    script_free(s->script);
    s->script = script;
    reply(p, json_pack("{s:b, s:i}", "ok", 1, "rules", (int)script_length(script)));
}

static void run_reset(struct peer *p, const json_t *command)
{
    (void)command;
    tally_reset(p->control->sink->tally);
    script_reset(p->control->sink->script);
    reply(p, json_pack("{s:b}", "ok", 1));
}

static const struct command {
    const char *name;
    void (*run)(struct peer *p, const json_t *command);
    const char *members; /* blank-separated */
} commands[] = {
    { "stats", run_stats, " cmd " },
    { "wait", run_wait, " cmd mails webhooks timeout_ms " },
    { "script", run_script, " cmd rules " },
    { "reset", run_reset, " cmd " },
};

static const char *unknown_member(const json_t *command, const char *members)
{
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)command, name, value)
    {
        g_autofree char *word = g_strdup_printf(" %s ", name);

        if (!strstr(members, word))
            return name;
    }
    return NULL;
}

static void run(struct peer *p, const json_t *command)
{
    const char *cmd = json_string_value(json_object_get(command, "cmd")), *stray;
    g_autofree char *sentence = NULL;

    for (size_t i = 0; cmd && i < G_N_ELEMENTS(commands); i++) {
        if (!g_str_equal(commands[i].name, cmd))
            continue;
        stray = unknown_member(command, commands[i].members);
        if (stray) {
            sentence = g_strdup_printf("%s: is not a member of %s", stray, cmd);
            reply_error(p, sentence);
        } else {
            commands[i].run(p, command);
        }
        return;
    }
    reply_error(p, "cmd must be one of stats, wait, script, reset");
}

static void peer_free(struct peer *p)
{
    LIST_REMOVE(p, link);
    bufferevent_free(p->bev);
    g_clear_pointer(&p->deadline, event_free);
    g_free(p);
}

static void take_commands(struct peer *p)
{
    struct evbuffer *input = bufferevent_get_input(p->bev);
    json_error_t fault;
    char *line;

    while (!p->waiting && (line = evbuffer_readln(input, NULL, EVBUFFER_EOL_LF))) {
        json_t *command = json_loads(line, JSON_REJECT_DUPLICATES, &fault);

        if (command)
            run(p, command);
        else
            reply_error(p, fault.text);
        json_decref(command);
        free(line);
    }
    if (evbuffer_get_length(input) > MAX_COMMAND)
        peer_free(p);
}

static void on_read(struct bufferevent *bev, void *arg)
{
    (void)bev;
    take_commands(arg);
}

static void on_event(struct bufferevent *bev, short what, void *arg)
{
    (void)bev;
    (void)what;
    peer_free(arg);
}

static void on_peer(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
                    int len, void *arg)
{
    struct control *c = arg;
    struct peer *p = g_new0(struct peer, 1);

    (void)listener;
    (void)sa;
    (void)len;
    p->control = c;
    p->bev = bufferevent_socket_new(c->sink->base, fd, BEV_OPT_CLOSE_ON_FREE);
    LIST_INSERT_HEAD(&c->peers, p, link);
    bufferevent_setcb(p->bev, on_read, NULL, on_event, p);
    bufferevent_enable(p->bev, EV_READ | EV_WRITE);
}

/* Removes a socket that nobody answers on; anything else at that path stays. */
static void remove_stale(const struct sockaddr_un *un)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat st;

    if (fd >= 0 && stat(un->sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
        connect(fd, (const struct sockaddr *)un, sizeof(*un)) != 0 && errno == ECONNREFUSED)
        unlink(un->sun_path);
    if (fd >= 0)
        close(fd);
}

struct control *control_open(struct sink *s, const char *path, GError **err)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    struct control *c;
    mode_t mask;

    if (g_strlcpy(un.sun_path, path, sizeof(un.sun_path)) >= sizeof(un.sun_path)) {
        g_set_error(err, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
                    "control socket %s: the path is longer than %zu bytes", path,
                    sizeof(un.sun_path) - 1);
        return NULL;
    }
    remove_stale(&un);
    c = g_new0(struct control, 1);
    c->sink = s;
    mask = umask(0177);
    c->listener =
        evconnlistener_new_bind(s->base, on_peer, c, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                                -1, (struct sockaddr *)&un, sizeof(un));
    umask(mask);
    if (!c->listener) {
        g_set_error(err, G_FILE_ERROR, g_file_error_from_errno(errno), "control socket %s: %s",
                    path, errno == EADDRINUSE ? "in use by another program" : g_strerror(errno));
        g_free(c);
        return NULL;
    }
    c->path = g_strdup(path);
    tally_watch(s->tally, on_change, c);
    return c;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    tally_watch(c->sink->tally, NULL, NULL);
    while (!LIST_EMPTY(&c->peers))
        peer_free(LIST_FIRST(&c->peers));
    evconnlistener_free(c->listener);
    unlink(c->path);
    g_free(c->path);
    g_free(c);
}
