/*
 * Versions of one event in every order of arrival, each of them let go by a person or left alone,
 * with a crash after each or none, with a rule that asks for a second person or none: in the end
 * the newest that went out is the last that anybody heard, and nothing waits for what is here.
 *
 * One set of four in a normal run, in which crashes and the rule go together; with LIAISOND_TORTURE
 * all of them, those of five too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "adrift.h"

#define MISSIONS 4
#define MOST 5 /* versions of a set */

/* Of the desk, but where it is the chief's, who may correct everybody; refers: letters, the chief's
 * small. */
static const struct version {
    char id;
    bool chief;
    const char *type;
    int minute;
    const char *refers;
    unsigned mission;
} versions[] = {
    { 'A', false, "alert", 30, "", 1 },   { 'B', true, "update", 31, "A", 2 },
    { 'C', false, "update", 32, "b", 3 }, { 'D', false, "update", 33, "C", 1 },
    { 'E', true, "update", 34, "b", 2 },  { 'F', false, "cancel", 35, "b", 0 },
    { 'G', false, "update", 36, "e", 3 }, { 'H', true, "update", 37, "CD", 1 },
    { 'I', false, "update", 29, "b", 4 }, /* by a slow clock */
    { 'J', false, "cancel", 38, "C", 0 },
};

/* Oldest first. */
static const char *const sets[] = { "ABCE",  "ABIC",  "ABEG",  "ABCF", "ABCH",
                                    "ABICE", "ABIEG", "ABEFG", "ABCDJ" };

struct history {
    const char *set, *order; /* of arrival */
    unsigned let_go;         /* bits by place in the order: a person lets it go if it is held */
    bool crash;
    const char *rule;
    struct world *world;
    char *ids[MOST]; /* by place in the set; NULL: it was refused */
};

static const struct version *version_of(char id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++)
        if (versions[i].id == id)
            return &versions[i];
    return NULL;
}

static const char *sender_of(const struct version *v)
{
    return v->chief ? "chief@dss.example" : "desk@dss.example";
}

static char *audience_of(const struct version *v)
{
    return g_strdup_printf("{\"missions\":[\"m%04u\"]}", v->mission);
}

static char *members_of(const struct version *v)
{
    GString *s = g_string_new(NULL);
    g_string_append_printf(s, "\"sender\":\"%s\",\"type\":\"%s\",\"sent\":\"2026-11-23T14:%d:00Z\"",
                           sender_of(v), v->type, v->minute);
    g_string_append(s, ",\"references\":[");
    for (const char *r = v->refers; *r; r++) {
        const struct version *of = version_of(g_ascii_toupper(*r));
        g_string_append_printf(
            s, "%s{\"identifier\":\"%c\",\"sender\":\"%s\",\"sent\":\"2026-11-23T14:%d:00Z\"}",
            r > v->refers ? "," : "", of->id, sender_of(of), of->minute);
    }
    g_string_append_c(s, ']');
    if (v->mission) {
        g_autofree char *audience = audience_of(v);
        g_string_append_printf(s, ",\"audience\":%s", audience);
    }
    return g_string_free(s, FALSE);
}

static void let_go(struct history *h, const struct version *v, const char *id)
{
    struct broadcast_row *row = world_row(h->world, id);
    bool held = *row->hold;
    g_autofree char *audience = audience_of(v);
    struct decision_request q = { .kind = held ? DECISION_RELEASE : DECISION_APPROVE,
                                  .id = id,
                                  .principal = "token:chief",
                                  .missions = 1,
                                  .audience = held ? audience : NULL };
    if (row->state == BROADCAST_PENDING && world_decide(h->world, &q) == DECISION_CHANGED) {
        q.missions = world_decided.missions;
        world_decide(h->world, &q);
    }
    broadcast_row_free(row);
    world_run_for(h->world, MINUTE / 4);
}

static void arrive(struct history *h, guint i)
{
    const struct version *v = version_of(h->order[i]);
    g_autofree char *members = members_of(v);
    const char identifier[] = { v->id, '\0' };
    bool taken = world_send(h->world, identifier, members) == INTAKE_ACCEPTED;
    const char *id = h->ids[strchr(h->set, v->id) - h->set] =
        taken ? g_strdup(world_last_id()) : NULL;
    if (h->crash) {
        int64_t now_ms = world_now_ms(h->world);
        world_crash(h->world);
        world_start(h->world, now_ms + 1000);
    }
    world_run_for(h->world, MINUTE / 4);
    if (taken && h->let_go >> i & 1)
        let_go(h, v, id);
}

