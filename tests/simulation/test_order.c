/* Versions in every order of arrival, on the virtual clock: each row's name is a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "world.h"

#define MINUTE INT64_C(60000)
#define AT_ONCE INT64_C(500) /* ms: what is overruled has no time to go */

/*
 * What arrives, one after another: a letter (its identifier; the later in the alphabet the later it
 * was sent), then what it is and refers to: "A", "U>A" an update of A, "C!AU" a cancel of A and U,
 * "K?A" an acknowledgement of A by a mission, "D>b" an update of that B which one who may correct
 * everybody has sent; then " x" exercise, " s" by a stranger, " c" by the one who may, " h" an
 * audience that only a person can tell, " o" the same, and it had expired, " b" one that expires
 * two minutes and a half after the start, " l" not immediate.
 * "+" before it: at the same moment as the one before.
 */
struct row {
    const char *name, *arrives[5];
    const char *answers; /* one letter each: a accepted, f forbidden, i invalid */
    const char *last;    /* identifier that everybody heard last, "" : nobody heard anything */
    const char *silent;  /* identifiers of which nobody heard */
};

static const struct row rows[] = {
    { "a cancel stops its alert", { "A", "C!A" }, "aa", "C", "" },
    { "a cancel before its alert", { "C!A", "A" }, "aa", "", "AC" },
    { "a cancel in the same moment", { "A", "+C!A" }, "aa", "", "AC" },
    { "a cancel in the moment before", { "C!A", "+A" }, "aa", "", "AC" },
    { "an update before its alert goes in its place", { "U>A", "A" }, "aa", "U", "A" },
    { "a mission's acknowledgement is no version", { "A", "K?A", "C!A" }, "aaa", "C", "" },
    { "a stranger's early cancel is refused", { "C!A s", "A", "D!A" }, "faa", "D", "C" },
    { "an exercise's cancel is another event", { "A", "C!A x", "D!A" }, "aia", "D", "C" },
    { "an early exercise's cancel too", { "C!A x", "A", "D!A" }, "aaa", "D", "C" },
    { "a cancel before its update", { "A", "C!U", "U>A" }, "aaa", "C", "U" },
    { "a cancel before all of it", { "C!U", "U>A", "A" }, "aaa", "", "AUC" },
    { "an update between its alert's cancel and the alert",
      { "C!A", "B>A", "A" },
      "aaa",
      "",
      "ABC" },
    { "one who may cancels before the alert", { "C!A c", "A" }, "aa", "", "AC" },
    { "a held update does not swallow its alert", { "U>A h", "A" }, "aa", "A", "U" },
    { "a cancel of two of which one is not here yet", { "A", "C!AB", "B" }, "aaa", "C", "B" },
    { "two updates before their alert: the newest goes", { "U>A", "V>A", "A" }, "aaa", "V", "AU" },
    { "the first sender goes on after one who may", { "A", "B>A c", "D>A" }, "aaa", "D", "" },
    { "a stranger does not go on after one who may", { "A", "B>A c", "D!B s" }, "aaf", "B", "D" },
    { "the first sender's update of one who may comes before that",
      { "A", "D>b", "B>A c" },
      "aaa",
      "D",
      "B" },
    { "the first sender's cancel of one who may comes before that",
      { "A", "D!b", "B>A c" },
      "aaa",
      "D",
      "B" },
    { "it comes before all of it", { "D!b", "B>A c", "A" }, "aaa", "", "ABD" },
    { "it comes before two of one who may, and what links them is the last",
      { "A", "D>c", "C>b c", "B>A c" },
      "aaaa",
      "D",
      "BC" },
    { "it comes before that, sent by a slow clock", { "A", "B>d", "D>A c" }, "aaa", "B", "D" },
    { "a stranger's update of one who may comes before that",
      { "A", "D>b s", "B>A c" },
      "aaa",
      "B",
      "D" },
    { "a stranger's beside the first sender's",
      { "A", "D>b", "E>b s", "B>A c" },
      "aaaa",
      "D",
      "BE" },

    { "a cancel of what links it to its alert", { "A", "C>B", "D!B", "B>A" }, "aaaa", "D", "BC" },
    { "a cancel follows what it cancels, whatever it is called",
      { "B", "A>B", "C!A" },
      "aaa",
      "C",
      "" },
    { "an update goes when what it follows is here, if only held",
      { "A", "C>B", "B>A h" },
      "aaa",
      "C",
      "B" },
    { "a cancel goes when what links it over another is here, if only held",
      { "A", "D!C", "C>B h", "B>A h" },
      "aaaa",
      "D",
      "BC" },
    { "an update goes when what it follows is here, if too late to go itself",
      { "A", "C>B", "B>A o" },
      "aaa",
      "C",
      "B" },
    { "an update goes for an alert that had expired when it came",
      { "U>A", "A o" },
      "aa",
      "U",
      "A" },
    { "one of a slow clock that names all leaves them in their order",
      { "A>BCDE o", "B", "D!BC", "E>C", "C!B" },
      "aaaaa",
      "E",
      "AC" },
    { "an update goes though what it waited for has expired",
      { "A", "C>B b", "D>C", "B>A o" },
      "aaaa",
      "D",
      "BC" },
    { "a cancel of what waits waits with it", { "A", "E>B", "F!E", "B>A" }, "aaaa", "F", "BE" },
    { "an update of what waits waits with it", { "A", "C!B", "D>C", "B>A" }, "aaaa", "D", "BC" },
    { "an older update after a newer one", { "A", "V>A", "U>A" }, "aaa", "V", "U" },
    { "an update after the cancel is late", { "A", "D!A", "C>A" }, "aaa", "D", "C" },
};

