#include "model/selector.h"
#include "base/text.h"
#include "model/county.h"
#include "model/gazetteer.h"
#include "model/place.h"
#include <string.h>

/* Looking for what was meant goes through all names; a list of nonsense gets it for its head only.
 */
#define MAX_SUGGESTIONS 16

const char *const selector_field_names[SELECTOR_FIELDS] = {
    "missions", "countries", "kinds", "cities", "states", "offices", "county_fips",
};

struct checking {
    const struct roster *roster;
    const struct directory *directory;
    struct gazetteer *gazetteer; /* owned; built when first needed */
    struct faults *faults;
    unsigned suggestions; /* left */
};

static struct gazetteer *gazetteer(struct checking *c)
{
    if (c->gazetteer == NULL)
        c->gazetteer = gazetteer_new(c->roster, c->directory);
    return c->gazetteer;
}

static bool may_suggest(struct checking *c)
{
    return c->suggestions > 0 && c->suggestions-- > 0;
}

/* One fault, with what may have been meant; takes the suggestion. */
static bool unknown(struct checking *c, const char *place, const char *code, const char *what,
                    const char *text, char *suggestion)
{
    if (suggestion != NULL)
        faults_add(c->faults, place, code, "%s “%s”; did you mean %s?", what, text, suggestion);
    else
        faults_add(c->faults, place, code, "%s “%s”", what, text);
    g_free(suggestion);
    return false;
}

static char *closest(struct checking *c, const char *text, GPtrArray *names)
{
    g_ptr_array_add(names, NULL);
    char *found = may_suggest(c)
                      ? g_strdup(text_did_you_mean(text, (const char *const *)names->pdata))
                      : NULL;
    g_ptr_array_unref(names);
    return found;
}

static bool check_mission(struct checking *c, struct selector_value *v, const char *place)
{
    GPtrArray *ids = g_ptr_array_new();

    if (roster_find(c->roster, v->text) != NULL) {
        g_ptr_array_unref(ids);
        v->key = g_strdup(v->text);
        return true;
    }
    for (size_t i = 0; c->suggestions > 0 && i < roster_count(c->roster); i++)
        g_ptr_array_add(ids, roster_at(c->roster, i)->id);
    return unknown(c, place, "unknown-mission", "the roster has no mission", v->text,
                   closest(c, v->text, ids));
}

static bool check_country(struct checking *c, struct selector_value *v, const char *place)
{
    v->key = g_strdup(v->text);
    if (gazetteer_has_country(gazetteer(c), v->text))
        return true;
    return unknown(c, place, "unknown-country", "the roster has no mission of country", v->text,
                   may_suggest(c) ? gazetteer_suggest_country(gazetteer(c), v->text) : NULL);
}

static bool check_kind(struct checking *c, struct selector_value *v, const char *place)
{
    v->key = g_strdup(v->text);
    if (g_strv_contains(mission_kinds, v->text))
        return true;
    const char *close = text_did_you_mean(v->text, mission_kinds);
    if (close != NULL)
        return unknown(c, place, "unknown-kind", "there is no kind of mission", v->text,
                       g_strdup(close));
    g_autofree char *all = g_strjoinv(", ", (char **)mission_kinds);
    faults_add(c->faults, place, "unknown-kind",
               "there is no kind of mission “%s”; it must be one "
               "of %s",
               v->text, all);
    return false;
}

static bool check_city(struct checking *c, struct selector_value *v, const char *place)
{
    g_autofree char *name = NULL;

    if (!place_split(v->text, &name, &v->state))
        return unknown(c, place, "unknown-city", "this is no city, or its state is none:", v->text,
                       NULL);
    v->key = place_city_key(name);
    const struct gazetteer_city *city = gazetteer_city(gazetteer(c), v->key);
    if (city == NULL)
        return unknown(c, place, "unknown-city", "neither a mission nor an office is in", v->text,
                       may_suggest(c) ? gazetteer_suggest_city(gazetteer(c), v->key) : NULL);
    if (v->state == NULL && city->states->len > 1) {
        g_autofree char *names = gazetteer_city_names(city);
        faults_add(c->faults, place, "ambiguous-city", "“%s” may be %s; say which", v->text, names);
        return false;
    }
    if (v->state == NULL)
        v->state = g_strdup(city->states->len > 0 ? city->states->pdata[0] : "");
    if (city->states->len == 0 || gazetteer_city_has_state(city, v->state))
        return true;
    return unknown(c, place, "unknown-city", "neither a mission nor an office is in", v->text,
                   gazetteer_city_names(city));
}

