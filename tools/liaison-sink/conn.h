/*
 * conn - one client connection: bytes in to a protocol, answers out, and every way to misbehave.
 *
 * A protocol is a table of functions; conn calls them and owns the socket.  Nothing is freed while
 * a protocol function runs: conn_drop() and friends only mark the connection, and conn settles when
 * the call returns.  Answers queued by conn_send() leave in one write at that time.
 * Output that the client does not read is bounded: beyond 256 KiB its input waits.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sink.h"

struct conn_protocol {
    const char *name;
    void *(*opened)(struct conn *c, struct sink *s); /* answers the session passed to the rest */
    /* Takes bytes from data and answers how many; 0 waits for more.  Called again while it takes.
     */
    size_t (*input)(void *session, const char *data, size_t len);
    void (*secured)(void *session); /* STARTTLS is done; may be NULL */
    void (*closed)(void *session);  /* frees the session */
};

/* Takes over fd.  With tls the handshake comes before the first byte of the protocol. */
void conn_accept(struct sink *s, int fd, const struct conn_protocol *p, bool tls);
/* Ends every connection of the sink at once. */
void conn_free_all(struct sink *s);

uint64_t conn_number(const struct conn *c);
bool conn_is_tls(const struct conn *c);

void conn_send(struct conn *c, const char *data, size_t len);
void conn_say(struct conn *c, const char *text);
/* Takes no input for delay_ms, then calls resume(session). */
void conn_pause(struct conn *c, unsigned delay_ms, void (*resume)(void *session));
/* Lets what is sent from here to the end of the call leave at this many bytes a second. */
void conn_trickle(struct conn *c, unsigned bytes_per_s);
/* Repeats chunk (borrowed, static) until the client leaves; bytes_per_s 0 means fast. */
void conn_endless(struct conn *c, const char *chunk, unsigned bytes_per_s);
void conn_hang(struct conn *c);   /* never answers again; input is thrown away */
void conn_drop(struct conn *c);   /* closes at once */
void conn_finish(struct conn *c); /* closes when everything was sent */
/* Sends what is queued in clear, forgets clear-text input not yet taken, then shakes hands. */
void conn_starttls(struct conn *c);
