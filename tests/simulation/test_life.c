/*
 * One event after another on the virtual clock: alerts, updates, cancels and expiry in any order,
 * answers of any kind, a store that fails, crashes at any moment.  One seed is one history; a
 * failing one is printed and runs again with LIAISOND_SEED=N.  LIAISOND_SEEDS says how many are
 * tried.
 *
 * At the end, for every endpoint:
 *   nothing of an older version is sent after a newer one was;
 *   nothing is sent after its broadcast expired;
 *   whoever had, or may have had, any version has the last word, unless the endpoint refused it;
 *   nobody gets one message twice, but after an unknown outcome or a crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "world.h"

#define VERSIONS 4
#define MISSIONS 8
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)

static unsigned current_seed; /* for the report of a failure */

enum what { ALERT, UPDATE, SAME_WORDS, CANCEL };

struct version_of { /* of the one event of a history */
    enum what what;
    char identifier[16];
    int64_t sent_ms, arrives_ms, expires_ms;
    unsigned missions; /* bits */
    bool applied;
};

struct history {
    GRand *rand;
    struct world *world;
    struct version_of v[VERSIONS];
    int n;
    int refusing; /* percent of endpoints that always refuse */
};

static unsigned endpoint_luck(const char *endpoint)
{
    return g_str_hash(endpoint) % 100;
}

static struct answer any_answer(const struct notice *n, void *ctx)
{
    struct history *h = ctx;
    int die = g_rand_int_range(h->rand, 0, 100);
    int64_t after_ms = g_rand_int_range(h->rand, 1, 4000);
    if ((int)endpoint_luck(n->notification->endpoint) < h->refusing)
        return (struct answer){ OUTCOME_REFUSED, 550, after_ms, 0, false };
    if (die < 60)
        return (struct answer){ OUTCOME_ACCEPTED, 250, after_ms, 0, false };
    if (die < 85)
        return (struct answer){ OUTCOME_DEFERRED, 451, after_ms, 0, false };
    return (struct answer){ OUTCOME_UNKNOWN, 0, after_ms, 0, false };
}

static char *audience_of(unsigned missions)
{
    GString *out = g_string_new("{\"missions\":[");
    for (unsigned i = 0, n = 0; i < MISSIONS; i++)
        if (missions >> i & 1)
            g_string_append_printf(out, "%s\"m%04u\"", n++ ? "," : "", i + 1);
    g_string_append(out, "]}");
    return g_string_free(out, FALSE);
}

static void send_version(struct history *h, struct version_of *v)
{
    static const char *const types[] = { "alert", "update", "update", "cancel" };
    g_autofree char *sent = timestamp_format_utc_s(v->sent_ms);
    g_autofree char *first_sent = timestamp_format_utc_s(h->v[0].sent_ms);
    g_autofree char *expires = timestamp_format_utc_s(v->expires_ms);
    g_autofree char *audience = audience_of(v->missions);
    g_autoptr(GString) members = g_string_new(NULL);
    g_string_append_printf(members, "\"type\":\"%s\",\"sent\":\"%s\",\"expires\":\"%s\"",
                           types[v->what], sent, expires);
    if (v->what != ALERT)
        g_string_append_printf(members,
                               ",\"references\":[{\"identifier\":\"%s\",\"sender\":\"desk@dss."
                               "example\",\"sent\":\"%s\"}]",
                               h->v[0].identifier, first_sent);
    if (v->what != CANCEL)
        g_string_append_printf(members, ",\"audience\":%s", audience);
    g_string_append_printf(
        members,
        ",\"messages\":[{\"language\":\"en\",\"headline\":\"%s\",\"description\":\"Text.\"}]",
        v->what == SAME_WORDS ? h->v[0].identifier : v->identifier);
    enum intake_kind k;
    int tries = 0;
    do {
        k = world_send(h->world, v->identifier, members->str);
    } while (k == INTAKE_UNAVAILABLE && ++tries < 100);
    v->applied = k == INTAKE_ACCEPTED || k == INTAKE_KNOWN;
}

static void imagine(struct history *h)
{
    static const char names[] = "ABCD";
    int64_t at_ms = WORLD_START_MS;
    h->n = g_rand_int_range(h->rand, 1, VERSIONS + 1);
    h->refusing = g_rand_int_range(h->rand, 0, 3) == 0 ? 20 : 0;
    for (int i = 0; i < h->n; i++) {
        struct version_of *v = &h->v[i];
        bool last = i == h->n - 1;
        v->what = i == 0 ? ALERT
                         : (enum what)g_rand_int_range(h->rand, UPDATE, last ? CANCEL + 1 : CANCEL);
        v->missions = (unsigned)g_rand_int_range(h->rand, 1, 1 << MISSIONS);
        if (v->what == SAME_WORDS)
            v->missions = h->v[0].missions;
        g_snprintf(v->identifier, sizeof v->identifier, "%c", names[i]);
        at_ms += g_rand_int_range(h->rand, 1, 60) * 1000;
        v->sent_ms = at_ms;
        v->arrives_ms =
            at_ms + g_rand_int_range(h->rand, 0, g_rand_boolean(h->rand) ? 2000 : 120000);
        v->expires_ms = at_ms + (g_rand_int_range(h->rand, 0, 4) == 0 ? 3 * MINUTE : 6 * HOUR);
        if (v->what == CANCEL)
            v->expires_ms = at_ms + 6 * HOUR;
    }
}

