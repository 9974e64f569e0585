#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap_place.h"

static const struct row {
    const char *name, *places; /* "polygon:…", "circle:…" or name=value, parted by |; areas by || */
    const char *want;          /* areas counties states cities, understood bare */
    const char *trouble;       /* a part; NULL: none */
} rows[] = {
    { "a circle", "circle:41,-87 1", "1 0 0 0, 1 0", NULL },
    { "the same twice", "circle:41,-87 1||circle:41,-87 1", "1 0 0 0, 2 0", NULL },
    { "a county", "SAME=017031", "0 1 0 0, 1 0", NULL },
    { "the name of a code in any case", "same=017031", "0 1 0 0, 1 0", NULL },
    { "a part of a county", "SAME=117031", "0 1 0 0, 1 0", NULL },
    { "a state by name", "dss:state=Illinois", "0 0 1 0, 1 0", NULL },
    { "a city", "dss:city=Houston, TX", "0 0 0 1, 1 0", NULL },
    { "several kinds in one area", "polygon:41,-88 42,-88 42,-87 41,-88|SAME=017031",
      "1 1 0 0, 1 0", NULL },
    { "a description alone", "", "0 0 0 0, 0 1", NULL },
    { "a stranger's code alone", "UGC=ILZ014", "0 0 0 0, 0 0", "UGC" },
    { "beside one that is understood", "UGC=ILZ014|SAME=017031", "0 1 0 0, 1 0", NULL },
    { "one of ours that is misspelt", "dss:citty=Houston|SAME=017031", "0 1 0 0, 1 0",
      "dss:citty" },
    { "a line that crosses itself", "polygon:41,-88 42,-87 42,-88 41,-87 41,-88", "0 0 0 0, 0 0",
      "crosses" },
    { "a line drawn twice", "polygon:41,-88 42,-88 42,-87 41,-88 42,-88 42,-87 41,-88",
      "0 0 0 0, 0 0", "along" },
};

static void add_place(struct cap_area *a, const char *place)
{
    const char *equals = strchr(place, '=');
    if (g_str_has_prefix(place, "polygon:"))
        g_ptr_array_add(a->polygons, g_strdup(place + strlen("polygon:")));
    else if (g_str_has_prefix(place, "circle:"))
        g_ptr_array_add(a->circles, g_strdup(place + strlen("circle:")));
    else if (equals) {
        g_autofree char *name = g_strndup(place, (gsize)(equals - place));
        g_ptr_array_add(a->geocodes, cap_pair_new(name, equals + 1));
    }
}

static void add_areas(struct cap_alert *a, const char *places)
{
    struct cap_info *info = cap_info_new();
    g_auto(GStrv) areas = g_strsplit(places, "||", -1);
    for (guint i = 0; i == 0 || areas[i]; i++) {
        struct cap_area *area = cap_area_new();
        g_auto(GStrv) each = g_strsplit(areas[i] ? areas[i] : "", "|", -1);
        for (char **place = each; *place; place++)
            add_place(area, *place);
        g_ptr_array_add(info->areas, area);
        if (!areas[i])
            break;
    }
    g_ptr_array_add(a->infos, info);
}

static void check(const struct row *r)
{
    struct faults *f = faults_new();
    struct cap_alert *a = cap_alert_new();
    struct cap_places p;
    add_areas(a, r->places);
    const struct cap_info *info = a->infos->pdata[0];
    cap_places_init(&p, false, f);
    for (guint i = 0; i < info->areas->len; i++)
        cap_places_add(&p, info->areas->pdata[i], "/alert");
    g_autofree char *got = g_strdup_printf("%u %u %u %u, %u %u", p.areas->len, p.counties->len,
                                           p.states->len, p.cities->len, p.understood, p.bare);
    if (strcmp(got, r->want) != 0)
        fail_msg("%s: %s", r->name, got);
    if (r->trouble ? !p.trouble || !strstr(p.trouble, r->trouble) : p.trouble != NULL)
        fail_msg("%s: %s", r->name, p.trouble ? p.trouble : "no trouble");
    cap_places_clear(&p);
    cap_alert_free(a);
    faults_free(f);
}

static void test_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
