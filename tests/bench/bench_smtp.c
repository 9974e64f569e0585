/*
 * bench_smtp - a bare SMTP client: one thread, non-blocking, nothing durable.
 *
 * Sends COUNT mails over CONNECTIONS to 127.0.0.1 and prints count, time and CPU as JSON.  With
 * --pipelining a body goes out with the commands of the next mail behind it (RFC 2920), which is
 * one round trip a mail; without, every command waits for its reply.
 */
#include "yardstick.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum stage { GREETING, HELLO, COMMANDS, BODY, DONE };

struct session {
    int fd;
    enum stage stage;
    unsigned replies; /* still to come for what was sent */
    unsigned rcpts;   /* of the open mail, still to be named */
    bool begun;       /* DATA is said */
    char line[512];   /* what came of the reply so far */
    size_t len;
    GString *out;
};

static int port, count = 5000, connections = 10, bytes = 5000, per_transaction = 1;
static gboolean pipelining;
static char *run = "run";
static uint64_t started;

static void send_all(struct session *s)
{
    for (gsize at = 0; at < s->out->len;) {
        const ssize_t n = send(s->fd, s->out->str + at, s->out->len - at, MSG_NOSIGNAL);
        if (n < 0)
            g_error("send: %s", g_strerror(errno));
        at += (gsize)n;
    }
    g_string_truncate(s->out, 0);
}

static void say_recipient(struct session *s)
{
    g_string_append_printf(s->out, "RCPT TO:<liaison-%" PRIu64 "-%u@mission.example>\r\n", started,
                           s->rcpts--);
    s->replies++;
}

/* Everything up to DATA at once. */
static void say_commands(struct session *s)
{
    s->rcpts = (unsigned)MIN((uint64_t)per_transaction, (uint64_t)count - started);
    started += s->rcpts;
    g_string_append(s->out, "MAIL FROM:<bench@dss.example>\r\n");
    s->replies++;
    while (pipelining && s->rcpts)
        say_recipient(s);
    if (pipelining) {
        g_string_append(s->out, "DATA\r\n");
        s->replies++;
    }
    s->begun = pipelining;
    s->stage = COMMANDS;
}

static void say_next_command(struct session *s)
{
    if (s->rcpts) {
        say_recipient(s);
        return;
    }
    g_string_append(s->out, "DATA\r\n");
    s->replies++;
    s->begun = true;
}

static void say_body(struct session *s)
{
    static uint64_t number;
    yardstick_mail(s->out, run, ++number, (size_t)bytes);
    s->replies++;
    s->stage = BODY;
}

/* The mail, and behind it the next one's commands. */
static void advance(struct session *s)
{
    const bool more = started < (uint64_t)count;
    if (s->stage == GREETING) {
        g_string_append(s->out, "EHLO bench\r\n");
        s->replies = 1;
        s->stage = HELLO;
    } else if (s->stage == COMMANDS && !s->begun) {
        say_next_command(s);
    } else if (s->stage == COMMANDS) {
        say_body(s);
        if (pipelining && more)
            say_commands(s);
    } else if (more) {
        say_commands(s);
    } else {
        s->stage = DONE;
    }
    send_all(s);
}

static void take_reply(struct session *s)
{
    if (s->len < 4 || s->line[3] == '-')
        return;
    if (s->line[0] != '2' && s->line[0] != '3')
        g_error("the receiver said %.*s", (int)s->len, s->line);
    if (--s->replies == 0)
        advance(s);
}

static void readable(struct session *s)
{
    static char in[65536];
    const ssize_t n = recv(s->fd, in, sizeof in, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0)
        g_error("the receiver closed the connection");
    for (ssize_t i = 0; i < n; i++) {
        if (in[i] == '\n') {
            take_reply(s);
            s->len = 0;
        } else if (s->len < sizeof s->line) {
            s->line[s->len++] = in[i];
        }
    }
}

static void open_session(int loop, struct session *s)
{
    const struct sockaddr_in a = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    static const int on = 1;
    *s = (struct session){ .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .replies = 1 };
    s->out = g_string_sized_new(16384);
    if (connect(s->fd, (const struct sockaddr *)&a, sizeof a) != 0)
        g_error("connect: %s", g_strerror(errno));
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = s };
    epoll_ctl(loop, EPOLL_CTL_ADD, s->fd, &e);
}

static const GOptionEntry options[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &port, "of the receiver", "N" },
    { "count", 0, 0, G_OPTION_ARG_INT, &count, "recipients in all", "N" },
    { "connections", 0, 0, G_OPTION_ARG_INT, &connections, "at once", "N" },
    { "bytes", 0, 0, G_OPTION_ARG_INT, &bytes, "of each mail", "N" },
    { "per-transaction", 0, 0, G_OPTION_ARG_INT, &per_transaction, "recipients of a mail", "N" },
    { "pipelining", 0, 0, G_OPTION_ARG_NONE, &pipelining, "wait for as little as may be", NULL },
    { "run", 0, 0, G_OPTION_ARG_STRING, &run, "word for the Message-IDs", "WORD" },
    { 0 },
};

int main(int argc, char **argv)
{
    g_autoptr(GOptionContext) context = g_option_context_new("- a bare SMTP client");
    g_option_context_add_main_entries(context, options, NULL);
    GError *error = NULL;
    if (!g_option_context_parse(context, &argc, &argv, &error) || !port) {
        fprintf(stderr, "bench_smtp: %s\n", error ? error->message : "--port is missing");
        return 2;
    }
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    struct session *sessions = g_new0(struct session, connections);
    const int64_t begun = g_get_monotonic_time();
    for (int i = 0; i < connections; i++)
        open_session(loop, &sessions[i]);
    struct epoll_event events[256];
    for (int done = 0; done < connections;) {
        const int n = epoll_wait(loop, events, G_N_ELEMENTS(events), -1);
        for (int i = 0; i < n; i++) {
            struct session *s = events[i].data.ptr;
            const bool was_done = s->stage == DONE;
            readable(s);
            done += !was_done && s->stage == DONE;
        }
    }
    yardstick_tell(started, begun);
    return 0;
}