static const char *const senders[] = { "desk@dss.example", "stranger@x.example",
                                       "chief@dss.example", "mission@m0001.example" };

static const char *sender_of(const char *arrives)
{
    if (strchr(arrives, '?'))
        return senders[3];
    return senders[strstr(arrives, " s") ? 1 : strstr(arrives, " c") ? 2 : 0];
}

static void append_time(GString *s, char letter)
{
    g_string_append_printf(s, "\"2026-11-23T14:%02d:00-00:00\"", letter - 'A');
}

static void append_references(GString *s, const char *names)
{
    g_string_append(s, ",\"references\":[");
    for (const char *n = names; g_ascii_isalpha(*n); n++) {
        g_string_append_printf(
            s, "%s{\"identifier\":\"%c\",\"sender\":\"%s\",\"sent\":", n > names ? "," : "",
            g_ascii_toupper(*n), senders[g_ascii_islower(*n) ? 2 : 0]);
        append_time(s, g_ascii_toupper(*n));
        g_string_append_c(s, '}');
    }
    g_string_append_c(s, ']');
}

static char *body_of(const char *arrives)
{
    char what = arrives[1];
    GString *s = g_string_new("{\"severity\":\"severe\",\"certainty\":\"likely\",");
    g_string_append_printf(s, "\"urgency\":\"%s\",",
                           strstr(arrives, " l") ? "future" : "immediate");
    g_string_append_printf(s, "\"identifier\":\"%c\",\"sender\":\"%s\",\"type\":\"%s\",", *arrives,
                           sender_of(arrives),
                           what == '>'   ? "update"
                           : what == '!' ? "cancel"
                           : what == '?' ? "ack"
                                         : "alert");
    g_string_append_printf(s, "\"status\":\"%s\",", strstr(arrives, " x") ? "exercise" : "actual");
    g_string_append_printf(s,
                           "\"messages\":[{\"language\":\"en\",\"headline\":\"%c\","
                           "\"description\":\"Text.\"}],\"sent\":",
                           *arrives);
    append_time(s, *arrives);
    if (what == '>' || what == '!' || what == '?')
        append_references(s, arrives + 2);
    if (strstr(arrives, " b"))
        g_string_append(s, ",\"expires\":\"2026-11-23T14:32:30Z\"");
    if (what != '!')
        g_string_append(s, ",\"audience\":{\"everyone\":true}");
    g_string_append_c(s, '}');
    return g_string_free(s, FALSE);
}

