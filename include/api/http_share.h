/*
 * http_share - one listener's share of connections and of memory, and who gives way where it is
 * used up.
 *
 * Pure but for its callbacks.  A member is a connection.  While we wait for what its caller sends
 * it may have to give way (crowd.h); while an answer is worked on or sent it does not.  One that
 * gives way counts no more, and is to end when the loop comes round.
 */
#pragma once
#include "api/crowd.h"
#include <stddef.h>

struct http_share;

struct http_share_limits {
    unsigned members;
    size_t held; /* bytes of requests that are not answered, of all together */
};

struct http_share_hooks {
    void (*room)(bool is_there, void *ctx);   /* false: full, and all are being served */
    void (*give_way)(void *owner, void *ctx); /* end it, but not from inside this call */
    char *(*name)(void *owner, void *ctx);    /* its network, asked when the next one joins */
    void *ctx;
};

struct http_sharer { /* zero; borrowed while it is a member */
    struct crowd_member in_crowd;
    size_t held;
    bool is_leaving;
};

struct http_share *http_share_new(const struct http_share_limits *limits,
                                  const struct http_share_hooks *hooks);
void http_share_free(struct http_share *s); /* whoever is a member is forgotten */

void http_share_join(struct http_share *s, struct http_sharer *m, void *owner); /* and is awaited */
void http_share_part(struct http_share *s, struct http_sharer *m);
void http_share_await(struct http_share *s, struct http_sharer *m); /* its caller is to send */
/* Its request is whole.  stays: it need not go even if it was told to. */
void http_share_serve(struct http_share *s, struct http_sharer *m, bool stays);
/* It sent so many bytes more, at the cost of one read; somebody may have to give way, it too. */
void http_share_hold(struct http_share *s, struct http_sharer *m, size_t bytes);
void http_share_release(struct http_share *s, struct http_sharer *m); /* all that it held */
void http_share_dismiss(struct http_share *s, struct http_sharer *m); /* it gives way, now */
