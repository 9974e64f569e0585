/*
 * bench_receiver - the one receiver of all contenders: SMTP with PIPELINING and HTTP/1.1.
 *
 *   bench_receiver SMTP-PORT HTTP-PORT
 *
 * Takes everything on 127.0.0.1, counts it, and looks whether each arrival is distinct: a mail by
 * Message-ID and recipient, a webhook by path and webhook-id.  Commands come on standard input, a
 * line each, and are answered by a line of JSON (times in us of CLOCK_MONOTONIC):
 *
 *   reset          forgets what was counted
 *   mark [TEXT]    arrivals with TEXT in them are also counted apart, from now on
 *   delay MS       each message is acknowledged so much later, on its own connection alone
 *   refuse PCT     that share of the recipients is refused, always the same ones
 *   wait N         answers when N distinct have arrived (with a mark: N with it)
 *   tell           answers at once
 *
 * It ends when its standard input does.
 */
#include "receiver.h"
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define READ_BYTES 65536
#define EVENTS 256

struct tally tally;

static int loop;
static GQueue paused = G_QUEUE_INIT; /* struct peer, in the order in which they go on */
static uint64_t waited_for;          /* 0: nobody waits */

int64_t receiver_now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* FNV-1a with a last turn, so that the low bits may be used. */
uint64_t receiver_hash(uint64_t from, const void *bytes, size_t len)
{
    uint64_t h = from ^ 0xcbf29ce484222325u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
    return h ^ (h >> 32);
}

static void tell(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    const int64_t cpu_us = (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
                           u.ru_utime.tv_usec + u.ru_stime.tv_usec;
    printf("{\"count\":%" PRIu64 ",\"distinct\":%u,\"duplicates\":%" PRIu64 ",\"marked\":%" PRIu64
           ",\"unmarked_after_mark\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"connections\":%" PRIu64
           ",\"bytes\":%" PRIu64 ",\"first_us\":%" PRId64 ",\"last_us\":%" PRId64
           ",\"first_marked_us\":%" PRId64 ",\"last_marked_us\":%" PRId64 ",\"cpu_us\":%" PRId64
           "}\n",
           tally.count, g_hash_table_size(tally.seen), tally.duplicates, tally.marked,
           tally.unmarked_after_mark, tally.refused, tally.connections, tally.bytes, tally.first_us,
           tally.last_us, tally.first_marked_us, tally.last_marked_us, cpu_us);
    fflush(stdout);
}

static void tell_waiting(void)
{
    const uint64_t now = tally.mark ? tally.marked : g_hash_table_size(tally.seen);
    if (!waited_for || now < waited_for)
        return;
    waited_for = 0;
    tell();
}

void receiver_count(uint64_t key, const void *text, size_t len)
{
    const int64_t now = receiver_now_us();
    tally.count++;
    tally.bytes += len;
    tally.last_us = now;
    if (!tally.first_us)
        tally.first_us = now;
    if (!g_hash_table_add(tally.seen, g_memdup2(&key, sizeof key)))
        tally.duplicates++;
    if (!tally.mark)
        return;
    if (memmem(text, len, tally.mark, strlen(tally.mark))) {
        tally.marked++;
        tally.last_marked_us = now;
        if (!tally.first_marked_us)
            tally.first_marked_us = now;
    } else if (tally.first_marked_us) {
        tally.unmarked_after_mark++;
    }
}

void receiver_taken(struct peer *p, size_t len)
{
    g_byte_array_remove_range(p->in, 0, (guint)len);
}

void receiver_pause(struct peer *p)
{
    if (!tally.delay_us)
        return;
    p->due_us = receiver_now_us() + tally.delay_us;
    g_queue_push_tail(&paused, p);
}

static void peer_free(struct peer *p)
{
    if (p->due_us)
        g_queue_remove(&paused, p);
    close(p->fd);
    g_byte_array_unref(p->in);
    g_string_free(p->out, TRUE);
    g_array_unref(p->rcpts);
    g_free(p);
}

/* False: it is gone. */
static bool peer_go_on(struct peer *p)
{
    while (!p->due_us && !p->closing && p->take(p))
        ;
    if (!p->due_us && p->out->len) {
        const bool sent =
            send(p->fd, p->out->str, p->out->len, MSG_NOSIGNAL) == (ssize_t)p->out->len;
        g_string_truncate(p->out, 0);
        p->closing |= !sent;
    }
    if (!p->closing || p->due_us)
        return true;
    peer_free(p);
    return false;
}

static void peer_readable(struct peer *p)
{
    static guint8 bytes[READ_BYTES];
    const ssize_t n = recv(p->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        peer_free(p);
        return;
    }
    g_byte_array_append(p->in, bytes, (guint)n);
    peer_go_on(p);
}

static void resume_paused(void)
{
    const int64_t now = receiver_now_us();
    struct peer *p;
    while ((p = g_queue_peek_head(&paused)) != NULL && p->due_us <= now) {
        g_queue_pop_head(&paused);
        p->due_us = 0;
        peer_go_on(p);
    }
}

static void watch(int fd, void *what)
{
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = what };
    if (epoll_ctl(loop, EPOLL_CTL_ADD, fd, &e) != 0)
        g_error("epoll_ctl: %s", g_strerror(errno));
}

