#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/notification.h"
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/* Columns: claim, accepted, deferred, unknown, refused, restart, superseded, expired.
 * '!' is our bug; letters are the state's initial. */
static const struct row {
    const char *from, *to;
} rows[] = {
    { "queued", "s!!!!!ww" },   { "sending", "!addrq!!" }, { "deferred", "s!!!!!ww" },
    { "accepted", "!!!!!!!!" }, { "refused", "!!!!!!!!" }, { "withdrawn", "!!!!!!!!" },
};
static const char initials[] = "qsdarw"; /* in enum order */

/* True if the move kills the process that makes it. */
static bool move_aborts(enum notification_state from, enum notification_event on)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        int null = open("/dev/null", O_WRONLY);
        dup2(null, STDERR_FILENO);
        struct notification n = { .state = from };
        notification_move(&n, on);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) || WEXITSTATUS(status) != 0;
}

static void test_moves(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_string_equal(notification_state_names[i], rows[i].from);
        for (int on = 0; rows[i].to[on]; on++) {
            enum notification_state from = (enum notification_state)i;
            if (rows[i].to[on] == '!') {
                if (!move_aborts(from, (enum notification_event)on))
                    fail_msg("%s on event %d is allowed", rows[i].from, on);
                continue;
            }
            struct notification n = { .state = from };
            notification_move(&n, (enum notification_event)on);
            if (initials[n.state] != rows[i].to[on])
                fail_msg("%s on event %d: got %c", rows[i].from, on, initials[n.state]);
        }
    }
}

static void test_final(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(notification_is_final((enum notification_state)i),
                         rows[i].to[0] == '!' && i != 1);
}

static const struct told_row {
    const char *name;
    enum notification_told before;
    enum notification_event on;
    enum notification_told want;
} told_rows[] = {
    { "what was accepted was told", TOLD_NO, NOTIFICATION_ON_ACCEPTED, TOLD_YES },
    { "a lost answer may have been a yes", TOLD_NO, NOTIFICATION_ON_UNKNOWN, TOLD_MAYBE },
    { "a later no does not take it back", TOLD_MAYBE, NOTIFICATION_ON_REFUSED, TOLD_MAYBE },
    { "nor does try again later", TOLD_MAYBE, NOTIFICATION_ON_DEFERRED, TOLD_MAYBE },
    { "a later yes makes it certain", TOLD_MAYBE, NOTIFICATION_ON_ACCEPTED, TOLD_YES },
    { "a second lost answer is still a perhaps", TOLD_MAYBE, NOTIFICATION_ON_UNKNOWN, TOLD_MAYBE },
    { "told is told", TOLD_YES, NOTIFICATION_ON_UNKNOWN, TOLD_YES },
    { "what was refused was not", TOLD_NO, NOTIFICATION_ON_REFUSED, TOLD_NO },
    { "a restart alone tells nobody", TOLD_NO, NOTIFICATION_ON_RESTART, TOLD_NO },
};

static void test_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(told_rows); i++) {
        struct notification n = { .state = NOTIFICATION_SENDING, .told = told_rows[i].before };
        notification_move(&n, told_rows[i].on);
        if (n.told != told_rows[i].want)
            fail_msg("%s: got %d", told_rows[i].name, (int)n.told);
    }
}

/* Each goes before the next. */
static const struct priority_row {
    const char *name;
    enum broadcast_urgency u;
    enum broadcast_severity s;
    enum threat_level t;
    unsigned rank;
} order[] = {
    { "an office's notice", URGENCY_IMMEDIATE, SEVERITY_EXTREME, THREAT_CRITICAL, 0 },
    { "the first representative", URGENCY_IMMEDIATE, SEVERITY_EXTREME, THREAT_CRITICAL, 1 },
    { "the last of a crowd", URGENCY_IMMEDIATE, SEVERITY_EXTREME, THREAT_CRITICAL, 4711 },
    { "a lower threat, whatever the rank", URGENCY_IMMEDIATE, SEVERITY_EXTREME, THREAT_HIGH, 0 },
    { "the lowest threat", URGENCY_IMMEDIATE, SEVERITY_EXTREME, THREAT_LOW, 255 },
    { "a lower severity, whatever the threat", URGENCY_IMMEDIATE, SEVERITY_SEVERE, THREAT_CRITICAL,
      0 },
    { "a lower urgency, whatever the rest", URGENCY_EXPECTED, SEVERITY_EXTREME, THREAT_CRITICAL,
      0 },
    { "unknown urgency comes last", URGENCY_UNKNOWN, SEVERITY_UNKNOWN, THREAT_LOW, 255 },
};

