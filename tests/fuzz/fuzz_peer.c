#include "fuzz_peer.h"

#include "fuzz_parts.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards what follows */
static char *script;
static size_t script_at, script_len;

static enum fuzz_peer_kind kind;
static int port, listener;

/* NULL: it is over. */
static char *next_piece(size_t *len, bool *last)
{
    char *piece = NULL;

    pthread_mutex_lock(&lock);
    if (script_at < script_len) {
        const char *at = script + script_at, *end = script + script_len, *cut = end;
        if (kind == FUZZ_PEER_JSON)
            cut = memchr(at, 0, (size_t)(end - at)) ?: end;
        *len = (size_t)(cut - at);
        piece = g_memdup2(at, *len + 1);
        script_at += *len + 1;
    }
    *last = script_at >= script_len;
    pthread_mutex_unlock(&lock);
    return piece;
}

static void say(int fd, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, text, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        text += n;
        len -= (size_t)n;
    }
}

static void say_piece(int fd, const char *piece, size_t len)
{
    static const char ok[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
                      no[] = "HTTP/1.1 409 No\r\nContent-Type: application/problem+json\r\n",
                      stream[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
    char mark = len > 0 ? *piece : 0;

    if (kind == FUZZ_PEER_JSON) {
        const char *head = mark == '!' ? no : mark == ':' ? stream : ok;
        size_t skip = head == ok ? 0 : 1;
        g_autofree char *length = g_strdup_printf("Content-Length: %zu\r\n\r\n", len - skip);
        say(fd, head, strlen(head));
        say(fd, length, strlen(length));
        say(fd, piece + skip, len - skip);
        return;
    }
    say(fd, piece, len);
}

/* False: the client has gone. */
static bool listen_to(int fd)
{
    char heard[65536];

    return recv(fd, heard, sizeof heard, 0) > 0;
}

static void serve(int fd)
{
    bool last = false;
    bool here = listen_to(fd);

    while (here && !last) {
        size_t len = 0;
        g_autofree char *piece = next_piece(&len, &last);
        if (!piece)
            return;
        say_piece(fd, piece, len);
        here = last || listen_to(fd);
    }
}

static gpointer run(gpointer unused)
{
    int fd, on = 1;

    while ((fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        serve(fd);
        shutdown(fd, SHUT_WR);
        while (listen_to(fd)) { /* no reset: what was said arrives */
        }
        close(fd);
    }
    return unused;
}

int fuzz_peer_port(enum fuzz_peer_kind k)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;

    if (port)
        return port;
    kind = k;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_assert(bind(listener, (struct sockaddr *)&a, len) == 0 && listen(listener, 16) == 0);
    g_assert(getsockname(listener, (struct sockaddr *)&a, &len) == 0);
    g_thread_unref(g_thread_new("fuzz-peer", run, NULL));
    return port = ntohs(a.sin_port);
}

void fuzz_peer_script(const uint8_t *data, size_t size)
{
    pthread_mutex_lock(&lock);
    g_free(script);
    script = g_malloc0(size + 1);
    if (size)
        memcpy(script, data, size);
    script_at = 0;
    script_len = size;
    pthread_mutex_unlock(&lock);
}
