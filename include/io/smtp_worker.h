/*
 * smtp_worker - one connection to the relay: a libcurl easy handle that sends one message at a
 * time.
 *
 * Of one thread, but smtp_worker_cut(), which any thread may call: it ends what blocks and
 * every later try.
 * An idle connection is kept until smtp_worker_hang_up().
 */
#pragma once
#include "io/smtp_client.h"
#include "model/outcome.h"

struct smtp_worker;

struct smtp_relay { /* settings, immutable, shared by reference */
    gint refs;
    struct smtp_settings s; /* strings owned */
    char *url;
};

struct smtp_relay *smtp_relay_new(const struct smtp_settings *s);
struct smtp_relay *smtp_relay_ref(struct smtp_relay *r);
void smtp_relay_unref(struct smtp_relay *r);

struct smtp_worker *smtp_worker_new(void);
void smtp_worker_free(struct smtp_worker *w); /* hangs up */
/* from and to have been checked.  *session: the relay took the session (it is up), whatever became
 * of the message. */
struct outcome *smtp_worker_send(struct smtp_worker *w, struct smtp_relay *r, const char *from,
                                 const char *to, GBytes *message, gboolean *session);
gboolean smtp_worker_connected(struct smtp_worker *w);
void smtp_worker_hang_up(struct smtp_worker *w); /* says QUIT, waits for nobody */
void smtp_worker_cut(struct smtp_worker *w);
