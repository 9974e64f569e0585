#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call_world.h"
#include "model/tried.h"

/* "mailto:a x2 accepted 250 ok; …" */
static char *ways_text(const struct call_world *w, const uint32_t *ordinals, guint n)
{
    struct tried *t = tried_new(CALL_ID, w->notifications, w->records);
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_vals(list, ordinals, n);
    g_autoptr(GArray) ways = tried_ways(t, list);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < ways->len; i++) {
        const struct tried_way *way = &g_array_index(ways, struct tried_way, i);
        g_string_append_printf(out, "%s%s x%u %s %s", i ? "; " : "", way->endpoint, way->attempts,
                               notification_state_names[way->state], way->reply);
    }
    tried_free(t);
    return g_string_free(out, FALSE);
}

#define MAIL "mailto:one@ar-chicago.example x2 accepted 250 2.0.0 queued as 2"
#define HOOK "; https://hooks.ar-chicago.example/alerts x0 deferred "
#define SECOND "; mailto:two@ar-chicago.example x1 refused 550 5.1.1 =no \"such\" user, <b>"

static const struct row {
    const char *name;
    uint32_t ordinals[2];
    guint n;
    const char *want;
} rows[] = {
    { "nobody", { 0 }, 0, "" },
    { "whom nothing was sent", { 99 }, 1, "" },
    { "a reminder to the same endpoint is the same way", { 1 }, 1, MAIL HOOK },
    { "two obligations of one person", { 1, 2 }, 2, MAIL HOOK SECOND },
    { "a message is counted once", { 1, 1 }, 2, MAIL HOOK },
};

static void test_ways(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = ways_text(w, rows[i].ordinals, rows[i].n);
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: %s", rows[i].name, got);
    }
    call_world_free(w);
}

/* The order of sending is that of the numbers, not that of the list. */
static void test_the_last_message_counts(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct notification *reminder = w->notifications->pdata[1];
    reminder->state = NOTIFICATION_DEFERRED;
    w->notifications->pdata[1] = w->notifications->pdata[0];
    w->notifications->pdata[0] = reminder;
    static const uint32_t first[] = { 1 };
    g_autofree char *got = ways_text(w, first, 1);
    assert_true(g_str_has_prefix(got, "mailto:one@ar-chicago.example x2 deferred "));
    call_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ways),
        cmocka_unit_test(test_the_last_message_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
