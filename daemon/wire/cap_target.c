#include "wire/cap_target.h"

#include <string.h>

#include "base/digest.h"
#include "wire/cap_place.h"
#include "wire/cap_xml.h"

#define MAX_VALUES 10000 /* of one field, as a broadcast in JSON may have */

static GPtrArray *new_list(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

/* The values without their repetitions; NULL when there is none.  Takes the list. */
static GPtrArray *distinct(GPtrArray *values)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *out = new_list();

    for (guint i = 0; i < values->len; i++)
        if (g_hash_table_add(seen, values->pdata[i]))
            g_ptr_array_add(out, g_strdup(values->pdata[i]));
    g_ptr_array_unref(values);
    if (out->len == 0)
        g_clear_pointer(&out, g_ptr_array_unref);
    return out;
}

/* One selector, or any of several; NULL for none.  Takes the list. */
static struct audience *union_of(GPtrArray *selectors)
{
    struct audience *all = NULL;

    if (selectors->len == 1) {
        all = selectors->pdata[0];
    } else if (selectors->len > 1) {
        all = audience_new();
        all->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)audience_free);
        g_ptr_array_extend(all->any_of, selectors, NULL, NULL);
    }
    g_ptr_array_unref(selectors);
    return all;
}

/* "MX", "mx"; NULL: no country. */
static char *country_code(const char *text)
{
    bool two = strlen(text) == 2 && g_ascii_isalpha(text[0]) && g_ascii_isalpha(text[1]);

    return two ? g_ascii_strup(text, 2) : NULL;
}

