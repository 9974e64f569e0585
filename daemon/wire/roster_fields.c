#include "wire/roster_fields.h"

#include <string.h>

#include "base/text.h"
#include "model/place.h"
#include "wire/roster_values.h"

#define VALUE_SHOWN_CHARS 60

const char *const roster_mission_columns[] = { "mission",      "country", "name",     "kind",
                                               "street",       "city",    "state",    "zip",
                                               "lat",          "lon",     "timezone", "county_fips",
                                               "threat_level", "office",  "origin",   NULL };
const char *const roster_representative_columns[] = { "mission",  "rank",      "name",
                                                      "language", "email",     "phone",
                                                      "webhook",  "exercises", "valid_from",
                                                      "valid_to", NULL };
G_STATIC_ASSERT(G_N_ELEMENTS(roster_mission_columns) == ROSTER_MISSION_COLUMNS + 1);
G_STATIC_ASSERT(G_N_ELEMENTS(roster_representative_columns) == ROSTER_REPRESENTATIVE_COLUMNS + 1);

enum { COUNTRY = 1, LAT = 8, LON = 9, OFFICE = 13, VALID_TO = 9 };

struct roster_fields {
    const struct directory *directory;
    roster_complain_fn *complain;
    void *ctx;
    GHashTable *zones;     /* name -> GTimeZone *, owned; NULL value: there is no such zone */
    GHashTable *city_keys; /* city -> place_city_key(), both owned */
    const char **offices;  /* ids borrowed from the directory, NULL-terminated */
    size_t complaints;
};

/* One column: the text goes to offset (or nowhere), take checks it and derives what hangs on it. */
struct field {
    size_t max_bytes;
    size_t offset;
    bool required;
    const char *code;
    const char *right; /* completes: COLUMN "VALUE" must be ... */
    bool (*is_right)(const char *value);
    bool (*take)(struct roster_fields *c, void *row, const char *value);
};

#define NOWHERE ((size_t)-1)
#define MISSION(member) offsetof(struct mission, member)
#define REPRESENTATIVE(member) offsetof(struct representative, member)

static void zone_free(gpointer tz)
{
    if (tz)
        g_time_zone_unref(tz);
}

struct roster_fields *roster_fields_new(const struct directory *d, roster_complain_fn *complain,
                                        void *ctx)
{
    struct roster_fields *c = g_new0(struct roster_fields, 1);

    c->directory = d;
    c->complain = complain;
    c->ctx = ctx;
    c->zones = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, zone_free);
    c->city_keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    c->offices = g_new0(const char *, d->offices->len + 1);
    for (guint i = 0; i < d->offices->len; i++)
        c->offices[i] = ((const struct office *)g_ptr_array_index(d->offices, i))->id;
    return c;
}

void roster_fields_free(struct roster_fields *c)
{
    if (!c)
        return;
    g_hash_table_unref(c->zones);
    g_hash_table_unref(c->city_keys);
    g_free(c->offices);
    g_free(c);
}

static bool take_zone(struct roster_fields *c, void *row, const char *value)
{
    struct mission *m = row;
    gpointer tz;

    /* GTimeZone reads and parses a file each time: with 100,000 rows that is the whole import. */
    if (!g_hash_table_lookup_extended(c->zones, value, NULL, &tz)) {
        tz = hours_zone_name_is_valid(value) ? hours_zone(value) : NULL;
        g_hash_table_insert(c->zones, g_strdup(value), tz);
    }
    if (!tz)
        return false;
    if (m->tz)
        g_time_zone_unref(m->tz);
    m->tz = g_time_zone_ref(tz);
    return true;
}

static bool take_city(struct roster_fields *c, void *row, const char *value)
{
    struct mission *m = row;
    char *key = g_hash_table_lookup(c->city_keys, value);

    if (!key) {
        key = place_city_key(value);
        g_hash_table_insert(c->city_keys, g_strdup(value), key);
    }
    g_free(m->city_key);
    m->city_key = g_strdup(key);
    return true;
}

static bool take_threat(struct roster_fields *c, void *row, const char *value)
{
    (void)c;
    int i = roster_value_index(threat_level_names, value);

    if (i >= 0)
        ((struct mission *)row)->threat = (enum threat_level)i;
    return i >= 0;
}

static bool take_office(struct roster_fields *c, void *row, const char *value)
{
    (void)row;
    return directory_office(c->directory, value) != NULL;
}

static bool take_rank(struct roster_fields *c, void *row, const char *value)
{
    (void)c;
    return roster_value_rank(value, &((struct representative *)row)->rank);
}

static bool take_exercises(struct roster_fields *c, void *row, const char *value)
{
    (void)c;
    ((struct representative *)row)->exercises = strcmp(value, "yes") == 0;
    return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
}

