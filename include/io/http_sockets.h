/*
 * http_sockets - which of libcurl's sockets the loop watches, and for what.
 *
 * libcurl lets go of a connection that it keeps and watches it again for the next request.  It
 * stays registered meanwhile, as long as nothing comes over it, which spares each request two
 * system calls.  Only a socket that is told of from its opening to its closing is kept like that:
 * once it is closed its number may be another one's.  Loop thread.
 */
#pragma once
#include <glib.h>

struct loop;
struct http_sockets;

/* events: EV_READ, EV_WRITE of libevent. */
typedef void (*http_ready_fn)(int fd, short events, void *ctx);

struct http_sockets *http_sockets_new(struct loop *l, http_ready_fn ready, void *ctx);
void http_sockets_opened(struct http_sockets *s, int fd);
void http_sockets_watch(struct http_sockets *s, int fd, short events /* 0: for nothing now */);
int http_sockets_close(struct http_sockets *s, int fd); /* one that was opened; as close() */
/* All that were opened are closed. */
void http_sockets_free(struct http_sockets *s);
