/* The ladder's file: the shipped one climbs as it says, and a file of one's own arrives whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "folder.h"
#include "io/config_ladder.h"
#include "model/ladder.h"

static GArray *load_good(const char *file)
{
    struct faults *f = faults_new();
    GArray *ladder = config_ladder_load(file, f);
    if (!ladder || f->warnings->len) {
        g_autofree char *text = faults_to_text(f);
        fail_msg("%s", text);
    }
    faults_free(f);
    return ladder;
}

/* "3m representative, 5m …": every firing in order of time, for an obligation that stays reached.
 */
static char *climb(const GArray *ladder, enum broadcast_urgency u, enum threat_level t,
                   enum obligation_state state)
{
    const struct ladder_step *steps = (const struct ladder_step *)(void *)ladder->data;
    GString *out = g_string_new(NULL);
    int64_t behind_s = LADDER_NOTHING_YET, next_s;
    while ((next_s = ladder_next_s(steps, ladder->len, u, t, behind_s)) != LADDER_NONE) {
        unsigned whom = ladder_fired(steps, ladder->len, u, t, state, behind_s, next_s);
        for (unsigned w = 0; ladder_whom_names[w]; w++)
            if (whom >> w & 1)
                g_string_append_printf(out, "%s%dm %s", out->len ? ", " : "", (int)(next_s / 60),
                                       ladder_whom_names[w]);
        behind_s = next_s;
    }
    return g_string_free(out, FALSE);
}

static const struct row {
    enum broadcast_urgency u;
    enum threat_level t;
    enum obligation_state state;
    const char *want;
} rows[] = {
    { URGENCY_IMMEDIATE, THREAT_MEDIUM, OBLIGATION_REACHED,
      "3m representative, 5m next-representative, 6m representative, 10m duty, 20m "
      "command-center" },
    { URGENCY_IMMEDIATE, THREAT_HIGH, OBLIGATION_REACHED,
      "3m representative, 5m next-representative, 6m representative, 10m duty, 20m command-center, "
      "30m partner" },
    { URGENCY_IMMEDIATE, THREAT_CRITICAL, OBLIGATION_UNREACHABLE,
      "5m next-representative, 20m command-center, 30m partner" },
    { URGENCY_EXPECTED, THREAT_LOW, OBLIGATION_REACHED,
      "30m representative, 60m representative, 60m next-representative, 120m duty" },
    { URGENCY_UNKNOWN, THREAT_HIGH, OBLIGATION_OPEN,
      "60m next-representative, 120m duty, 240m command-center" },
    { URGENCY_FUTURE, THREAT_CRITICAL, OBLIGATION_REACHED,
      "360m representative, 720m representative, 1080m next-representative, 1440m office" },
    { URGENCY_PAST, THREAT_LOW, OBLIGATION_REACHED, "240m representative, 720m office" },
};

static void the_shipped_ladder_climbs_as_it_says(void **state)
{
    (void)state;
    g_autoptr(GArray) ladder = load_good(SOURCE_DIR "/conf/ladder.conf");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = climb(ladder, rows[i].u, rows[i].t, rows[i].state);
        assert_string_equal(got, rows[i].want);
    }
}

static void every_member_of_a_step_arrives(void **state)
{
    (void)state;
    g_autofree char *folder = g_dir_make_tmp("liaisond-ladder-XXXXXX", NULL);
    g_autofree char *file = g_build_filename(folder, "ladder.conf", NULL);
    assert_true(g_file_set_contents(
        file,
        "ladder = ( { whom = \"Partner\"; urgency = ( \"immediate\", \"unknown\" );\n"
        "  threat_level_at_least = \"critical\"; states = [ \"unreachable\", \"open\" ];\n"
        "  after_s = 7; every_s = 8L; times = 9; },\n"
        "  { whom = \"office\"; urgency = [ \"past\" ]; states = [ \"reached\" ]; after_s = 1; } "
        ");",
        -1, NULL));
    g_autoptr(GArray) ladder = load_good(file);
    assert_int_equal(ladder->len, 2);
    const struct ladder_step *a = &g_array_index(ladder, struct ladder_step, 0);
    const struct ladder_step *b = &g_array_index(ladder, struct ladder_step, 1);
    assert_int_equal(a->whom, LADDER_PARTNER);
    assert_int_equal(a->urgencies, 1 << URGENCY_IMMEDIATE | 1 << URGENCY_UNKNOWN);
    assert_int_equal(a->threat_from, THREAT_CRITICAL);
    assert_int_equal(a->states, 1 << OBLIGATION_UNREACHABLE | 1 << OBLIGATION_OPEN);
    assert_int_equal(a->after_s, 7);
    assert_int_equal(a->every_s, 8);
    assert_int_equal(a->times, 9);
    assert_int_equal(b->whom, LADDER_OFFICE);
    assert_int_equal(b->urgencies, 1 << URGENCY_PAST);
    assert_int_equal(b->threat_from, THREAT_LOW);
    assert_int_equal(b->states, 1 << OBLIGATION_REACHED);
    assert_int_equal(b->every_s, 0);
    assert_int_equal(b->times, 1);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_ladder_climbs_as_it_says),
        cmocka_unit_test(every_member_of_a_step_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
