/*
 * net_case - what tests of the network clients share: a loop, and the outcomes that came from it.
 */
#pragma once
#include "io/http_client.h"
#include "io/smtp_client.h"
#include "model/outcome.h"

struct loop;

struct net_case {
    struct loop *loop;
    GPtrArray *outcomes; /* of struct outcome, in order of completion */
    unsigned wanted;
};

int net_case_set_up(void **state); /* cmocka's: *state becomes a struct net_case */
int net_case_tear_down(void **state);
int net_case_libraries(void **state); /* group setup: libcurl, quiet log */
void net_case_done(struct outcome *o, void *ctx /* struct net_case */);
void net_case_wait(struct net_case *n,
                   unsigned outcomes); /* runs the loop until there are so many */
const struct outcome *net_case_outcome(struct net_case *n, unsigned i);
void net_case_check(const struct outcome *o, enum outcome_kind kind, const char *part_of_reply);

/* A relay on loopback, one thread, clear text, replies within a second; a mail of so many bytes. */
struct smtp_settings net_case_relay(int port);
GBytes *net_case_message(gsize bytes);
void net_case_mail(struct net_case *n, struct smtp_client *c, const char *to, gsize bytes);

/* Webhooks by http and https, four at once, an answer within a second; a POST of seven bytes. */
struct http_settings net_case_webhooks(GPtrArray *networks);
GPtrArray *net_case_loopback(void); /* 127.0.0.0/8 */
void net_case_post(struct net_case *n, struct http_client *c, const char *scheme, int port);

#define NET_CASE(fn) cmocka_unit_test_setup_teardown(fn, net_case_set_up, net_case_tear_down)