static const struct field mission_fields[ROSTER_MISSION_COLUMNS] = {
    { 64, MISSION(id), true, "bad-id", "2 to 64 of a-z, 0-9 and '-'", roster_value_is_id, NULL },
    { 64, MISSION(country), false, "bad-country", "an ISO 3166 code of two capital letters",
      roster_value_is_country, NULL },
    { 200, MISSION(name), true, NULL, NULL, NULL, NULL },
    { 64, MISSION(kind), true, "not-one-of", "a kind of mission", roster_value_is_kind, NULL },
    { 200, MISSION(street), false, NULL, NULL, NULL, NULL },
    { 100, MISSION(city), true, NULL, NULL, NULL, take_city },
    { 64, MISSION(state), true, "bad-state", "the postal code of a state or territory",
      place_is_state, NULL },
    { 64, MISSION(zip), false, "bad-zip", "NNNNN or NNNNN-NNNN", roster_value_is_zip, NULL },
    { 64, MISSION(lat_text), false, "bad-coordinate", "decimal degrees from -90 to 90",
      roster_value_is_latitude, NULL },
    { 64, MISSION(lon_text), false, "bad-coordinate", "decimal degrees from -180 to 180",
      roster_value_is_longitude, NULL },
    { 64, MISSION(timezone), true, "bad-timezone", "an IANA time zone such as America/Chicago",
      NULL, take_zone },
    { 64, MISSION(county_fips), false, "bad-county",
      "a county of five digits (several: with a blank between them)", roster_value_is_counties,
      NULL },
    { 64, NOWHERE, true, "not-one-of", "low, medium, high or critical", NULL, take_threat },
    { 64, MISSION(office), false, "unknown-office", "an office of the configuration", NULL,
      take_office },
    { 64, MISSION(origin), false, NULL, NULL, NULL, NULL },
};

static const struct field representative_fields[ROSTER_REPRESENTATIVE_COLUMNS] = {
    { 64, NOWHERE, true, "bad-id", "2 to 64 of a-z, 0-9 and '-'", roster_value_is_id, NULL },
    { 64, NOWHERE, true, "bad-rank", "a whole number from 1 to 99", NULL, take_rank },
    { 200, REPRESENTATIVE(name), true, NULL, NULL, NULL, NULL },
    { 64, REPRESENTATIVE(language), true, "bad-language",
      "a language tag in its usual spelling, such as en, es-MX or zh-Hant",
      roster_value_is_language, NULL },
    { 320, REPRESENTATIVE(email), false, "bad-mailbox", "a mailbox such as name@example.org",
      roster_value_is_mailbox, NULL },
    { 64, REPRESENTATIVE(phone), false, "bad-phone",
      "a number of 7 to 15 digits such as +12025550123", roster_value_is_phone, NULL },
    { 2048, REPRESENTATIVE(webhook), false, "bad-webhook",
      "an http or https URL with a host and without user, fragment or blanks",
      roster_value_is_webhook, NULL },
    { 64, NOWHERE, true, "not-one-of", "yes or no", NULL, take_exercises },
    { 64, REPRESENTATIVE(valid_from), false, "bad-date", "a date YYYY-MM-DD", roster_value_is_date,
      NULL },
    { 64, REPRESENTATIVE(valid_to), false, "bad-date", "a date YYYY-MM-DD", roster_value_is_date,
      NULL },
};

static void blank_all(const struct field *fields, size_t n, void *row)
{
    for (size_t k = 0; k < n; k++)
        if (fields[k].offset != NOWHERE)
            G_STRUCT_MEMBER(char *, row, fields[k].offset) = g_strdup("");
}

struct mission *roster_fields_new_mission(void)
{
    struct mission *m = mission_new();

    blank_all(mission_fields, ROSTER_MISSION_COLUMNS, m);
    m->city_key = g_strdup("");
    return m;
}

struct representative *roster_fields_new_representative(void)
{
    struct representative *p = g_new0(struct representative, 1);

    blank_all(representative_fields, ROSTER_REPRESENTATIVE_COLUMNS, p);
    return p;
}

static char *shown(const char *value)
{
    g_autofree char *printable = text_printable(value, -1);

    return text_ellipsize(printable, VALUE_SHOWN_CHARS);
}

static bool complain(struct roster_fields *c, size_t column, const char *code, const char *format,
                     ...) G_GNUC_PRINTF(4, 5);

static bool complain(struct roster_fields *c, size_t column, const char *code, const char *format,
                     ...)
{
    va_list args;

    c->complaints++;
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    c->complain(c->ctx, false, column, code, detail);
    return false;
}

