/*
 * api_client - a caller of the API that says exactly what a test tells it to.
 *
 * Blocking sockets with a timeout of CLIENT_TIMEOUT_S, for the test's own thread; asserts.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#define CLIENT_TIMEOUT_S 20

struct reply {
    int status; /* 0: the connection ended without an answer */
    char *head; /* status line and headers; owned */
    char *body; /* owned, ends in NUL */
    size_t body_len;
};

int client_unix(const char *path);
void client_connect_unix(int fd, const char *path);
int client_tcp(int port);
void client_send(int fd, const void *bytes, size_t len);
/* One answer with a Content-Length (or none, to the end). */
struct reply client_read_reply(int fd);
/* Everything until the other side ends; caller frees.  NULL: it did not end in time. */
char *client_read_all(int fd);
/* Reads until the text has come, appending to seen; false: ended or too late. */
bool client_read_until(int fd, GString *seen, const char *text);

void reply_clear(struct reply *r);
char *reply_header(const struct reply *r, const char *name); /* caller frees; NULL: none */
json_t *reply_json(const struct reply *r);                   /* asserts that it is JSON */
