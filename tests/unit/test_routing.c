/* Runs tests/golden/routing/routes.txt in the world of world.txt. */
#include "geo_world.h"
#include "model/resolution.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define GOLDEN SOURCE_DIR "/tests/golden/routing/"
#define AS_OF INT64_C(1342445400000) /* 2012-07-16T13:30:00Z, a Monday */

struct world {
    struct roster *roster;
    struct directory *directory;
};

/* The cells of every line that has any; NULL at the end. */
static GPtrArray *read_table(const char *path)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    GPtrArray *lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    if (!g_file_get_contents(path, &text, NULL, &error))
        fail_msg("%s", error->message);
    g_auto(GStrv) all = g_strsplit(text, "\n", -1);
    for (char **line = all; *line != NULL; line++) {
        if (**line == '\0' || **line == '#')
            continue;
        char **cells = g_strsplit(*line, "|", -1);
        for (char **cell = cells; *cell != NULL; cell++)
            g_strstrip(*cell);
        g_ptr_array_add(lines, cells);
    }
    return lines;
}

static double number(const char *text)
{
    return g_ascii_strtod(text, NULL);
}

static int threat(const char *name)
{
    for (int i = 0; threat_level_names[i] != NULL; i++)
        if (strcmp(threat_level_names[i], name) == 0)
            return i;
    return (int)g_ascii_strtoll(name, NULL, 10);
}

static struct mission *read_mission(char **c)
{
    struct mission *m = world_mission(c[1], c[2], c[3], c[4], number(c[5]), number(c[6]));

    world_set(&m->county_fips, c[7]);
    m->threat = (enum threat_level)threat(c[8]);
    world_set(&m->office, c[9]);
    return m;
}

static int set_up(void **state)
{
    struct world *w = g_new(struct world, 1);
    g_autoptr(GPtrArray) lines = read_table(GOLDEN "world.txt");

    w->roster = roster_new();
    w->directory = world_directory();
    for (guint i = 0; i < lines->len; i++) {
        char **c = lines->pdata[i];
        if (strcmp(c[0], "office") == 0)
            g_ptr_array_add(w->directory->offices,
                            world_office(c[1], c[2], number(c[3]), number(c[4]), c[5]));
        else
            assert_true(roster_add(w->roster, read_mission(c)));
    }
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    roster_unref(w->roster);
    directory_unref(w->directory);
    g_free(w);
    return 0;
}

static struct area *read_area(const char *text)
{
    g_autoptr(GArray) ring = g_array_new(FALSE, FALSE, sizeof(struct point));
    g_auto(GStrv) corners = g_strsplit(text, " ", -1);
    const GArray *rings[] = { ring };
    const char *code;
    g_autofree char *why = NULL;
    size_t bad;

    for (char **c = corners; *c != NULL; c++) {
        struct point p = { number(*c), number(strchr(*c, ',') + 1) };
        g_array_append_val(ring, p);
    }
    struct area *a = area_polygon(rings, 1, &code, &why, &bad);
    if (a == NULL)
        fail_msg("%s: %s", text, why);
    return a;
}

static struct area *read_circle(const char *text)
{
    const char *code;
    char *why;
    struct point center = { number(text), number(strchr(text, ',') + 1) };

    return area_circle(center, number(strchr(text, ' ')), &code, &why);
}

static void read_field(struct audience *a, const char *name, const char *value)
{
    const struct {
        const char *name;
        GPtrArray **field;
    } fields[] = {
        { "missions", &a->missions },
        { "countries", &a->countries },
        { "kinds", &a->kinds },
        { "cities", &a->cities },
        { "states", &a->states },
        { "offices", &a->offices },
        { "county_fips", &a->county_fips },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (strcmp(fields[i].name, name) == 0) {
            *fields[i].field = world_values(value, "/");
            return;
        }
    if (strcmp(name, "threat") == 0) {
        a->threat_level_at_least = threat(value);
        return;
    }
    if (a->areas == NULL)
        a->areas = g_ptr_array_new_with_free_func((GDestroyNotify)area_free);
    g_ptr_array_add(a->areas, strcmp(name, "area") == 0 ? read_area(value) : read_circle(value));
}

static struct audience *read_selector(const char *text)
{
    struct audience *a = audience_new();
    g_auto(GStrv) parts = g_strsplit(text, "&", -1);

    for (char **p = parts; *p != NULL; p++) {
        char *colon = strchr(g_strstrip(*p), ':');
        if (strcmp(*p, "everyone") == 0)
            a->everyone = true;
        if (colon == NULL)
            continue;
        *colon = '\0';
        read_field(a, *p, g_strstrip(colon + 1));
    }
    return a;
}

static struct audience *read_audience(const char *text)
{
    g_auto(GStrv) sides = g_strsplit(text, " except ", 2);
    g_auto(GStrv) branches = g_strsplit(sides[0], " or ", -1);
    struct audience *a = NULL;

    if (branches[1] == NULL) {
        a = read_selector(branches[0]);
    } else {
        a = audience_new();
        a->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)audience_free);
        for (char **b = branches; *b != NULL; b++)
            g_ptr_array_add(a->any_of, read_selector(*b));
    }
    if (sides[1] != NULL)
        a->except = read_selector(sides[1]);
    return a;
}

/* "fr-chicago:chicago mx-chicago:chicago" */
static char *missions_of(const struct resolution *r)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; r != NULL && i < r->missions->len; i++) {
        const struct resolved_mission *m = r->missions->pdata[i];
        g_string_append_printf(out, "%s%s:%s", i > 0 ? " " : "", m->mission->id, m->office->id);
        assert_true(m->because[0] != '\0' && m->office_because[0] != '\0');
    }
    return g_string_free(out, FALSE);
}

/* Errors, or the warnings of a success: "code place; code place". */
static char *complaints_of(const struct faults *f)
{
    const GPtrArray *list = faults_any(f) ? f->errors : f->warnings;
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++) {
        const struct fault *x = list->pdata[i];
        g_string_append_printf(out, "%s%s %s", i > 0 ? "; " : "", x->code, x->place);
    }
    return g_string_free(out, FALSE);
}

static unsigned run_route(const struct world *w, char **cells)
{
    struct audience *a = read_audience(cells[1]);
    struct faults *f = faults_new();
    struct resolution *r = resolution_make(a, w->roster, w->directory, AS_OF, "/audience", f);
    g_autofree char *missions = missions_of(r);
    g_autofree char *complaints = complaints_of(f);
    bool everyone = strcmp(cells[2], "*") == 0;
    unsigned wrong = 0;

    if (everyone ? r == NULL || r->missions->len != roster_count(w->roster)
                 : strcmp(missions, cells[2]) != 0)
        wrong = 1;
    if (strcmp(complaints, cells[3]) != 0 || (r == NULL) != faults_any(f))
        wrong = 1;
    if (wrong)
        print_error("%s: %s\n  missions   %s\n  complaints %s\n", cells[0], cells[1], missions,
                    complaints);
    resolution_free(r);
    faults_free(f);
    audience_free(a);
    return wrong;
}

static void routes_are_as_written(void **state)
{
    g_autoptr(GPtrArray) lines = read_table(GOLDEN "routes.txt");
    unsigned wrong = 0;

    for (guint i = 0; i < lines->len; i++) {
        assert_int_equal(g_strv_length(lines->pdata[i]), 4);
        wrong += run_route(*state, lines->pdata[i]);
    }
    assert_true(lines->len > 40);
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(routes_are_as_written) };

    return cmocka_run_group_tests_name("routing", tests, set_up, tear_down);
}
