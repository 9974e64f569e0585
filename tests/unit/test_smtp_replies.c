#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net_case.h"
#include "peer.h"

#define RCPT "rep@mission.example"

static const struct row {
    const char *name;
    struct peer_smtp script;
    enum outcome_kind kind;
    int code;
    const char *reply; /* part of it */
    gsize bytes;
    bool login;
} rows[] = {
    { "a 250 to the body is accepted",
      { 0 },
      OUTCOME_ACCEPTED,
      250,
      "250 2.0.0 Ok: queued as 1A2B",
      0,
      false },
    { "a long message arrives whole", { 0 }, OUTCOME_ACCEPTED, 250, "queued", 300000, false },
    { "a reply of several lines is folded",
      { .body = "250-first\r\n250 second" },
      OUTCOME_ACCEPTED,
      250,
      "250 first second",
      0,
      false },
    { "any 2xx to the body is accepted",
      { .body = "251 forwarded" },
      OUTCOME_ACCEPTED,
      251,
      "251 forwarded",
      0,
      false },
    { "a greylisted recipient is deferred",
      { .rcpt = "451 4.7.1 try later" },
      OUTCOME_DEFERRED,
      451,
      "451 4.7.1 try later",
      0,
      false },
    { "an unknown recipient is refused",
      { .rcpt = "550-5.1.1 no such\r\n550 5.1.1 mailbox" },
      OUTCOME_REFUSED,
      550,
      "550 5.1.1 no such 5.1.1 mailbox",
      0,
      false },
    { "a refused sender is refused",
      { .mail = "553 5.1.8 not you" },
      OUTCOME_REFUSED,
      553,
      "553 5.1.8 not you",
      0,
      false },
    { "a deferred sender is deferred",
      { .mail = "452 4.3.1 full" },
      OUTCOME_DEFERRED,
      452,
      "452 4.3.1 full",
      0,
      false },
    { "a 5xx to DATA is refused",
      { .data = "554 5.5.1 no" },
      OUTCOME_REFUSED,
      554,
      "554 5.5.1 no",
      0,
      false },
    { "a 4xx to the body is deferred",
      { .body = "452 4.2.2 over quota" },
      OUTCOME_DEFERRED,
      452,
      "452 4.2.2 over quota",
      0,
      false },
    { "a 5xx to the body is refused",
      { .body = "554 5.7.1 spam" },
      OUTCOME_REFUSED,
      554,
      "554 5.7.1 spam",
      0,
      false },
    { "a 421 after the body is deferred",
      { .body = "421 4.3.2 shutting down" },
      OUTCOME_DEFERRED,
      421,
      "421 4.3.2 shutting down",
      0,
      false },
    { "a 421 greeting is deferred",
      { .greeting = "421 too busy" },
      OUTCOME_DEFERRED,
      421,
      "421 too busy",
      0,
      false },
    { "a 554 greeting is about the relay: deferred",
      { .greeting = "554 not you" },
      OUTCOME_DEFERRED,
      554,
      "554 not you",
      0,
      false },
    { "a drop at the greeting is deferred",
      { .greeting = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a silent greeting is deferred",
      { .greeting = PEER_HANG },
      OUTCOME_DEFERRED,
      0,
      "time ran out before the message",
      0,
      false },
    { "a drop after MAIL is deferred",
      { .mail = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a drop after RCPT is deferred, though the last code was 250",
      { .rcpt = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a drop instead of the 354 is deferred",
      { .data = PEER_DROP },
      OUTCOME_DEFERRED,
      0,
      "connection lost before the message",
      0,
      false },
    { "a drop inside a long body is deferred",
      { .body = PEER_CUT },
      OUTCOME_DEFERRED,
      0,
      "inside the message",
      20000000,
      false },
    { "a drop after the body is unknown",
      { .body = PEER_DROP },
      OUTCOME_UNKNOWN,
      0,
      "after the message",
      0,
      false },
    { "silence after the body is unknown",
      { .body = PEER_HANG },
      OUTCOME_UNKNOWN,
      0,
      "time ran out after the message",
      0,
      false },
    { "silence after MAIL is deferred",
      { .mail = PEER_HANG },
      OUTCOME_DEFERRED,
      0,
      "time ran out before the message",
      0,
      false },
    { "a reply that breaks off is no reply",
      { .body = "250-first\r\n250-second" },
      OUTCOME_UNKNOWN,
      0,
      "time ran out after the message",
      0,
      false },
    { "a right password is accepted",
      { .auth = "235 2.7.0 welcome" },
      OUTCOME_ACCEPTED,
      250,
      "queued",
      0,
      true },
    { "a wrong password is about the relay: deferred",
      { .auth = "535 5.7.8 no" },
      OUTCOME_DEFERRED,
      535,
      "535 5.7.8 no",
      0,
      true },
    { "a relay that wants a login is deferred",
      { .mail = "530 5.7.0 log in first" },
      OUTCOME_DEFERRED,
      530,
      "530 5.7.0 log in first",
      0,
      false },
};

static void run_row(void **state)
{
    const struct row *row = *state;
    struct net_case *f = NULL;
    net_case_set_up((void **)&f);
    struct peer *p = peer_start(peer_serve_smtp, &row->script);
    struct smtp_settings s = net_case_relay(peer_port(p));
    s.user = row->login ? "daemon" : "";
    s.password = row->login ? "secret" : "";
    struct smtp_client *c = smtp_client_new(f->loop, &s, NULL);
    net_case_mail(f, c, RCPT, row->bytes);
    assert_int_equal(smtp_client_in_flight(c), 1);
    net_case_wait(f, 1);
    const struct outcome *o = net_case_outcome(f, 0);
    net_case_check(o, row->kind, row->reply);
    assert_int_equal(o->code, row->code);
    assert_int_equal(smtp_client_in_flight(c), 0);
    smtp_client_free(c);
    assert_int_equal(peer_connections(p), 1); /* nothing but a stale connection is tried again */
    peer_stop(p);
    net_case_tear_down((void **)&f);
}

int main(void)
{
    struct CMUnitTest table[G_N_ELEMENTS(rows)];
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        table[i] = (struct CMUnitTest){ rows[i].name, run_row, NULL, NULL, (void *)&rows[i] };
    }
    return cmocka_run_group_tests_name("smtp replies", table, net_case_libraries, NULL);
}
