/*
 * peer - the other side of a connection: a scripted TCP server on loopback, for tests.
 *
 * Every connection has its own thread that runs the script's function to its end and closes.
 * Nothing here asserts: cmocka's asserts belong to the main thread.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct peer;
struct peer_conn;
struct peer_tls;
typedef void (*peer_serve_fn)(struct peer_conn *c, const void *script);

struct peer *peer_start(peer_serve_fn serve, const void *script /* borrowed, constant */);
void peer_stop(struct peer *p); /* ends its connections */
int peer_port(const struct peer *p);
unsigned peer_connections(struct peer *p);
unsigned peer_count(struct peer *p); /* what the script counted: messages, requests */
void peer_wait_closed(struct peer *p, unsigned connections); /* until so many have ended */
char *peer_heard(struct peer *p); /* all lines read so far, caller frees */

/* For the script.  false, NULL: the connection is over. */
unsigned peer_number(const struct peer_conn *c); /* of the connection, from 0 */
char *peer_read_line(struct peer_conn *c);       /* without its end, caller frees */
bool peer_read(struct peer_conn *c, gsize len);
bool peer_say(struct peer_conn *c, const char *text); /* as it is */
/* A byte every 20 ms, over and over, until the other side gives up. */
void peer_drip(struct peer_conn *c, const char *text);
void peer_hang(struct peer_conn *c);  /* until the other side gives up */
void peer_reset(struct peer_conn *c); /* close with a RST */
void peer_counted(struct peer_conn *c);
bool peer_secure(struct peer_conn *c, struct peer_tls *tls); /* TLS from here on */

/* A self-signed certificate for 127.0.0.1 and localhost; its PEM file is the CA to trust. */
struct peer_tls *peer_tls_new(void);
const char *peer_tls_ca_file(const struct peer_tls *t);
void peer_tls_free(struct peer_tls *t);

/* An SMTP relay.  A reply is without its last CRLF, NULL the usual one, or one of these: */
#define PEER_DROP "drop"       /* close instead of a reply */
#define PEER_HANG "hang"       /* stay silent until the client gives up */
#define PEER_CUT "cut"         /* body only: reset while the body is coming in */
#define PEER_LATE "late"       /* say 550 when the next command has come, which is QUIT */
#define PEER_DRIP "drip"       /* a reply that trickles in and never ends */
#define PEER_ENDLESS "endless" /* a reply of more and more lines, as fast as they are taken */
struct peer_smtp {
    const char *greeting, *ehlo, *auth, *mail, *rcpt, *data, *body, *quit;
    const char *idle; /* said after the first message of the first connection, then close */
    bool late;        /* which happens when the next command comes, not before */
    bool pipelining;
    struct peer_tls *tls; /* offered by STARTTLS, borrowed */
};
void peer_serve_smtp(struct peer_conn *c, const void *script /* struct peer_smtp */);

/* An HTTP server that says reply to every request of a connection. */
struct peer_http {
    const char *reply;  /* PEER_DROP, PEER_HANG */
    bool drip, endless; /* the reply trickles in, or is said over and over */
    bool before;        /* drop or hang before the request is read */
    bool once;          /* close after one reply */
    unsigned padding;   /* bytes of body (or of header, if in_header) added to the reply */
    bool in_header;
    struct peer_tls *tls; /* https, borrowed */
};
void peer_serve_http(struct peer_conn *c, const void *script /* struct peer_http */);