static int by_arrival(const void *a, const void *b)
{
    const struct version_of *x = *(struct version_of *const *)a,
                            *y = *(struct version_of *const *)b;
    return (x->arrives_ms > y->arrives_ms) - (x->arrives_ms < y->arrives_ms);
}

static void trouble(struct history *h)
{
    int die = g_rand_int_range(h->rand, 0, 10);
    if (die == 0) {
        int64_t now_ms = world_now_ms(h->world);
        world_crash(h->world);
        world_start(h->world, now_ms + g_rand_int_range(h->rand, 1, 5000));
    } else if (die == 1) {
        virtual_store_fail(h->world->service.store, (unsigned)g_rand_int_range(h->rand, 1, 4));
    }
}

static void live(struct history *h)
{
    struct version_of *order[VERSIONS];
    for (int i = 0; i < h->n; i++)
        order[i] = &h->v[i];
    qsort(order, (size_t)h->n, sizeof order[0], by_arrival);
    for (int i = 0; i < h->n; i++) {
        while (world_now_ms(h->world) < order[i]->arrives_ms) {
            int64_t left_ms = order[i]->arrives_ms - world_now_ms(h->world);
            world_run_for(h->world, MIN(left_ms, (int64_t)g_rand_int_range(h->rand, 1, 3000)));
            trouble(h);
        }
        send_version(h, order[i]);
    }
    for (int i = 0; i < 40; i++) {
        world_run_for(h->world, g_rand_int_range(h->rand, 1, 5000));
        trouble(h);
    }
    world_run_for(h->world, 24 * HOUR);
}

static int index_of(const struct history *h, const struct sent *s)
{
    for (int i = 0; i < h->n; i++)
        if (g_str_equal(h->v[i].identifier, s->identifier))
            return i;
    return -1; /* an alarm of the daemon's own */
}

/* The whole story of one endpoint, for whoever looks at a failing seed. */
static void tell_story(const struct history *h, const char *endpoint)
{
    for (int i = 0; i < h->n; i++)
        print_message("%s: kind %d, missions %02x, sent +%" G_GINT64_FORMAT
                      " s, arrives +%" G_GINT64_FORMAT " ms, %s\n",
                      h->v[i].identifier, h->v[i].what, h->v[i].missions,
                      (h->v[i].sent_ms - WORLD_START_MS) / 1000,
                      h->v[i].arrives_ms - WORLD_START_MS, h->v[i].applied ? "taken" : "not taken");
    for (guint i = 0; i < h->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(h->world->sent, i);
        if (g_str_equal(s->endpoint, endpoint))
            print_message("+%" G_GINT64_FORMAT " ms %s attempt %u: %s%s, key %s\n",
                          s->at_ms - WORLD_START_MS, s->identifier, s->attempt,
                          outcome_names[s->kind], s->crashed ? " (crashed)" : "", s->key);
    }
}

static void newest_is_last(const struct history *h, guint at)
{
    const struct sent *s = g_ptr_array_index(h->world->sent, at);
    for (guint k = 0; k < at; k++) {
        const struct sent *before = g_ptr_array_index(h->world->sent, k);
        if (g_str_equal(before->endpoint, s->endpoint) && index_of(h, before) > index_of(h, s) &&
            index_of(h, s) >= 0) {
            tell_story(h, s->endpoint);
            fail_msg("%s was sent %s after %s", s->endpoint, s->identifier, before->identifier);
        }
    }
}

static void is_in_time(const struct history *h, const struct sent *s)
{
    int i = index_of(h, s);
    if (i >= 0 && s->at_ms >= h->v[i].expires_ms)
        fail_msg("%s was sent %s after it expired", s->endpoint, s->identifier);
}

/* Accepted twice under one key: only if the daemon could not know of the first. */
static void is_not_doubled(const struct history *h, guint at)
{
    const struct sent *s = g_ptr_array_index(h->world->sent, at);
    for (guint k = 0; k < at; k++) {
        const struct sent *before = g_ptr_array_index(h->world->sent, k);
        if (g_str_equal(before->key, s->key) && g_str_equal(before->endpoint, s->endpoint) &&
            before->kind == OUTCOME_ACCEPTED && !before->crashed) {
            tell_story(h, s->endpoint);
            fail_msg("%s was sent %s again after it was accepted", s->endpoint, s->identifier);
        }
    }
}

