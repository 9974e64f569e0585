#include "api/listener.h"

#include "base/log.h"
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096 /* a UNIX socket refuses beyond it instead of letting callers wait */
#define MAX_SOCKETS 16

struct listener {
    struct event_base *base;
    struct evhttp *local, *remote; /* borrowed */
    struct loop_timer *resume;
    struct {
        struct evhttp *http;
        struct evhttp_bound_socket *socket;
    } bound[MAX_SOCKETS];
    size_t n;
    bool local_room, remote_room, paused;
    char *path; /* of our own UNIX socket; NULL: none */
    dev_t dev;  /* of the file we made: another daemon's is not ours to remove */
    ino_t ino;
};

/* libevent gives the error callback evhttp's argument and not ours; this finds us by the listener.
 */
static GHashTable *owners; /* struct evconnlistener * -> struct listener * */

static void apply(struct listener *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct evconnlistener *e = evhttp_bound_socket_get_listener(l->bound[i].socket);
        bool room = l->bound[i].http == l->local ? l->local_room : l->remote_room;
        if (room && !l->paused)
            evconnlistener_enable(e);
        else
            evconnlistener_disable(e);
    }
}

static void resume(void *ctx)
{
    struct listener *l = ctx;
    l->paused = false;
    apply(l);
}

static void cannot_accept(struct evconnlistener *e, void *http)
{
    int why = EVUTIL_SOCKET_ERROR();
    struct listener *l = g_hash_table_lookup(owners, e);
    (void)http;
    if (!l)
        return;
    log_event(LOG_LEVEL_ERROR, "api.cannot_accept", LOG_STR("reason", g_strerror(why)),
              LOG_INT("pause_ms", LISTENER_PAUSE_MS));
    l->paused = true;
    apply(l);
    loop_timer_arm(l->resume, LISTENER_PAUSE_MS);
}

static int family_of(int fd)
{
    int domain = AF_UNSPEC;
    socklen_t len = sizeof domain;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
    return domain;
}

/* Takes the descriptor, listening or about to. */
static bool listen_on(struct listener *l, int fd, const char *name, GError **error)
{
    struct evconnlistener *e = NULL;
    if (l->n < MAX_SOCKETS && evutil_make_socket_nonblocking(fd) == 0 && listen(fd, BACKLOG) == 0)
        e = evconnlistener_new(l->base, NULL, NULL, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
                               0, fd);
    if (!e) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "listen on %s: %s", name,
                    g_strerror(errno));
        close(fd);
        return false;
    }
    l->bound[l->n].http = family_of(fd) == AF_UNIX ? l->local : l->remote;
    l->bound[l->n].socket = evhttp_bind_listener(l->bound[l->n].http, e);
    l->n++;
    evconnlistener_set_error_cb(e, cannot_accept);
    g_hash_table_insert(owners, e, l);
    return true;
}

static bool answers(const struct sockaddr_un *at)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* EAGAIN: its queue is full, so somebody owns it. */
    bool yes =
        fd >= 0 && (connect(fd, (const struct sockaddr *)at, sizeof *at) == 0 || errno == EAGAIN);
    if (fd >= 0)
        close(fd);
    return yes;
}

static bool clear_the_way(const char *path, const struct sockaddr_un *at, GError **error)
{
    struct stat st;
    if (lstat(path, &st) != 0)
        return true; /* bind has the better sentence */
    if (!S_ISSOCK(st.st_mode)) {
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
            "api.socket %s: there is a file that is no socket; remove it or name another path",
            path);
        return false;
    }
    if (answers(at)) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "api.socket %s: another daemon answers there; stop it or name another path",
                    path);
        return false;
    }
    log_event(LOG_LEVEL_INFO, "api.stale_socket_removed", LOG_STR("path", path));
    unlink(path);
    return true;
}

static bool bind_unix(struct listener *l, const char *path, GError **error)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    struct stat st;
    if (g_strlcpy(at.sun_path, path, sizeof at.sun_path) >= sizeof at.sun_path) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NAMETOOLONG,
                    "api.socket %s: a socket's path has at most %zu bytes", path,
                    sizeof at.sun_path - 1);
        return false;
    }
    if (!clear_the_way(path, &at, error))
        return false;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || chmod(path, 0666) != 0 ||
        lstat(path, &st) != 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "api.socket %s: %s", path,
                    g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    l->path = g_strdup(path);
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    return listen_on(l, fd, path, error);
}

static bool bind_address(struct listener *l, const char *key, const char *address, GError **error)
{
    struct sockaddr_storage at;
    int len = sizeof at, one = 1;
    if (evutil_parse_sockaddr_port(address, (struct sockaddr *)&at, &len) != 0) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s %s: write it as 127.0.0.1:8440 or [::1]:8440", key, address);
        return false;
    }
    int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, (socklen_t)len) != 0 ||
        listen(fd, BACKLOG) != 0) {
        int why = errno;
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(why), "%s %s: %s%s", key, address,
                    g_strerror(why),
                    why == EADDRINUSE
                        ? "; another program listens there: stop it or choose another port"
                        : "");
        if (fd >= 0)
            close(fd);
        return false;
    }
    return listen_on(l, fd, address, error);
}

static bool open_all(struct listener *l, const struct listener_options *o, GError **error)
{
    bool have_unix = false, have_address = false;
    for (size_t i = 0; i < o->n_fds; i++) {
        g_autofree char *name = g_strdup_printf("descriptor %d", o->fds[i]);
        *(family_of(o->fds[i]) == AF_UNIX ? &have_unix : &have_address) = true;
        if (!listen_on(l, o->fds[i], name, error))
            return false;
    }
    if (!have_unix && *o->socket && !bind_unix(l, o->socket, error))
        return false;
    return have_address || !*o->address || bind_address(l, o->address_key, o->address, error);
}

struct listener *listener_new(struct loop *loop, struct evhttp *local, struct evhttp *remote,
                              const struct listener_options *o, GError **error)
{
    struct listener *l = g_new0(struct listener, 1);
    if (!owners)
        owners = g_hash_table_new(NULL, NULL);
    l->base = loop_base(loop);
    l->local = local;
    l->remote = remote;
    l->local_room = l->remote_room = true;
    l->resume = loop_timer_new(loop, resume, l);
    if (open_all(l, o, error))
        return l;
    listener_free(l);
    return NULL;
}

void listener_room(struct listener *l, bool local, bool room)
{
    bool *at = local ? &l->local_room : &l->remote_room;
    if (*at == room)
        return;
    *at = room;
    apply(l);
}

static void remove_file(struct listener *l)
{
    struct stat st;
    if (l->path && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino)
        unlink(l->path);
    g_clear_pointer(&l->path, g_free);
}

void listener_stop(struct listener *l)
{
    loop_timer_disarm(l->resume);
    remove_file(l);
    for (size_t i = 0; i < l->n; i++) {
        g_hash_table_remove(owners, evhttp_bound_socket_get_listener(l->bound[i].socket));
        evhttp_del_accept_socket(l->bound[i].http, l->bound[i].socket);
    }
    l->n = 0;
    if (owners && g_hash_table_size(owners) == 0)
        g_clear_pointer(&owners, g_hash_table_destroy);
}

void listener_free(struct listener *l)
{
    listener_stop(l);
    loop_timer_free(l->resume);
    g_free(l);
}
