/*
 * bench_smtp_client - how fast the mail client alone is, and what it costs.
 *
 *   bench_smtp_client MESSAGES CONNECTIONS [DELAY_MS [WAITING [BYTES]]]
 *
 * Sends MESSAGES of BYTES (3000) each over CONNECTIONS to a relay of its own, a forked process that
 * offers PIPELINING and takes DELAY_MS (0) to answer each message; WAITING (as many as
 * CONNECTIONS) wait in the client beside those that are on the wire.  Prints messages a second, the
 * client's own processor time and the part of it that the caller's thread has, and fails unless
 * each message was accepted and arrived once.
 */
#include "io/config.h"
#include "io/loop.h"
#include "io/smtp_client.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- the relay --- */

struct visitor {
    int fd;
    bool in_body;
    gint64 answer_at; /* 0: no message waits for its answer */
    GString *heard, *said;
    gsize at; /* of heard: what was understood */
};

static GQueue delayed = G_QUEUE_INIT; /* of struct visitor, by answer_at */
static gint64 delay_us;
static unsigned long long arrived;

static void say(struct visitor *v, const char *line)
{
    g_string_append(v->said, line);
}

static void command(struct visitor *v, const char *line)
{
    if (strncmp(line, "EHLO", 4) == 0) {
        say(v, "250-bench.example\r\n250-PIPELINING\r\n250 SIZE 10000000\r\n");
    } else if (strncmp(line, "DATA", 4) == 0) {
        say(v, "354 End data with <CR><LF>.<CR><LF>\r\n");
        v->in_body = true;
    } else if (strncmp(line, "QUIT", 4) == 0) {
        say(v, "221 2.0.0 Bye\r\n");
    } else {
        say(v, "250 2.1.0 Ok\r\n");
    }
}

static void take_message(struct visitor *v, gsize end)
{
    arrived++;
    v->at = end;
    v->in_body = false;
    if (delay_us == 0) {
        say(v, "250 2.0.0 Ok: queued as 4F1A2B3C\r\n");
        return;
    }
    v->answer_at = g_get_monotonic_time() + delay_us;
    g_queue_push_tail(&delayed, v);
}

/* False: more has to come first. */
static bool step(struct visitor *v)
{
    const char *from = v->heard->str + v->at;
    gsize left = v->heard->len - v->at;
    if (v->in_body) {
        const char *end = memmem(from, left, "\r\n.\r\n", 5);
        if (end)
            take_message(v, (gsize)(end - v->heard->str) + 5);
        return end != NULL;
    }
    const char *end = memchr(from, '\n', left);
    if (!end)
        return false;
    v->at = (gsize)(end - v->heard->str) + 1;
    command(v, from);
    return true;
}

static void understand(struct visitor *v)
{
    while (v->answer_at == 0 && step(v)) {
    }
    g_string_erase(v->heard, 0, (gssize)v->at);
    v->at = 0;
    if (v->said->len > 0 && write(v->fd, v->said->str, v->said->len) != (ssize_t)v->said->len)
        exit(3); /* so little always fits */
    g_string_truncate(v->said, 0);
}

static void answer_delayed(void)
{
    struct visitor *v;
    while ((v = g_queue_peek_head(&delayed)) && v->answer_at <= g_get_monotonic_time()) {
        g_queue_pop_head(&delayed);
        v->answer_at = 0;
        say(v, "250 2.0.0 Ok: queued as 4F1A2B3C\r\n");
        understand(v);
    }
}

static int until_next_ms(void)
{
    struct visitor *v = g_queue_peek_head(&delayed);
    if (!v)
        return -1;
    return (int)((MAX(v->answer_at - g_get_monotonic_time(), 0) + 999) / 1000);
}

static void welcome(int epoll, int listener)
{
    struct visitor *v = g_new0(struct visitor, 1);
    int on = 1;
    v->fd = accept(listener, NULL, NULL);
    v->heard = g_string_sized_new(65536);
    v->said = g_string_sized_new(4096);
    setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_ctl(epoll, EPOLL_CTL_ADD, v->fd, &(struct epoll_event){ EPOLLIN, { .ptr = v } });
    say(v, "220 bench.example ESMTP\r\n");
    understand(v);
}

/* False: it has gone. */
static bool hear(struct visitor *v)
{
    static char buf[65536];
    ssize_t n = recv(v->fd, buf, sizeof buf, 0);
    if (n <= 0) {
        close(v->fd);
        return false;
    }
    g_string_append_len(v->heard, buf, n);
    understand(v);
    return true;
}