static void test_priority(void **state)
{
    (void)state;
    uint32_t before = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        const struct priority_row *r = &order[i];
        uint32_t p = notification_priority(r->u, r->s, r->t, r->rank);
        if (i && p <= before)
            fail_msg("%s: %u after %u", r->name, p, before);
        assert_true(p >= notification_priority_first(r->u) &&
                    p <= notification_priority_last(r->u));
        before = p;
    }
}

static void test_corrections_overtake_their_urgency(void **state)
{
    (void)state;
    for (int u = URGENCY_IMMEDIATE; u <= URGENCY_UNKNOWN; u++) {
        enum broadcast_urgency urgency = (enum broadcast_urgency)u;
        uint32_t most = notification_priority(urgency, SEVERITY_EXTREME, THREAT_CRITICAL, 0);
        uint32_t last = notification_priority_correct(
            notification_priority(urgency, SEVERITY_UNKNOWN, THREAT_LOW, 255));
        assert_true(last < most);
        assert_true(last >= notification_priority_first(urgency));
        assert_int_equal(last >> 24, most >> 24);
        assert_int_equal(notification_priority_correct(last), last);
    }
}

static const struct lane_row {
    const char *name;
    enum channel_kind channel;
    const char *endpoint, *want;
} lanes[] = {
    { "all mail is one lane", CHANNEL_SMTP, "mailto:a@b.example", "smtp" },
    { "the default port is written out", CHANNEL_WEBHOOK, "https://h.example/a",
      "https://h.example:443" },
    { "so is plain HTTP's", CHANNEL_WEBHOOK, "http://h.example/", "http://h.example:80" },
    { "host and scheme have no case", CHANNEL_WEBHOOK, "HTTPS://H.Example:443/B?q",
      "https://h.example:443" },
    { "a port of its own", CHANNEL_WEBHOOK, "https://h.example:8443/a", "https://h.example:8443" },
    { "an IPv6 address keeps its brackets", CHANNEL_WEBHOOK, "https://[2001:DB8::1]/x",
      "https://[2001:db8::1]:443" },
    { "the last port", CHANNEL_WEBHOOK, "http://127.0.0.1:65535/x", "http://127.0.0.1:65535" },
    { "a port behind the last", CHANNEL_WEBHOOK, "http://h.example:65536/x",
      "http://h.example:65536/x" },
    { "a port with noughts before it", CHANNEL_WEBHOOK, "http://h.example:0080/x",
      "http://h.example:80" },
    { "a path that cannot be decoded", CHANNEL_WEBHOOK, "https://h.example/%zz",
      "https://h.example/%zz" },
    { "an address without a path", CHANNEL_WEBHOOK, "https://h.example", "https://h.example:443" },
    { "nonsense is a lane of its own", CHANNEL_WEBHOOK, "not a url", "not a url" },
};

static void test_lane(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lanes); i++) {
        g_autofree char *got = notification_lane(lanes[i].channel, lanes[i].endpoint);
        if (!g_str_equal(got, lanes[i].want))
            fail_msg("%s: got %s", lanes[i].name, got);
    }
}

static void test_message_key(void **state)
{
    (void)state;
    int64_t id = (INT64_C(9001) << NOTIFICATION_ORDINAL_BITS) | NOTIFICATION_MAX_ORDINAL;
    g_autofree char *key = notification_message_key("01890a5d-ac96-774b-bcce-b302099a8057", id);
    assert_string_equal(key, "01890a5d-ac96-774b-bcce-b302099a8057.1048575");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_final),
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_priority),
        cmocka_unit_test(test_corrections_overtake_their_urgency),
        cmocka_unit_test(test_lane),
        cmocka_unit_test(test_message_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
