#include "api_client.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static int connect_it(int fd, const void *at, socklen_t len)
{
    struct timeval limit = { .tv_sec = CLIENT_TIMEOUT_S };
    assert_true(fd >= 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, at, len), 0);
    return fd;
}

void client_connect_unix(int fd, const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    connect_it(fd, &at, sizeof at);
}

int client_unix(const char *path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    client_connect_unix(fd, path);
    return fd;
}

int client_tcp(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return connect_it(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), &at, sizeof at);
}

/* The other side may refuse and hang up before it has read everything: that is no fault of the
 * test. */
void client_send(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        at += n;
        len -= (size_t)n;
    }
}

static ssize_t read_more(int fd, GString *into)
{
    char piece[65536];
    ssize_t n = recv(fd, piece, sizeof piece, 0);
    if (n > 0)
        g_string_append_len(into, piece, n);
    return n;
}

static char *find_header(const char *head, const char *name)
{
    g_auto(GStrv) lines = g_strsplit(head, "\r\n", -1);
    size_t n = strlen(name);
    for (guint i = 0; lines[i]; i++)
        if (g_ascii_strncasecmp(lines[i], name, n) == 0 && lines[i][n] == ':')
            return g_strdup(g_strstrip(lines[i] + n + 1));
    return NULL;
}

struct reply client_read_reply(int fd)
{
    struct reply r = { 0 };
    g_autoptr(GString) got = g_string_new(NULL);
    const char *end;
    while (!(end = strstr(got->str, "\r\n\r\n")))
        if (read_more(fd, got) <= 0)
            break;
    size_t head = end ? (size_t)(end - got->str) : got->len;
    r.head = g_strndup(got->str, head);
    if (g_str_has_prefix(r.head, "HTTP/1.") && strlen(r.head) > 12)
        r.status = (int)g_ascii_strtoll(r.head + 9, NULL, 10);
    g_string_erase(got, 0, (gssize)(end ? head + 4 : head));
    g_autofree char *length = find_header(r.head, "Content-Length");
    size_t want = length            ? (size_t)g_ascii_strtoull(length, NULL, 10)
                  : r.status == 204 ? 0
                                    : SIZE_MAX;
    while (got->len < want && read_more(fd, got) > 0) {
    }
    r.body_len = got->len;
    r.body = g_string_free(g_steal_pointer(&got), FALSE);
    return r;
}

char *client_read_all(int fd)
{
    g_autoptr(GString) got = g_string_new(NULL);
    ssize_t n;
    while ((n = read_more(fd, got)) > 0) {
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return NULL;
    return g_string_free(g_steal_pointer(&got), FALSE);
}

bool client_read_until(int fd, GString *seen, const char *text)
{
    while (!strstr(seen->str, text))
        if (read_more(fd, seen) <= 0)
            return false;
    return true;
}

void reply_clear(struct reply *r)
{
    g_free(r->head);
    g_free(r->body);
}

char *reply_header(const struct reply *r, const char *name)
{
    return find_header(r->head, name);
}

json_t *reply_json(const struct reply *r)
{
    json_error_t why;
    json_t *o = json_loads(r->body, 0, &why);
    if (!o)
        fail_msg("no JSON (%s): %s", why.text, r->body);
    return o;
}