static bool check_state(struct checking *c, struct selector_value *v, const char *place)
{
    v->key = g_strdup(v->text);
    if (place_is_state(v->text))
        return true;
    return unknown(c, place, "unknown-state", "there is no state or territory", v->text,
                   g_strdup(place_state_code(v->text)));
}

static bool check_office(struct checking *c, struct selector_value *v, const char *place)
{
    v->key = g_strdup(v->text);
    if (directory_office(c->directory, v->text) != NULL)
        return true;
    GPtrArray *ids = g_ptr_array_new();
    for (guint i = 0; i < c->directory->offices->len; i++)
        g_ptr_array_add(ids, ((const struct office *)c->directory->offices->pdata[i])->id);
    return unknown(c, place, "unknown-office", "the configuration has no office", v->text,
                   closest(c, v->text, ids));
}

/* A mission's own code is known whatever the table says: counties are founded, too. */
static bool has_mission_in_county(const struct roster *r, const char *fips)
{
    for (size_t i = 0; i < roster_count(r); i++)
        if (strcmp(roster_at(r, i)->county_fips, fips) == 0)
            return true;
    return false;
}

static bool check_county(struct checking *c, struct selector_value *v, const char *place)
{
    v->key = g_strdup(v->text);
    if (strlen(v->text) != 5 || strspn(v->text, "0123456789") != 5 ||
        place_state_of_fips(v->text) == NULL) {
        faults_add(
            c->faults, place, "malformed-county",
            "“%s” is no FIPS county code: five digits that begin with a state's two, such as "
            "17031, or 17000 for all of Illinois",
            v->text);
        return false;
    }
    if (g_str_has_suffix(v->text, "000") || county_is_known(v->text) ||
        has_mission_in_county(c->roster, v->text))
        return true;
    return unknown(c, place, "unknown-county", "there is no county with the FIPS code", v->text,
                   NULL);
}

static bool (*const checks[SELECTOR_FIELDS])(struct checking *, struct selector_value *,
                                             const char *) = {
    check_mission, check_country, check_kind, check_city, check_state, check_office, check_county,
};

static void value_free(gpointer data)
{
    struct selector_value *v = data;

    g_free(v->key);
    g_free(v->state);
    g_free(v);
}

/* Enters v under its key, beside cities of the same name in other states. */
static void enter(GHashTable *by_key, struct selector_value *v)
{
    struct selector_value *first = g_hash_table_lookup(by_key, v->key);

    for (struct selector_value *o = first; o != NULL; o = o->next)
        v->repeated |= g_strcmp0(o->state, v->state) == 0;
    if (v->repeated)
        return;
    if (first == NULL) {
        g_hash_table_insert(by_key, v->key, v);
    } else {
        v->next = first->next;
        first->next = v;
    }
}

static void compile_field(struct checking *c, struct selector *s, enum selector_field field,
                          const GPtrArray *texts)
{
    if (texts == NULL)
        return;
    s->values[field] = g_ptr_array_new_with_free_func(value_free);
    s->by_key[field] = g_hash_table_new(g_str_hash, g_str_equal);
    if (texts->len == 0)
        faults_add(c->faults, s->place, "empty-field", "%s names nothing; leave it out or fill it",
                   selector_field_names[field]);
    for (guint i = 0; i < texts->len; i++) {
        struct selector_value *v = g_new0(struct selector_value, 1);
        g_autofree char *place =
            g_strdup_printf("%s/%s/%u", s->place, selector_field_names[field], i);
        v->text = texts->pdata[i];
        v->index = i;
        g_ptr_array_add(s->values[field], v);
        if (!checks[field](c, v, place))
            continue;
        enter(s->by_key[field], v);
        s->whole_states |= field == SELECTOR_COUNTIES && g_str_has_suffix(v->key, "000");
    }
}

static void compile_fields(struct checking *c, struct selector *s)
{
    const struct audience *a = s->audience;
    const GPtrArray *const texts[SELECTOR_FIELDS] = {
        a->missions, a->countries, a->kinds, a->cities, a->states, a->offices, a->county_fips,
    };

    for (int field = 0; field < SELECTOR_FIELDS; field++)
        compile_field(c, s, field, texts[field]);
    if (a->threat_level_at_least < -1 || a->threat_level_at_least > THREAT_CRITICAL) {
        g_autofree char *place = g_strconcat(s->place, "/threat_level_at_least", NULL);
        faults_add(c->faults, place, "threat", "%d is no threat level", a->threat_level_at_least);
    }
    if (a->areas != NULL) {
        if (a->areas->len == 0)
            faults_add(c->faults, s->place, "empty-field", "area and circles enclose nothing");
        s->area_hit = g_new0(bool, a->areas->len);
        s->areas_unhit = a->areas->len;
    }
}