/* The same as CAP, whose geocode nobody knows: only a person can tell its audience. */
static char *cap_body_of(const char *arrives)
{
    bool corrects = arrives[1] == '>';
    GString *s = g_string_new("<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">");
    g_string_append_printf(s,
                           "<identifier>%c</identifier><sender>desk@dss.example</sender>"
                           "<sent>2026-11-23T14:%02d:00-00:00</sent><status>Actual</status>"
                           "<msgType>%s</msgType><scope>Public</scope>",
                           *arrives, *arrives - 'A', corrects ? "Update" : "Alert");
    if (corrects)
        g_string_append(s, "<references>");
    for (const char *n = arrives + 2; corrects && g_ascii_isalpha(*n); n++)
        g_string_append_printf(s, "%sdesk@dss.example,%c,2026-11-23T14:%02d:00-00:00",
                               n > arrives + 2 ? " " : "", *n, *n - 'A');
    if (corrects)
        g_string_append(s, "</references>");
    g_string_append_printf(
        s,
        "<info><language>en</language><category>Security</category>"
        "<event>E</event><urgency>Immediate</urgency>"
        "<severity>Severe</severity><certainty>Likely</certainty>%s"
        "<headline>%c</headline><description>Text.</description><area>"
        "<areaDesc>Where</areaDesc><geocode><valueName>nobody-knows"
        "</valueName><value>1</value></geocode></area></info></alert>",
        strstr(arrives, " o") ? "<expires>2026-11-23T14:29:00-00:00</expires>" : "", *arrives);
    return g_string_free(s, FALSE);
}

struct hearing {
    struct world *world;
    GString *answers;
    gsize crash_at; /* nothing is stored any more once so many are answered; 0: never */
};

static void answered(const struct intake_result *r, void *ctx)
{
    struct hearing *h = ctx;
    GString *answers = h->answers;
    if (answers->len + 1 == h->crash_at)
        virtual_store_fail(h->world->service.store, UINT_MAX);
    g_string_append_c(answers, r->kind == INTAKE_ACCEPTED    ? 'a'
                               : r->kind == INTAKE_FORBIDDEN ? 'f'
                               : r->kind == INTAKE_INVALID   ? 'i'
                                                             : '?');
}

static void bring(struct world *w, const char *arrives, intake_done_fn done, void *ctx)
{
    bool cap = strstr(arrives, " h") || strstr(arrives, " o");
    g_autofree char *body = cap ? cap_body_of(arrives) : body_of(arrives);
    struct intake_request q = { .type = cap ? "application/cap+xml" : "application/json",
                                .body = body,
                                .len = strlen(body),
                                .principal = "unix:test",
                                .expect_missions = -1 };
    intake_submit(&w->service, &q, done, ctx);
}

static void arrive(struct hearing *h, const char *arrives)
{
    bring(h->world, arrives, answered, h);
}

/* Attempts at missions' people with that identifier. */
static unsigned heard(const struct world *w, char identifier)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += s->identifier[0] == identifier && !s->identifier[1] && strstr(s->endpoint, "@m0");
    }
    return n;
}

static char last_heard(const struct world *w, const char *endpoint)
{
    char last = '\0';
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (g_str_equal(s->endpoint, endpoint) && !s->identifier[1])
            last = s->identifier[0];
    }
    return last;
}

static void check(const struct world *w, const struct row *r, const char *answers, bool crashed)
{
    const char *how = crashed ? ", with a crash after each" : "";
    if (!g_str_equal(answers, r->answers))
        fail_msg("%s%s: answered %s, not %s", r->name, how, answers, r->answers);
    for (unsigned m = 1; m <= 2; m++) {
        g_autofree char *endpoint = g_strdup_printf("mailto:r1@m%04u.example", m);
        if (last_heard(w, endpoint) != *r->last)
            fail_msg("%s%s: %s heard %c last, not %s", r->name, how, endpoint,
                     last_heard(w, endpoint) ? last_heard(w, endpoint) : '-', r->last);
    }
    for (const char *s = r->silent; *s; s++)
        if (heard(w, *s))
            fail_msg("%s%s: somebody heard %c", r->name, how, *s);
}

static void run(const struct row *r, bool crash)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autoptr(GString) answers = g_string_new(NULL);
    struct hearing h = { .world = w, .answers = answers };
    for (size_t i = 0; i < G_N_ELEMENTS(r->arrives) && r->arrives[i]; i++) {
        const char *next = i + 1 < G_N_ELEMENTS(r->arrives) ? r->arrives[i + 1] : NULL;
        h.crash_at = crash && (!next || *next != '+') ? i + 1 : 0;
        arrive(&h, r->arrives[i] + (*r->arrives[i] == '+'));
        if (next && *next == '+')
            continue;
        if (crash) {
            for (int64_t at = world_now_ms(w); answers->len <= i; at++)
                virtual_run_until(w->service.loop, at);
            int64_t now_ms = world_now_ms(w);
            world_crash(w);
            world_start(w, now_ms + 1000);
        }
        world_run_for(w, next || crash ? MINUTE : AT_ONCE);
    }
    check(w, r, answers->str, crash);
    world_run_for(w, MINUTE);
    check(w, r, answers->str, crash);
    world_free(w);
}

