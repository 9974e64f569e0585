/*
 * smtp_conn - one connection to a relay: the socket, TLS and the clock around a smtp_session.
 *
 * Of one loop's thread.  It begins with a mail that waits for it, asks its owner for more whenever
 * there is room, and ends when the relay, the clock or the owner says so.  Time: the connection
 * (each address in turn, half of what is left for each but the last), each reply, each message from
 * when it is the relay's turn to take it; an idle connection is given back after 30 s.
 */
#pragma once
#include "io/resolver.h"
#include "io/smtp_session.h"

struct smtp_conn;

struct smtp_conn_owner {
    /* Another mail for it; FALSE: none now. */
    gboolean (*next)(struct smtp_conn *c, struct smtp_mail *m, void *ctx);
    void (*result)(const struct smtp_result *r, void *ctx);
    void (*up)(void *ctx); /* the relay took the session */
    /* It is over, and to be freed; up: whether the relay had taken the session. */
    void (*closed)(struct smtp_conn *c, gboolean up, void *ctx);
};

/* owner: borrowed.  Nothing is called from inside; smtp_conn_begin() may. */
struct smtp_conn *smtp_conn_new(struct loop *l, struct resolver *names, struct smtp_relay *r,
                                const struct smtp_conn_owner *owner, void *ctx);
void smtp_conn_begin(struct smtp_conn *c, const struct smtp_mail *first);
void smtp_conn_free(struct smtp_conn *c);
gboolean smtp_conn_is_idle(const struct smtp_conn *c);
const struct smtp_relay *smtp_conn_relay(const struct smtp_conn *c);
void smtp_conn_offer(struct smtp_conn *c);   /* asks its owner for a mail */
void smtp_conn_hang_up(struct smtp_conn *c); /* idle: says QUIT, waits for nobody */
void smtp_conn_cut(struct smtp_conn *c, const char *why);
