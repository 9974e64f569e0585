#include "model/gazetteer.h"
#include "base/text.h"
#include <string.h>

#define MAX_COUNTRIES_NAMED 8

struct gazetteer {
    GHashTable *cities;    /* key (borrowed) -> struct gazetteer_city *, owned */
    GHashTable *countries; /* code, borrowed */
};

static void city_free(gpointer data)
{
    struct gazetteer_city *c = data;

    g_ptr_array_unref(c->states);
    g_free(c);
}

static gint by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_city(struct gazetteer *g, const char *key, const char *name, const char *state)
{
    if (key == NULL || key[0] == '\0')
        return;
    struct gazetteer_city *c = g_hash_table_lookup(g->cities, key);
    if (c == NULL) {
        c = g_new(struct gazetteer_city, 1);
        c->name = name;
        c->states = g_ptr_array_new();
        g_hash_table_insert(g->cities, (gpointer)key, c);
    }
    if (state == NULL || gazetteer_city_has_state(c, state))
        return;
    g_ptr_array_add(c->states, (gpointer)state);
    g_ptr_array_sort(c->states, by_text);
}

struct gazetteer *gazetteer_new(const struct roster *r, const struct directory *d)
{
    struct gazetteer *g = g_new(struct gazetteer, 1);

    g->cities = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, city_free);
    g->countries = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < roster_count(r); i++) {
        const struct mission *m = roster_at(r, i);
        add_city(g, m->city_key, m->city, m->state);
        if (m->country != NULL && m->country[0] != '\0')
            g_hash_table_add(g->countries, m->country);
    }
    for (guint i = 0; i < d->offices->len; i++) {
        const struct office *o = d->offices->pdata[i];
        add_city(g, o->heading_key, o->heading_city, o->heading_state);
    }
    return g;
}

void gazetteer_free(struct gazetteer *g)
{
    if (g == NULL)
        return;
    g_hash_table_unref(g->cities);
    g_hash_table_unref(g->countries);
    g_free(g);
}

bool gazetteer_has_country(const struct gazetteer *g, const char *code)
{
    return g_hash_table_contains(g->countries, code);
}

const struct gazetteer_city *gazetteer_city(const struct gazetteer *g, const char *key)
{
    return g_hash_table_lookup(g->cities, key);
}

bool gazetteer_city_has_state(const struct gazetteer_city *c, const char *state)
{
    for (guint i = 0; i < c->states->len; i++)
        if (strcmp(c->states->pdata[i], state) == 0)
            return true;
    return false;
}

char *gazetteer_city_names(const struct gazetteer_city *c)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < c->states->len; i++) {
        if (i > 0)
            g_string_append(out, i + 1 == c->states->len ? " or " : ", ");
        g_string_append_printf(out, "%s, %s", c->name, (const char *)c->states->pdata[i]);
    }
    return g_string_free(out, FALSE);
}

/* The keys of a table in order, so that of two equally close words the same one is always named. */
static GPtrArray *sorted_keys(GHashTable *table)
{
    GPtrArray *keys = g_ptr_array_new();
    GHashTableIter iter;
    gpointer key;

    g_hash_table_iter_init(&iter, table);
    while (g_hash_table_iter_next(&iter, &key, NULL))
        g_ptr_array_add(keys, key);
    g_ptr_array_sort(keys, by_text);
    g_ptr_array_add(keys, NULL);
    return keys;
}

char *gazetteer_suggest_city(const struct gazetteer *g, const char *key)
{
    g_autoptr(GPtrArray) keys = sorted_keys(g->cities);
    const char *close = text_did_you_mean(key, (const char *const *)keys->pdata);

    return close == NULL ? NULL : gazetteer_city_names(gazetteer_city(g, close));
}

/* Codes people write for the one that ISO 3166 has. */
static const char *const mistaken[][2] = { { "UK", "GB" }, { "EL", "GR" }, { "EN", "GB" } };

char *gazetteer_suggest_country(const struct gazetteer *g, const char *code)
{
    g_autoptr(GPtrArray) keys = sorted_keys(g->countries);
    const char *close = text_did_you_mean(code, (const char *const *)keys->pdata);
    GString *out = g_string_new(close);

    for (size_t i = 0; close == NULL && i < G_N_ELEMENTS(mistaken); i++)
        if (g_ascii_strcasecmp(mistaken[i][0], code) == 0 &&
            gazetteer_has_country(g, mistaken[i][1]))
            close = g_string_append(out, mistaken[i][1])->str;
    /* two letters are too few for a distance: name those that share the first */
    for (guint i = 0, named = 0; close == NULL && i + 1 < keys->len; i++) {
        const char *known = keys->pdata[i];
        if (g_ascii_toupper(known[0]) != g_ascii_toupper(code[0]) || strlen(code) != 2)
            continue;
        if (named++ == MAX_COUNTRIES_NAMED)
            break;
        g_string_append_printf(out, "%s%s", out->len > 0 ? ", " : "", known);
    }
    return g_string_free(out, out->len == 0);
}
