/*
 * sink - what every part of liaison-sink shares: the loop, the rules, the counts and the journal.
 *
 * One thread, one libevent loop.  main.c owns everything here and outlives every connection; the
 * other parts borrow it.  Only `script` is ever replaced while connections live.
 */
#pragma once
#include <event2/event.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#define SINK_MAX_BYTES (10 * 1024 * 1024) /* of one mail, and of one HTTP body */

struct conn;
struct options;
struct record;
struct script;
struct tally;

struct sink {
    const struct options *options; /* borrowed */
    struct event_base *base;       /* owned */
    struct script *script;         /* owned, never NULL, may hold no rule */
    struct tally *tally;           /* owned */
    struct record *record;         /* owned */
    SSL_CTX *tls;                  /* owned, NULL without a certificate */
    uint64_t connections;          /* accepted so far; numbers them from 1 */
    LIST_HEAD(conn_list, conn) conns;
};
