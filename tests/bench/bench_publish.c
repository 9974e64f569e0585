/*
 * bench_publish - many publishers at once: small broadcasts over the daemon's UNIX socket.
 *
 *   bench_publish SOCKET COUNT CONNECTIONS MISSIONS
 *
 * Each is for one of so many missions (m-0001 on), in turn.  Each connection is kept and has one
 * request on its way at a time.  Prints count, time to the last 201 and CPU as JSON; any other
 * answer ends it.
 */
#include "yardstick.h"
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct publisher {
    int fd;
    GString *in;
};

static const char *path;
static guint missions, count, begun_posts, answered;
static char *sent, *expires;

static void post(struct publisher *p)
{
    g_autofree char *body = g_strdup_printf(
        "{\"identifier\":\"BENCH-%d-%u\",\"sender\":\"bench@dss.example\",\"sent\":\"%s\","
        "\"expires\":\"%s\",\"status\":\"actual\",\"type\":\"alert\",\"urgency\":\"expected\","
        "\"severity\":\"minor\",\"certainty\":\"likely\",\"messages\":[{\"language\":\"en\","
        "\"headline\":\"Streets closed\",\"description\":\"Use the northern entrance.\"}],"
        "\"audience\":{\"missions\":[\"m-%04u\"]}}",
        (int)getpid(), begun_posts, sent, expires, begun_posts % missions + 1);
    begun_posts++;
    g_autofree char *text = g_strdup_printf("POST /v1/broadcasts HTTP/1.1\r\nHost: bench\r\n"
                                            "Content-Type: application/json\r\n"
                                            "Content-Length: %zu\r\n\r\n%s",
                                            strlen(body), body);
    if (send(p->fd, text, strlen(text), MSG_NOSIGNAL) != (ssize_t)strlen(text))
        g_error("send: %s", g_strerror(errno));
}

/* Whether the whole answer is in. */
static bool whole(const GString *in)
{
    const char *blank = strstr(in->str, "\r\n\r\n");
    const char *length = blank ? strcasestr(in->str, "\r\nContent-Length:") : NULL;
    if (!blank)
        return false;
    if (!length || length > blank)
        g_error("an answer without a length: %s", in->str);
    return in->len >= (gsize)(blank + 4 - in->str) + g_ascii_strtoull(length + 17, NULL, 10);
}

static void readable(struct publisher *p)
{
    char bytes[8192];
    const ssize_t n = recv(p->fd, bytes, sizeof bytes, 0);
    if (n <= 0)
        g_error("the daemon closed the connection");
    g_string_append_len(p->in, bytes, n);
    if (!whole(p->in))
        return;
    if (!g_str_has_prefix(p->in->str, "HTTP/1.1 201 "))
        g_error("the daemon said %s", p->in->str);
    g_string_truncate(p->in, 0);
    answered++;
    if (begun_posts < count)
        post(p);
}

static void open_publisher(int loop, struct publisher *p)
{
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    struct epoll_event e = { .events = EPOLLIN, .data.ptr = p };
    g_strlcpy(a.sun_path, path, sizeof a.sun_path);
    p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    p->in = g_string_sized_new(8192);
    if (connect(p->fd, (const struct sockaddr *)&a, sizeof a) != 0)
        g_error("connect %s: %s", path, g_strerror(errno));
    epoll_ctl(loop, EPOLL_CTL_ADD, p->fd, &e);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_publish SOCKET COUNT CONNECTIONS MISSIONS\n");
        return 2;
    }
    path = argv[1];
    count = (guint)g_ascii_strtoull(argv[2], NULL, 10);
    const guint n = (guint)g_ascii_strtoull(argv[3], NULL, 10);
    missions = (guint)MAX(g_ascii_strtoull(argv[4], NULL, 10), 1);
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) later = g_date_time_add_hours(now, 4);
    sent = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S+00:00");
    expires = g_date_time_format(later, "%Y-%m-%dT%H:%M:%S+00:00");
    const int loop = epoll_create1(EPOLL_CLOEXEC);
    struct publisher *all = g_new0(struct publisher, n);
    for (guint i = 0; i < n; i++)
        open_publisher(loop, &all[i]);
    const int64_t begun = g_get_monotonic_time();
    for (guint i = 0; i < n && begun_posts < count; i++)
        post(&all[i]);
    for (struct epoll_event events[256]; answered < count;) {
        const int got = epoll_wait(loop, events, G_N_ELEMENTS(events), -1);
        for (int i = 0; i < got; i++)
            readable(events[i].data.ptr);
    }
    yardstick_tell(answered, begun);
    return 0;
}