static void peer_accept(int listener, bool (*take)(struct peer *))
{
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        static const int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct peer *p = g_new0(struct peer, 1);
        *p = (struct peer){ .fd = fd, .take = take, .in = g_byte_array_new() };
        p->out = g_string_sized_new(256);
        p->rcpts = g_array_new(FALSE, FALSE, sizeof(uint64_t));
        tally.connections++;
        if (take == receiver_smtp && send(fd, "220 bench ESMTP\r\n", 17, MSG_NOSIGNAL) != 17)
            peer_free(p);
        else
            watch(fd, p);
    }
}

static int listen_on(const char *port)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    const struct sockaddr_in a = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)g_ascii_strtoull(port, NULL, 10)),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (const struct sockaddr *)&a, sizeof a) != 0 || listen(fd, SOMAXCONN) != 0)
        g_error("listen on 127.0.0.1:%s: %s", port, g_strerror(errno));
    return fd;
}

static void mark(const char *text)
{
    g_free(tally.mark);
    tally.mark = *text ? g_strdup(text) : NULL;
    tally.marked = tally.unmarked_after_mark = 0;
    tally.first_marked_us = tally.last_marked_us = 0;
}

static void reset(void)
{
    const struct tally was = tally;
    if (was.seen)
        g_hash_table_unref(was.seen);
    g_free(was.mark);
    tally = (struct tally){ .delay_us = was.delay_us, .refuse_pct = was.refuse_pct };
    tally.seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
}

static void control(char *line)
{
    char *value = strchr(line, ' ');
    value = value ? value + 1 : line + strlen(line);
    const uint64_t number = g_ascii_strtoull(value, NULL, 10);
    if (g_str_has_prefix(line, "wait ")) {
        waited_for = MAX(number, 1);
        tell_waiting();
        return;
    }
    if (g_str_has_prefix(line, "reset"))
        reset();
    else if (g_str_has_prefix(line, "mark"))
        mark(value);
    else if (g_str_has_prefix(line, "delay "))
        tally.delay_us = (int64_t)number * 1000;
    else if (g_str_has_prefix(line, "refuse "))
        tally.refuse_pct = (unsigned)number;
    else if (strcmp(line, "tell") != 0)
        g_error("unknown command %s", line);
    tell();
}

/* False: there is nobody left to tell. */
static bool read_control(void)
{
    static char line[4096];
    static size_t len;
    const ssize_t n = read(STDIN_FILENO, line + len, sizeof line - 1 - len);
    if (n <= 0)
        return false;
    len += (size_t)n;
    line[len] = '\0';
    for (char *lf; (lf = strchr(line, '\n')) != NULL;) {
        *lf = '\0';
        control(line);
        len -= (size_t)(lf + 1 - line);
        memmove(line, lf + 1, len + 1);
    }
    return true;
}

static int wait_for_events(struct epoll_event *events)
{
    const struct peer *next = g_queue_peek_head(&paused);
    const int64_t left = next ? MAX(next->due_us - receiver_now_us(), 0) : 0;
    const struct timespec t = { left / 1000000, left % 1000000 * 1000 };
    return epoll_pwait2(loop, events, EVENTS, next ? &t : NULL, NULL);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: bench_receiver SMTP-PORT HTTP-PORT\n");
        return 2;
    }
    loop = epoll_create1(EPOLL_CLOEXEC);
    const int smtp = listen_on(argv[1]), http = listen_on(argv[2]);
    int smtp_mark, http_mark, control_mark;
    watch(smtp, &smtp_mark);
    watch(http, &http_mark);
    watch(STDIN_FILENO, &control_mark);
    reset();
    tell();
    for (struct epoll_event events[EVENTS];;) {
        const int n = wait_for_events(events);
        for (int i = 0; i < n; i++) {
            void *what = events[i].data.ptr;
            if (what == &smtp_mark)
                peer_accept(smtp, receiver_smtp);
            else if (what == &http_mark)
                peer_accept(http, receiver_http);
            else if (what != &control_mark)
                peer_readable(what);
            else if (!read_control())
                return 0;
        }
        resume_paused();
        if (waited_for)
            tell_waiting();
    }
}
