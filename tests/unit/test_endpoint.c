#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "geo_world.h"

#include "model/endpoint.h"

static struct representative *person(unsigned rank, const char *email, const char *webhook)
{
    struct representative *p = world_representative(rank, email, "", "");
    world_set(&p->webhook, webhook);
    return p;
}

static void staff(struct roster *r, const char *id, unsigned rank, const char *email,
                  const char *webhook)
{
    const char *why;
    struct representative *p = person(rank, email, webhook);

    if (!roster_find(r, id))
        assert_true(
            roster_add(r, world_mission(id, "FR", "consulate", "Chicago, IL", -87.6, 41.9)));
    assert_true(roster_add_representative(r, id, p, &why));
}

static void a_representative_has_its_mailbox_then_its_webhook(void **state)
{
    static const struct row {
        const char *email, *webhook, *want;
    } rows[] = {
        { "", "", "" },
        { "a@fr.example", "", "mailto:a@fr.example" },
        { "", "https://fr.example/a", "https://fr.example/a" },
        { "a@fr.example", "https://fr.example/a", "mailto:a@fr.example https://fr.example/a" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct representative *p = person(1, rows[i].email, rows[i].webhook);
        g_autoptr(GPtrArray) list = endpoint_list(p);
        g_ptr_array_add(list, NULL);
        g_autofree char *got = g_strjoinv(" ", (char **)list->pdata);
        assert_string_equal(got, rows[i].want);
        representative_free(p);
    }
}

/* The rosters before and after have one representative each, of that mission and rank. */
static const struct kept_row {
    const char *name, *mission, *email, *webhook;
    unsigned rank;
    const char *kept; /* of the mailbox a@fr.example and the webhook https://fr.example/a */
} kept[] = {
    { "all that is the same", "fr-chicago", "a@fr.example", "https://fr.example/a", 1, "both" },
    { "not the webhook that changed", "fr-chicago", "a@fr.example", "https://fr.example/b", 1,
      "mail" },
    { "not the mailbox that was taken away", "fr-chicago", "", "https://fr.example/a", 1,
      "webhook" },
    { "nothing of another rank", "fr-chicago", "a@fr.example", "https://fr.example/a", 2, "" },
    { "nothing of another mission", "fr-boston", "a@fr.example", "https://fr.example/a", 1, "" },
};

static void what_a_change_leaves_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kept); i++) {
        struct roster *before = roster_new(), *after = roster_new();
        staff(before, "fr-chicago", 1, "a@fr.example", "https://fr.example/a");
        staff(after, kept[i].mission, kept[i].rank, kept[i].email, kept[i].webhook);
        g_autoptr(GHashTable) set = endpoint_kept(before, after);
        bool mail = g_hash_table_contains(set, "mailto:a@fr.example");
        bool webhook = g_hash_table_contains(set, "https://fr.example/a");
        const char *got = mail && webhook ? "both" : mail ? "mail" : webhook ? "webhook" : "";
        if (!g_str_equal(got, kept[i].kept) || g_hash_table_size(set) != (guint)(mail + webhook))
            fail_msg("%s: %s", kept[i].name, got);
        roster_unref(before);
        roster_unref(after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_representative_has_its_mailbox_then_its_webhook),
        cmocka_unit_test(what_a_change_leaves_is_kept),
    };
    return cmocka_run_group_tests_name("endpoints", tests, NULL, NULL);
}
