/*
 * smtp_stream - the bytes of one connection, in clear text or through TLS; nothing in it blocks.
 */
#pragma once
#include <glib.h>

struct ssl_st;

struct smtp_stream {
    int fd;             /* -1: none */
    struct ssl_st *ssl; /* NULL: clear text; owned */
};

/* Bytes read; 0: none now; -1: the connection is over, *why says how. */
int smtp_stream_get(struct smtp_stream *s, char *to, int size, const char **why);
/* Bytes that the kernel took; 0: none now; -1: the connection is over, as errno says. */
int smtp_stream_put(struct smtp_stream *s, const char *bytes, gsize len);

enum smtp_shake { SMTP_SHAKEN, SMTP_SHAKE_READS, SMTP_SHAKE_WRITES, SMTP_SHAKE_FAILED };
enum smtp_shake smtp_stream_shake(struct smtp_stream *s); /* goes on with the handshake */
void smtp_stream_close(struct smtp_stream *s);            /* says so, and waits for nobody */