/* The version that has the last word: the newest that was taken, unless it came late or expired
 * unsent. */
static int last_word(const struct history *h)
{
    int last = -1;
    for (int i = 0; i < h->n; i++)
        if (h->v[i].applied)
            last = i;
    return last;
}

/* Versions of the same words have the same number. */
static int words_of(const struct history *h, int version)
{
    return h->v[version].what == SAME_WORDS ? 0 : version;
}

/* Does the last that the endpoint has for certain say what that version says? */
static bool has_the_words_of(const struct history *h, const char *endpoint, int version)
{
    int last = -1;
    for (guint i = 0; i < h->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(h->world->sent, i);
        if (g_str_equal(s->endpoint, endpoint) && s->kind == OUTCOME_ACCEPTED &&
            index_of(h, s) >= 0)
            last = index_of(h, s);
    }
    return last >= 0 && words_of(h, last) == words_of(h, version);
}

/* The mission of a representative's endpoint, as a bit; 0: an office's or desk's. */
static unsigned mission_of(const char *endpoint)
{
    const char *m = strstr(endpoint, "@m") ? strstr(endpoint, "@m") + 2 : strstr(endpoint, "/m0");
    unsigned number = m ? (unsigned)strtoul(m + (*m == '/' ? 2 : 0), NULL, 10) : 0;
    return number ? 1u << (number - 1) : 0;
}

/* A newer version was there first: this one changed nothing any more. */
static bool is_late(const struct history *h, int k)
{
    for (int i = k + 1; i < h->n; i++)
        if (h->v[i].applied && h->v[i].arrives_ms < h->v[k].arrives_ms)
            return true;
    return false;
}

/* Told that its mission is not affected any more, and it has not been since: an update brings no
 * news. */
static bool was_released_before(const struct history *h, const char *endpoint, int last)
{
    unsigned mission = mission_of(endpoint);
    if (h->v[last].what == CANCEL || !mission || h->v[last].missions & mission)
        return false;
    for (int k = last - 1; k > 0; k--) {
        if (is_late(h, k))
            continue;
        if (h->v[k].missions & mission)
            return false;
        if (h->v[k].applied && has_the_words_of(h, endpoint, k))
            return true;
    }
    return false;
}

static void everyone_has_the_last_word(const struct history *h)
{
    int last = last_word(h);
    if (last < 0 || h->v[last].expires_ms < h->v[last].sent_ms + HOUR)
        return; /* it may have expired before everybody could be reached */
    for (guint i = 0; i < h->world->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(h->world->sent, i);
        int k = index_of(h, s);
        bool may_have_it =
            k >= 0 && k < last && (s->kind == OUTCOME_ACCEPTED || s->kind == OUTCOME_UNKNOWN);
        if (may_have_it && (int)endpoint_luck(s->endpoint) >= h->refusing &&
            !has_the_words_of(h, s->endpoint, last) && !was_released_before(h, s->endpoint, last)) {
            tell_story(h, s->endpoint);
            fail_msg("%s had %s and never got %s", s->endpoint, s->identifier,
                     h->v[last].identifier);
        }
    }
}

static void check(const struct history *h)
{
    for (guint i = 0; i < h->world->sent->len; i++) {
        newest_is_last(h, i);
        is_in_time(h, g_ptr_array_index(h->world->sent, i));
        is_not_doubled(h, i);
    }
    everyone_has_the_last_word(h);
}

static void run_seed(uint32_t seed)
{
    struct history h = { .rand = g_rand_new_with_seed(seed) };
    h.world =
        world_new(&(struct world_roster){ .missions = MISSIONS, .webhook_host = "hooks.example" });
    h.world->answers = any_answer;
    h.world->ctx = &h;
    g_random_set_seed(seed);
    imagine(&h);
    live(&h);
    check(&h);
    world_free(h.world);
    g_rand_free(h.rand);
}

static unsigned number_of(const char *name, unsigned fallback)
{
    const char *text = g_getenv(name);
    return text ? (unsigned)g_ascii_strtoull(text, NULL, 10) : fallback;
}

static void promises_hold_in_every_history(void **state)
{
    (void)state;
    if (g_getenv("LIAISOND_SEED")) {
        run_seed(number_of("LIAISOND_SEED", 1));
        return;
    }
    unsigned seeds = number_of("LIAISOND_SEEDS", 300);
    for (unsigned seed = 1; seed <= seeds; seed++) {
        current_seed = seed;
        run_seed(seed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(promises_hold_in_every_history) };
    int failed =
        cmocka_run_group_tests_name("the life of an event on the virtual clock", tests, NULL, NULL);
    if (failed)
        print_error("the seed that failed: LIAISOND_SEED=%u\n", current_seed);
    return failed;
}