static void the_last_word_wins_in_every_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        run(&rows[i], false);
}

static void and_so_it_does_when_the_daemon_dies_after_each(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        run(&rows[i], true);
}

struct turn {
    struct world *world;
    char name;
    GString *order; /* what was seen, in turn */
};

static void note_answer(const struct intake_result *r, void *ctx)
{
    const struct turn *t = ctx;
    assert_int_equal(r->kind, INTAKE_ACCEPTED);
    g_string_append_c(t->order, t->name);
}

static void an_immediate_alert_is_stored_ahead_of_one_that_is_not(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autoptr(GString) order = g_string_new(NULL);
    struct turn first = { w, '1', order }, second = { w, '2', order };
    bring(w, "A l", note_answer, &first);
    bring(w, "B", note_answer, &second);
    world_run_for(w, MINUTE);
    assert_string_equal(order->str, "21");
    world_free(w);
}

/* Is anything of the first broadcast claimed when the store comes to this? */
static bool look_for_claimed(struct store *s, void *arg, GError **error)
{
    struct turn *t = arg;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    if (!casefile_notifications(s, 1, all, error))
        return false;
    const struct notification *n = all->pdata[0];
    g_string_append_c(t->order, n->state == NOTIFICATION_SENDING ? 's' : '-');
    return true;
}

/* By the time it works again, the claim waits for it too. */
static void keep_store_busy(const struct intake_result *r, void *ctx)
{
    struct turn *t = ctx;
    struct store_thread *store = t->world->service.store;
    assert_int_equal(r->kind, INTAKE_ACCEPTED);
    virtual_store_stall(store, 10);
    for (int i = 0; i < 5; i++)
        store_thread_submit(store, look_for_claimed, NULL, t);
}

static void an_immediate_alert_is_claimed_ahead_of_other_work(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autoptr(GString) order = g_string_new(NULL);
    struct turn t = { w, 's', order };
    world_run_for(w, MINUTE); /* it has begun to send */
    bring(w, "A", keep_store_busy, &t);
    world_run_for(w, MINUTE);
    assert_string_equal(order->str, "sssss");
    world_free(w);
}

/* How often its desk is told of a version. */
static unsigned desk_hears(const struct world *w, const char *identifier)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n +=
            g_str_equal(s->identifier, identifier) && g_str_has_prefix(s->endpoint, "mailto:duty@");
    }
    return n;
}

/* The desk's list takes long to make: it is made when the cancel has come so far, and no further.
 */
static unsigned cancel_beside_the_list(unsigned steps)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 60 });
    g_autoptr(GString) order = g_string_new(NULL);
    struct turn alert = { w, 'A', order }, cancel = { w, 'C', order };
    bring(w, "A", note_answer, &alert);
    world_run_for(w, 0);
    assert_true(w->sent->len > 0); /* the representatives' */
    bring(w, "C!A", note_answer, &cancel);
    while (steps-- > 0)
        virtual_step(w->service.loop);
    virtual_store_stall(w->service.store, 10);
    world_run_for(w, MINUTE);
    assert_string_equal(order->str, "AC");
    unsigned heard = desk_hears(w, "A");
    assert_int_equal(desk_hears(w, "C"), heard);
    world_free(w);
    return heard;
}

static void a_desks_list_that_is_not_made_yet_gives_way_to_the_cancel(void **state)
{
    (void)state;
    assert_int_equal(cancel_beside_the_list(0), 1);
    unsigned heard = 1;
    for (unsigned steps = 1; steps <= 40; steps++) {
        unsigned now = cancel_beside_the_list(steps);
        assert_true(now <= heard); /* as soon as the cancel was looked at, and ever after, not */
        heard = now;
    }
    assert_int_equal(heard, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_word_wins_in_every_order),
        cmocka_unit_test(and_so_it_does_when_the_daemon_dies_after_each),
        cmocka_unit_test(an_immediate_alert_is_stored_ahead_of_one_that_is_not),
        cmocka_unit_test(an_immediate_alert_is_claimed_ahead_of_other_work),
        cmocka_unit_test(a_desks_list_that_is_not_made_yet_gives_way_to_the_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