static const char *closest(struct roster_fields *c, const struct field *f, const char *value)
{
    if (f->take == take_office)
        return text_did_you_mean(value, c->offices);
    if (f->is_right == roster_value_is_kind)
        return text_did_you_mean(value, mission_kinds);
    if (f->take == take_threat)
        return text_did_you_mean(value, threat_level_names);
    return NULL;
}

static bool refuse(struct roster_fields *c, const struct field *f, const char *name, size_t column,
                   const char *value)
{
    if (c->complaints > ROSTER_FIELDS_MAX_SENTENCES)
        return complain(c, column, f->code, "%s", "");
    g_autofree char *text = shown(value);
    const char *meant = closest(c, f, value);

    if (meant)
        return complain(c, column, f->code, "%s \"%s\" must be %s, did you mean \"%s\"", name, text,
                        f->right, meant);
    return complain(c, column, f->code, "%s \"%s\" must be %s", name, text, f->right);
}

static bool is_blank(const char *s)
{
    return s[strspn(s, " \t")] == '\0';
}

static bool set(struct roster_fields *c, const struct field *f, const char *name, size_t column,
                void *row, const char *value)
{
    size_t len = strlen(value);

    if (f->required && is_blank(value))
        return complain(c, column, "empty", "%s must not be empty", name);
    if (text_has_control(value))
        return complain(c, column, "control-character",
                        "%s holds a control character or line break", name);
    if (len > f->max_bytes)
        return complain(c, column, "too-long", "%s has %zu bytes, at most %zu are accepted", name,
                        len, f->max_bytes);
    if (*value && ((f->is_right && !f->is_right(value)) || (f->take && !f->take(c, row, value))))
        return refuse(c, f, name, column, value);
    if (f->offset == NOWHERE)
        return true;
    char **text = G_STRUCT_MEMBER_P(row, f->offset);
    g_free(*text);
    *text = g_strdup(value);
    return true;
}

bool roster_fields_set_mission(struct roster_fields *c, struct mission *m, size_t column,
                               const char *value)
{
    g_assert(column < ROSTER_MISSION_COLUMNS);
    return set(c, &mission_fields[column], roster_mission_columns[column], column, m, value);
}

bool roster_fields_set_representative(struct roster_fields *c, struct representative *p,
                                      size_t column, const char *value)
{
    g_assert(column < ROSTER_REPRESENTATIVE_COLUMNS);
    return set(c, &representative_fields[column], roster_representative_columns[column], column, p,
               value);
}

/* With a point the nearest office can always be told; only without one it has to be looked for. */
static bool has_office(const struct directory *d, const struct mission *m)
{
    g_autofree char *because = NULL;
    double distance_km;

    if (m->has_point && d->offices->len > 0)
        return true;
    return directory_office_of(d, m, &because, &distance_km) != NULL;
}

bool roster_fields_finish_mission(struct roster_fields *c, struct mission *m)
{
    bool lat = *m->lat_text, lon = *m->lon_text, good = true;

    if (!*m->country && strcmp(m->kind, "international-organization") != 0)
        good = complain(c, COUNTRY, "empty",
                        "country may be empty only for an international-organization");
    if (lat != lon)
        return complain(c, lat ? LON : LAT, "bad-coordinate",
                        "lat and lon belong together: give both or none");
    m->has_point = lat;
    if (lat)
        m->point =
            (struct point){ g_ascii_strtod(m->lon_text, NULL), g_ascii_strtod(m->lat_text, NULL) };
    if (!has_office(c->directory, m))
        good = complain(
            c, OFFICE, "no-office",
            "office is empty, no office is in %s, %s, and there are no coordinates to find "
            "the nearest: give one of them",
            m->city, m->state);
    return good;
}

void roster_fields_finish_representative(struct roster_fields *c, struct representative *p)
{
    /* Dates of one shape compare as text. */
    if (!*p->valid_from || !*p->valid_to || strcmp(p->valid_to, p->valid_from) >= 0)
        return;
    g_autofree char *detail =
        g_strdup_printf("valid_to %s is before valid_from %s: this person is never valid",
                        p->valid_to, p->valid_from);
    c->complain(c->ctx, true, VALID_TO, "end-before-begin", detail);
}

const char *roster_fields_mission_text(const struct mission *m, size_t column)
{
    const struct field *f = &mission_fields[column];

    return f->offset == NOWHERE ? threat_level_names[m->threat]
                                : G_STRUCT_MEMBER(const char *, m, f->offset);
}

const char *roster_fields_representative_text(const struct mission *of,
                                              const struct representative *p, size_t column)
{
    const struct field *f = &representative_fields[column];

    if (f->offset != NOWHERE)
        return G_STRUCT_MEMBER(const char *, p, f->offset);
    if (column == ROSTER_COLUMN_MISSION)
        return of->id;
    return f->take == take_exercises ? (p->exercises ? "yes" : "no")
                                     : roster_value_rank_text(p->rank);
}