static void is_broken(const struct history *h, const char *what)
{
    g_autoptr(GString) order = g_string_new(NULL);
    for (guint i = 0; h->order[i]; i++)
        g_string_append_printf(order, " %c%s", h->order[i], h->let_go >> i & 1 ? " (let go)" : "");
    fail_msg("%s, arriving%s%s%s%s: %s", h->set, order->str,
             h->crash ? ", with a crash after each" : "", h->rule ? ", rule " : "",
             h->rule ? h->rule : "", what);
}

/* The newest that has gone out; NULL: none. */
static const struct version *last_word(const struct history *h)
{
    const struct version *last = NULL;
    for (guint i = 0; h->set[i]; i++) {
        struct broadcast_row *row = h->ids[i] ? world_row(h->world, h->ids[i]) : NULL;
        if (row && row->state == BROADCAST_PENDING && *row->hold)
            is_broken(h, row->hold);
        if (row && row->released_ms > 0)
            last = version_of(h->set[i]);
        broadcast_row_free(row);
    }
    return last;
}

/* Who has heard that it is over need not hear it again. */
static bool is_enough(const struct sent *heard, const struct version *last, unsigned mission)
{
    bool over = heard->parts == 1u << PART_RELEASE || heard->parts == 1u << PART_CANCEL;
    bool cancel = g_str_equal(last->type, "cancel");
    return *heard->identifier == last->id || (over && !cancel && last->mission != mission);
}

static void check(const struct history *h)
{
    const struct version *last = last_word(h);
    for (unsigned m = 1; m <= MISSIONS; m++) {
        g_autofree char *endpoint = g_strdup_printf("mailto:r1@m%04u.example", m);
        const struct sent *heard = NULL;
        for (guint i = 0; i < h->world->sent->len; i++) {
            const struct sent *s = g_ptr_array_index(h->world->sent, i);
            heard = g_str_equal(s->endpoint, endpoint) ? s : heard;
        }
        g_autofree char *all = adrift_heard(h->world, endpoint);
        g_autofree char *what =
            g_strdup_printf("%s heard %s, and the last word is %c", endpoint, all, last->id);
        if (heard && !is_enough(heard, last, m))
            is_broken(h, what);
    }
}

static unsigned lived;

static void live(struct history h)
{
    lived++;
    h.world = world_new(&(struct world_roster){ .missions = MISSIONS, .second_person = h.rule });
    for (guint i = 0; h.order[i]; i++)
        arrive(&h, i);
    world_run_for(h.world, MINUTE);
    check(&h);
    for (guint i = 0; i < MOST; i++)
        g_free(h.ids[i]);
    world_free(h.world);
}

/* Bits of what a person could have to let go. */
static unsigned updates_of(const char *order)
{
    unsigned bits = 0;
    for (guint i = 0; order[i]; i++)
        bits |= g_str_equal(version_of(order[i])->type, "update") ? 1u << i : 0;
    return bits;
}

static bool is_torture(void)
{
    return g_getenv("LIAISOND_TORTURE") != NULL;
}

static void live_all(const char *set, const char *order)
{
    unsigned updates = updates_of(order), step = is_torture() ? 1 : 3;
    for (unsigned bits = 0; bits < 1u << strlen(order); bits++) {
        for (unsigned how = 0; how < 4 && !(bits & ~updates); how += step)
            live((struct history){ .set = set,
                                   .order = order,
                                   .let_go = bits,
                                   .crash = how & 1,
                                   .rule = how & 2 ? "actual 3 1800" : NULL });
    }
}

static void swap(char *a, char *b)
{
    char kept = *a;
    *a = *b;
    *b = kept;
}

static void permute(const char *set, char *order, guint from)
{
    if (!order[from])
        live_all(set, order);
    for (guint i = from; order[i]; i++) {
        swap(&order[from], &order[i]);
        permute(set, order, from + 1);
        swap(&order[from], &order[i]);
    }
}

static void the_newest_that_went_out_is_heard_last(void **state)
{
    (void)state;
    for (size_t i = 0; i < (is_torture() ? G_N_ELEMENTS(sets) : 1); i++) {
        g_autofree char *order = g_strdup(sets[i]);
        permute(sets[i], order, 0);
    }
    g_print("# %u histories\n", lived);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_that_went_out_is_heard_last),
    };
    return cmocka_run_group_tests_name("every order on the virtual clock", tests, NULL, NULL);
}
