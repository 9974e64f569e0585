/*
 * receiver - the parts of bench_receiver: its connections and what they count.
 *
 * One thread, one epoll.  A protocol is told what has come in and answers how much of it was taken;
 * what it says is sent at once when it returns.  Times are microseconds of CLOCK_MONOTONIC.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer {
    GByteArray *in;
    GString *out;
    int64_t due_us; /* not 0: it is paused until then */
    int fd;
    bool (*take)(struct peer *p); /* one step; false: it needs more bytes */
    bool in_body, closing;
    GArray *rcpts; /* uint64_t, hashes */
};

struct tally { /* since the last reset */
    GHashTable *seen;
    uint64_t count, duplicates, refused, connections, bytes;
    uint64_t marked, unmarked_after_mark;
    int64_t first_us, last_us, first_marked_us, last_marked_us;
    char *mark; /* arrivals whose text holds it are counted apart; NULL: none */
    int64_t delay_us;
    unsigned refuse_pct;
};

extern struct tally tally;

int64_t receiver_now_us(void);
uint64_t receiver_hash(uint64_t from, const void *bytes, size_t len);
/* One arrival of a text under a key that no other one has. */
void receiver_count(uint64_t key, const void *text, size_t len);
void receiver_taken(struct peer *p, size_t len);
/* Nothing more is read, and nothing said, until the delay is over. */
void receiver_pause(struct peer *p);

bool receiver_smtp(struct peer *p);
bool receiver_http(struct peer *p);