/* Mission ids as the roster has them. */
static bool is_mission(const char *s)
{
    size_t n = strlen(s);

    return n > 0 && n <= 64 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool sort_address(const char *text, GPtrArray *missions, GPtrArray *countries)
{
    bool prefixed = g_ascii_strncasecmp(text, "country:", 8) == 0;
    char *country = prefixed ? country_code(text + 8) : NULL;

    if (country)
        g_ptr_array_add(countries, country);
    else if (!prefixed && is_mission(text))
        g_ptr_array_add(missions, g_strdup(text));
    else
        return false;
    return true;
}

/* One address that means nothing holds them all: the sender counted on its being reached. */
static struct audience *target_of_addresses(const struct cap_alert *a, char **why_not)
{
    GPtrArray *missions = new_list(), *countries = new_list(), *selectors = g_ptr_array_new();

    for (guint i = 0; i < a->addresses->len && !*why_not; i++) {
        const char *text = a->addresses->pdata[i];
        g_autofree char *shown = cap_shown(text);
        if (i == MAX_VALUES)
            *why_not = g_strdup_printf("there are more than %d addresses", MAX_VALUES);
        else if (!sort_address(text, missions, countries))
            *why_not =
                g_strdup_printf("the address “%s” is neither a mission's id nor country:XX", shown);
    }
    struct audience *by_id = audience_new(), *by_country = audience_new();
    by_id->missions = distinct(missions);
    by_country->countries = distinct(countries);
    g_ptr_array_add(selectors, by_id);
    g_ptr_array_add(selectors, by_country);
    for (guint i = selectors->len; i > 0; i--) {
        struct audience *s = selectors->pdata[i - 1];
        if (!*why_not && !audience_is_empty(s))
            continue;
        audience_free(s);
        g_ptr_array_remove_index(selectors, i - 1);
    }
    if (selectors->len == 0 && !*why_not)
        *why_not = g_strdup("scope Private comes without an address");
    return union_of(selectors);
}

/* The countries of one info's dss:country, sorted; false and trouble for what is none, or for a
 * parameter of ours that nobody knows: dropping a narrowing widens. */
static bool read_countries(const struct cap_info *info, GPtrArray *out, struct cap_places *p)
{
    for (guint i = 0; i < info->parameters->len; i++) {
        const struct cap_pair *pair = info->parameters->pdata[i];
        g_autofree char *shown = cap_shown(pair->value), *name = cap_shown(pair->name);
        bool own = g_ascii_strncasecmp(pair->name, "dss:", 4) == 0;
        if (!own || g_ascii_strcasecmp(pair->name, "dss:handling") == 0)
            continue;
        g_auto(GStrv) codes = g_strsplit_set(pair->value, " ,\t\r\n", -1);
        bool good = g_ascii_strcasecmp(pair->name, "dss:country") == 0 && *shown;
        for (char **c = codes; good && *c; c++) {
            char *code = **c ? country_code(*c) : NULL;
            good = code || !**c;
            if (code)
                g_ptr_array_add(out, code);
        }
        if (!good) {
            cap_places_trouble(
                p, g_strdup_printf("the parameter %s “%s” is not understood", name, shown));
            return false;
        }
    }
    return true;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What every info says alike; NULL: none of them narrows. */
static GPtrArray *common_countries(const struct cap_alert *a, struct cap_places *p)
{
    g_autofree char *first = NULL;
    GPtrArray *common = NULL;

    for (guint i = 0; i < a->infos->len; i++) {
        GPtrArray *codes = new_list();
        read_countries(a->infos->pdata[i], codes, p);
        codes = distinct(codes);
        if (codes)
            g_ptr_array_sort(codes, by_text);
        g_autoptr(GString) key = g_string_new(NULL);
        for (guint k = 0; codes && k < codes->len; k++)
            g_string_append_printf(key, "%s ", (char *)codes->pdata[k]);
        if (i == 0) {
            first = g_strdup(key->str);
            common = codes;
            continue;
        }
        if (strcmp(first, key->str) != 0)
            cap_places_trouble(p, g_strdup("dss:country is not the same in every <info>"));
        if (codes)
            g_ptr_array_unref(codes);
    }
    return common;
}

static GPtrArray *copy_list(const GPtrArray *list)
{
    GPtrArray *copy = new_list();

    for (guint i = 0; list && i < list->len; i++)
        g_ptr_array_add(copy, g_strdup(list->pdata[i]));
    return copy;
}

/* A selector of one field, narrowed to the countries; takes the values, which may be NULL. */
static void add_selector(GPtrArray *selectors, size_t offset, GPtrArray *values,
                         const GPtrArray *countries)
{
    if (!values)
        return;
    struct audience *s = audience_new();
    G_STRUCT_MEMBER(GPtrArray *, s, offset) = values;
    if (countries)
        s->countries = copy_list(countries);
    g_ptr_array_add(selectors, s);
}

static struct audience *assemble(struct cap_places *p, const GPtrArray *countries)
{
    GPtrArray *selectors = g_ptr_array_new();
    GPtrArray *areas = g_steal_pointer(&p->areas);

    if (areas->len == 0)
        g_clear_pointer(&areas, g_ptr_array_unref);
    add_selector(selectors, offsetof(struct audience, areas), areas, countries);
    add_selector(selectors, offsetof(struct audience, county_fips),
                 distinct(g_steal_pointer(&p->counties)), countries);
    add_selector(selectors, offsetof(struct audience, states),
                 distinct(g_steal_pointer(&p->states)), countries);
    add_selector(selectors, offsetof(struct audience, cities),
                 distinct(g_steal_pointer(&p->cities)), countries);
    if (selectors->len == 0 && countries)
        add_selector(selectors, offsetof(struct audience, countries), copy_list(countries), NULL);
    return union_of(selectors);
}

static void gather(const struct cap_alert *a, struct cap_places *p)
{
    for (guint i = 0; i < a->infos->len; i++) {
        const struct cap_info *info = a->infos->pdata[i];
        for (guint k = 0; k < info->areas->len; k++) {
            g_autofree char *place = g_strdup_printf("/alert/info[%u]/area[%u]", i + 1, k + 1);
            cap_places_add(p, info->areas->pdata[k], place);
        }
    }
}

static bool too_many(const struct cap_places *p)
{
    return p->areas->len > MAX_VALUES || p->counties->len > MAX_VALUES ||
           p->states->len > MAX_VALUES || p->cities->len > MAX_VALUES;
}

static struct audience *target_of_places(const struct cap_alert *a, bool lenient, char **why_not,
                                         struct faults *f)
{
    struct cap_places p;
    struct audience *all = NULL;

    cap_places_init(&p, lenient, f);
    gather(a, &p);
    g_autoptr(GPtrArray) countries = common_countries(a, &p);
    if (p.understood > 0 && p.bare > 0)
        cap_places_trouble(&p, g_strdup_printf("%u of its areas have a description only", p.bare));
    if (p.understood == 0 && !countries && (!lenient || p.bare > 0))
        cap_places_trouble(&p, g_strdup("it names no place, country or address"));
    if (too_many(&p))
        cap_places_trouble(&p, g_strdup_printf("it names more than %d places", MAX_VALUES));
    if (!p.trouble)
        all = assemble(&p, countries);
    *why_not = g_steal_pointer(&p.trouble);
    cap_places_clear(&p);
    return all;
}

static void warn_of_unused(const struct cap_alert *a, struct faults *f)
{
    bool private = g_strcmp0(a->scope, "Private") == 0, places = false;

    for (guint i = 0; i < a->infos->len; i++) {
        const struct cap_info *info = a->infos->pdata[i];
        for (guint k = 0; k < info->areas->len; k++) {
            const struct cap_area *area = info->areas->pdata[k];
            places |= area->polygons->len + area->circles->len + area->geocodes->len > 0;
        }
    }
    if (private && places)
        cap_warn(
            f, "/alert", "place-ignored",
            "under scope Private the addresses are the whole target; the areas are not looked at");
    if (!private && a->addresses->len > 0)
        cap_warn(f, "/alert/addresses", "addresses-ignored",
                 "addresses are a target under scope Private only");
}

struct audience *cap_target(const struct cap_alert *a, bool lenient, char **why_not,
                            struct faults *f)
{
    *why_not = NULL;
    warn_of_unused(a, f);
    if (g_strcmp0(a->scope, "Private") == 0)
        return target_of_addresses(a, why_not);
    return target_of_places(a, lenient, why_not, f);
}

char *cap_target_key(const struct cap_info *info)
{
    g_autoptr(GPtrArray) places = new_list();
    g_autoptr(GString) all = g_string_new(NULL);

    for (guint i = 0; i < info->areas->len; i++) {
        const struct cap_area *a = info->areas->pdata[i];
        for (guint k = 0; k < a->polygons->len; k++)
            g_ptr_array_add(places, g_strconcat("polygon ", a->polygons->pdata[k], NULL));
        for (guint k = 0; k < a->circles->len; k++)
            g_ptr_array_add(places, g_strconcat("circle ", a->circles->pdata[k], NULL));
        for (guint k = 0; k < a->geocodes->len; k++) {
            const struct cap_pair *code = a->geocodes->pdata[k];
            g_ptr_array_add(places, g_strconcat(code->name, "=", code->value, NULL));
        }
    }
    g_ptr_array_sort(places, by_text);
    for (guint i = 0; i < places->len; i++)
        if (i == 0 || strcmp(places->pdata[i], places->pdata[i - 1]) != 0)
            g_string_append_printf(all, "%s\n", (char *)places->pdata[i]);
    return digest_sha256_hex(all->str, all->len);
}
