#include "store_fixture.h"

static struct mission *mission(const char *id, bool with_point, unsigned representatives)
{
    struct mission *m = mission_new();
    char **const fields[] = { &m->id,       &m->country,     &m->name,   &m->kind,     &m->street,
                              &m->city,     &m->state,       &m->zip,    &m->lat_text, &m->lon_text,
                              &m->timezone, &m->county_fips, &m->office, &m->origin };
    const char *const texts[] = { id,
                                  "FR",
                                  "Consulate \"General\"",
                                  "consulate-general",
                                  "1 Main",
                                  "Chicago",
                                  "IL",
                                  "60601",
                                  with_point ? "41.880" : "",
                                  with_point ? "-87.62" : "",
                                  "America/Chicago",
                                  "17031",
                                  "",
                                  "list" };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_free(*fields[i]);
        *fields[i] = g_strdup(texts[i]);
    }
    m->has_point = with_point;
    m->point = (struct point){ .lon = with_point ? -87.62 : 0, .lat = with_point ? 41.88 : 0 };
    m->threat = THREAT_HIGH;
    for (unsigned k = 1; k <= representatives; k++) {
        struct representative *p = g_new0(struct representative, 1);
        p->rank = k;
        p->exercises = k == 2;
        p->name = g_strdup_printf("Représentant %u", k);
        p->language = g_strdup("fr");
        p->email = g_strdup_printf("r%u@fr.example", k);
        p->phone = g_strdup("");
        p->webhook = g_strdup("https://fr.example/hook");
        p->valid_from = g_strdup("2012-01-01");
        p->valid_to = g_strdup("");
        g_ptr_array_add(m->representatives, p);
    }
    return m;
}

static struct roster_change *change(const char *added, const char *changed, const char *removed)
{
    const char *const ids[] = { added, changed, removed };
    struct roster_change *c = g_new0(struct roster_change, 1);
    GPtrArray **const lists[] = { &c->added, &c->changed, &c->removed, &c->below_two };
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        *lists[i] = g_ptr_array_new_with_free_func(g_free);
        if (i < G_N_ELEMENTS(ids) && ids[i])
            g_ptr_array_add(*lists[i], g_strdup(ids[i]));
    }
    return c;
}

static void save(struct fixture *f, struct roster *r, struct roster_change *c, int64_t now_ms)
{
    fixture_begin(f);
    OK(f->ops->roster_save(f->s, r, c, "unix:root", now_ms, &error));
    fixture_commit(f);
    roster_change_free(c);
}

static void a_roster_comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct roster *r = NULL;
    OK((r = f->ops->roster_load(f->s, &error)) != NULL);
    assert_int_equal(roster_count(r), 0);
    roster_unref(r);
    r = roster_new();
    roster_add(r, mission("zz-chicago", true, 2));
    roster_add(r, mission("aa-chicago", false, 0));
    save(f, r, change("zz-chicago", NULL, NULL), 7);
    roster_unref(r);
    fixture_reopen(f);
    OK((r = f->ops->roster_load(f->s, &error)) != NULL);
    assert_int_equal(roster_count(r), 2);
    const struct mission *m = roster_at(r, 0);
    assert_string_equal(m->id, "zz-chicago"); /* the order of the import */
    assert_string_equal(m->name, "Consulate \"General\"");
    assert_string_equal(m->lat_text, "41.880");
    assert_string_equal(m->origin, "list");
    assert_true(m->has_point && m->point.lat == 41.88 && m->point.lon == -87.62);
    assert_int_equal(m->threat, THREAT_HIGH);
    assert_string_equal(m->city_key, "chicago");
    assert_non_null(m->tz);
    assert_int_equal(m->representatives->len, 2);
    const struct representative *p = m->representatives->pdata[1];
    assert_int_equal(p->rank, 2);
    assert_true(p->exercises);
    assert_string_equal(p->name, "Représentant 2");
    assert_string_equal(p->valid_from, "2012-01-01");
    assert_string_equal(p->valid_to, "");
    assert_false(roster_at(r, 1)->has_point);
    assert_non_null(roster_find(r, "aa-chicago"));
    roster_unref(r);
}

static void the_history_tells_how_a_mission_was_before(void **state)
{
    struct fixture *f = *state;
    struct roster *with = roster_new(), *without = roster_new();
    roster_add(with, mission("fr-chicago", true, 1));
    save(f, with, change("fr-chicago", NULL, NULL), 10);
    save(f, with, change(NULL, "fr-chicago", NULL), 20);
    save(f, without, change(NULL, NULL, "fr-chicago"), 30);
    g_autoptr(GPtrArray) rows =
        g_ptr_array_new_with_free_func((GDestroyNotify)roster_history_row_free);
    OK(f->ops->roster_history(f->s, "fr-chicago", rows, &error));
    static const char *const changes[] = { "added", "changed", "removed" };
    assert_int_equal(rows->len, 3);
    for (guint i = 0; i < rows->len; i++) {
        const struct roster_history_row *h = rows->pdata[i];
        assert_string_equal(h->change, changes[i]);
        assert_string_equal(h->author, "unix:root");
        assert_int_equal(h->time_ms, 10 * (i + 1));
        assert_int_equal(strstr(h->detail, "email: r1@fr.example") != NULL, i > 0);
    }
    OK(f->ops->roster_history(f->s, "nobody", rows, &error));
    assert_int_equal(rows->len, 3);
    roster_unref(with);
    roster_unref(without);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_roster_comes_back_as_it_was),
        T(the_history_tells_how_a_mission_was_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