/* Ends when all visitors have gone, and tells how many messages came. */
static void be_relay(int listener, int report)
{
    int epoll = epoll_create1(0), visitors = 0;
    bool any = false;
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &(struct epoll_event){ EPOLLIN, { .ptr = NULL } });
    while (!any || visitors > 0) {
        struct epoll_event events[64];
        int n = epoll_wait(epoll, events, 64, until_next_ms());
        for (int i = 0; i < n; i++) {
            if (!events[i].data.ptr) {
                welcome(epoll, listener);
                visitors++;
                any = true;
            } else if (!hear(events[i].data.ptr)) {
                visitors--;
            }
        }
        answer_delayed();
    }
    _exit(write(report, &arrived, sizeof arrived) == sizeof arrived ? 0 : 3);
}

/* --- the client --- */

struct run {
    struct loop *loop;
    struct smtp_client *client;
    GBytes *message;
    unsigned wanted, begun, ended, accepted;
};

static void done(struct outcome *o, void *ctx);

static void send_one(struct run *r)
{
    g_autofree char *to = g_strdup_printf("liaison%u@mission.example", r->begun++);
    smtp_client_send(r->client, "desk@dss.example", to, g_bytes_ref(r->message), NULL, done, r);
}

static void done(struct outcome *o, void *ctx)
{
    struct run *r = ctx;
    r->accepted += o->kind == OUTCOME_ACCEPTED;
    if (o->kind != OUTCOME_ACCEPTED)
        fprintf(stderr, "%s: %s\n", outcome_names[o->kind], o->reply);
    outcome_free(o);
    if (r->begun < r->wanted)
        send_one(r);
    if (++r->ended == r->wanted)
        loop_stop(r->loop);
}

static GBytes *message_of(gsize bytes)
{
    GString *s = g_string_new("Subject: bench\r\n\r\n");
    while (s->len < bytes)
        g_string_append(s,
                        "A line of seventy characters, as the text of a warning has them all.\r\n");
    gsize len = s->len;
    return g_bytes_new_take(g_string_free(s, FALSE), len);
}

static double cpu_us(int whose)
{
    struct rusage u;
    getrusage(whose, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static bool measure(struct run *r, struct smtp_settings *s, unsigned at_once)
{
    r->loop = loop_new(NULL);
    r->client = smtp_client_new(r->loop, s, NULL);
    double cpu = cpu_us(RUSAGE_SELF), loop = cpu_us(RUSAGE_THREAD);
    gint64 began = g_get_monotonic_time();
    while (r->begun < MIN(at_once, r->wanted))
        send_one(r);
    loop_run(r->loop);
    double took_us = (double)(g_get_monotonic_time() - began), n = r->wanted;
    cpu = cpu_us(RUSAGE_SELF) - cpu;
    loop = cpu_us(RUSAGE_THREAD) - loop;
    printf("%u messages of %zu bytes over %d connections: %.0f/s, %.1f us of CPU each, %.1f "
           "of it on the loop thread\n",
           r->wanted, g_bytes_get_size(r->message), s->connections, n / took_us * 1e6, cpu / n,
           loop / n);
    smtp_client_free(r->client);
    loop_free(r->loop);
    return r->accepted == r->wanted;
}

static unsigned number(char **argv, int argc, int i, unsigned otherwise)
{
    return argc > i ? (unsigned)strtoul(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    unsigned messages = number(argv, argc, 1, 0), connections = number(argv, argc, 2, 0);
    if (messages == 0 || connections == 0) {
        fprintf(stderr,
                "usage: bench_smtp_client MESSAGES CONNECTIONS [DELAY_MS [WAITING [BYTES]]]\n");
        return 2;
    }
    delay_us = number(argv, argc, 3, 0) * 1000;
    unsigned at_once = connections + number(argv, argc, 4, connections);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int listener = socket(AF_INET, SOCK_STREAM, 0), report[2];
    if (bind(listener, (struct sockaddr *)&a, len) || listen(listener, 1024) || pipe(report) ||
        getsockname(listener, (struct sockaddr *)&a, &len))
        g_error("no listener: %s", g_strerror(errno));
    pid_t relay = fork();
    if (relay == 0)
        be_relay(listener, report[1]);
    close(listener);
    struct smtp_settings s = { "127.0.0.1",     ntohs(a.sin_port), TLS_OFF, "", "", "",
                               "bench.example", (int)connections,  10,      60, 120 };
    curl_global_init(CURL_GLOBAL_DEFAULT);
    struct run r = { .wanted = messages, .message = message_of(number(argv, argc, 5, 3000)) };
    bool good = measure(&r, &s, at_once);
    unsigned long long came = 0;
    good = read(report[0], &came, sizeof came) == sizeof came && came == messages && good;
    waitpid(relay, NULL, 0);
    g_bytes_unref(r.message);
    printf("%llu arrived%s\n", came, good ? "" : ": NOT AS MANY AS WERE SENT, OR NOT ALL ACCEPTED");
    return good ? 0 : 1;
}