static bool has_fields(const struct audience *a)
{
    return a->threat_level_at_least != -1 || a->missions || a->countries || a->kinds || a->cities ||
           a->states || a->offices || a->county_fips || a->areas;
}

/* Exactly one form; anything else might widen what was meant. */
static bool check_form(struct checking *c, const struct audience *a, const char *place)
{
    if (audience_is_empty(a) && !has_fields(a)) {
        faults_add(c->faults, place, "empty-audience",
                   "nobody is named; all missions are meant only by \"everyone\": true");
        return false;
    }
    if (a->everyone + (a->any_of != NULL) + has_fields(a) == 1)
        return true;
    faults_add(c->faults, place, "mixed-forms",
               "everyone, any_of and the other fields cannot stand side by side");
    return false;
}

static struct selector *compile(struct checking *c, const struct audience *a, char *place,
                                char *prefix, unsigned depth)
{
    struct selector *s = g_new0(struct selector, 1);

    s->audience = a;
    s->place = place;
    s->prefix = prefix;
    s->removes = strstr(prefix, "except.") != NULL;
    if (depth > AUDIENCE_MAX_DEPTH) {
        faults_add(c->faults, place, "too-deep", "audiences are nested more than %d deep",
                   AUDIENCE_MAX_DEPTH);
        return s;
    }
    if (!check_form(c, a, place))
        return s;
    compile_fields(c, s);
    if (a->any_of != NULL)
        s->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)selector_free);
    for (guint i = 0; a->any_of != NULL && i < a->any_of->len; i++)
        g_ptr_array_add(s->any_of,
                        compile(c, a->any_of->pdata[i], g_strdup_printf("%s/any_of/%u", place, i),
                                g_strdup_printf("%sany_of[%u].", prefix, i), depth + 1));
    if (a->except != NULL)
        s->except = compile(c, a->except, g_strconcat(place, "/except", NULL),
                            g_strconcat(prefix, "except.", NULL), depth + 1);
    return s;
}

struct selector *selector_new(const struct audience *a, const struct roster *r,
                              const struct directory *d, const char *place, struct faults *f)
{
    struct checking c = { r, d, NULL, f, MAX_SUGGESTIONS };
    guint errors = f->errors->len;
    struct selector *s = compile(&c, a, g_strdup(place), g_strdup(""), 1);

    gazetteer_free(c.gazetteer);
    if (f->errors->len > errors)
        g_clear_pointer(&s, selector_free);
    return s;
}

static gint by_place(gconstpointer a, gconstpointer b)
{
    const size_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Does nothing but the list of missions learn from the missions that are asked about? */
static bool has_missions_alone(const struct selector *s)
{
    for (int field = 0; field < SELECTOR_FIELDS; field++)
        if ((s->by_key[field] != NULL) != (field == SELECTOR_MISSIONS))
            return false;
    return s->audience->areas == NULL;
}

GArray *selector_named(const struct selector *s, const struct roster *r)
{
    if (!has_missions_alone(s))
        return NULL;
    const GPtrArray *values = s->values[SELECTOR_MISSIONS];
    GArray *places = g_array_sized_new(FALSE, FALSE, sizeof(size_t), values->len);
    for (guint i = 0; i < values->len; i++) {
        const struct selector_value *v = values->pdata[i];
        size_t place;
        if (!v->repeated && roster_place(r, v->text, &place))
            g_array_append_val(places, place);
    }
    g_array_sort(places, by_place);
    return places;
}

void selector_free(struct selector *s)
{
    if (s == NULL)
        return;
    for (int field = 0; field < SELECTOR_FIELDS; field++) {
        g_clear_pointer(&s->by_key[field], g_hash_table_unref);
        g_clear_pointer(&s->values[field], g_ptr_array_unref);
    }
    g_clear_pointer(&s->any_of, g_ptr_array_unref);
    selector_free(s->except);
    g_free(s->area_hit);
    g_free(s->place);
    g_free(s->prefix);
    g_free(s);
}
