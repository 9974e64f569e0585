#include "io/config_directory.h"
#include <string.h>

#include "io/config_calendar.h"
#include "io/config_check.h"
#include "io/config_reader.h"
#include "model/duty.h"
#include "model/place.h"

/* clang-format off */
#define CONTACT_FIELDS(record, contact) \
    { .name = "email", .offset = offsetof(record, contact.email), .check = config_check_mailbox }, \
    { .name = "webhook", .offset = offsetof(record, contact.webhook), .check = config_check_url }, \
    { .name = "tel", .offset = offsetof(record, contact.tel), .check = config_check_telephone, .required = true }, \
    { .name = "tel_alt", .offset = offsetof(record, contact.tel_alt), .check = config_check_telephone }, \
    { .name = "fax", .offset = offsetof(record, contact.fax), .check = config_check_telephone }

#define HOURS_FIELDS(record) \
    { .name = "tz", .type = CONFIG_FIELD_OTHER, .required = true }, \
    { .name = "hours", .type = CONFIG_FIELD_OTHER, .required = true }, \
    { .name = "calendar", .type = CONFIG_FIELD_OTHER }, \
    { .name = "closures", .type = CONFIG_FIELD_OTHER }, \
    { .name = "dc_area", .type = CONFIG_FIELD_BOOL, .offset = offsetof(record, hours.dc_area) }
/* clang-format on */

static const struct config_field office_fields[] = {
    { .name = "id",
      .offset = offsetof(struct office, id),
      .required = true,
      .check = config_check_id },
    { .name = "name", .offset = offsetof(struct office, name), .required = true },
    { .name = "heading", .type = CONFIG_FIELD_OTHER, .required = true },
    { .name = "building", .offset = offsetof(struct office, building) },
    { .name = "street", .offset = offsetof(struct office, street) },
    { .name = "city", .offset = offsetof(struct office, city) },
    { .name = "state", .offset = offsetof(struct office, state), .check = config_check_state },
    { .name = "zip", .offset = offsetof(struct office, zip) },
    { .name = "lat",
      .type = CONFIG_FIELD_DEGREES,
      .offset = offsetof(struct office, point.lat),
      .required = true,
      .limit = 90 },
    { .name = "lon",
      .type = CONFIG_FIELD_DEGREES,
      .offset = offsetof(struct office, point.lon),
      .required = true,
      .limit = 180 },
    { .name = "note", .offset = offsetof(struct office, note) },
    { .name = "exercises",
      .type = CONFIG_FIELD_BOOL,
      .offset = offsetof(struct office, exercises) },
    HOURS_FIELDS(struct office),
    CONTACT_FIELDS(struct office, contact),
    { .name = NULL },
};

static const struct config_field desk_fields[] = {
    { .name = "id",
      .offset = offsetof(struct desk, id),
      .required = true,
      .check = config_check_id },
    { .name = "name", .offset = offsetof(struct desk, name), .required = true },
    { .name = "exercises", .type = CONFIG_FIELD_BOOL, .offset = offsetof(struct desk, exercises) },
    HOURS_FIELDS(struct desk),
    CONTACT_FIELDS(struct desk, contact),
    { .name = NULL },
};

struct partner_record {     /* a partner, and what only decides how it is read */
    struct partner partner; /* first member: freed as a partner */
    bool elsewhere;
};

static const struct config_field partner_fields[] = {
    { .name = "id",
      .offset = offsetof(struct partner_record, partner.id),
      .required = true,
      .check = config_check_id },
    { .name = "name", .offset = offsetof(struct partner_record, partner.name), .required = true },
    { .name = "states", .type = CONFIG_FIELD_OTHER },
    { .name = "elsewhere",
      .type = CONFIG_FIELD_BOOL,
      .offset = offsetof(struct partner_record, elsewhere) },
    CONTACT_FIELDS(struct partner_record, partner.contact),
    { .name = NULL },
};

static void complain(const config_setting_t *s, const char *code, const char *says,
                     struct faults *f)
{
    g_autofree char *place = config_reader_place(s);
    faults_add(f, place, code, "%s", says);
}

static void refuse_twice(const config_setting_t *group, const char *id, struct faults *f)
{
    g_autofree char *place = config_reader_place(group);
    faults_add(f, place, "duplicate", "the id \"%s\" is there already", id);
}

static void advise_endpoint(const config_setting_t *group, const struct contact *c,
                            struct faults *f)
{
    if (*c->email || *c->webhook)
        return;
    g_autofree char *place = config_reader_place(group);
    faults_warn(f, place, "no-endpoint",
                "has neither email nor webhook: it cannot be told of anything");
}

static void read_heading(const config_setting_t *group, struct office *o, struct faults *f)
{
    const config_setting_t *s = config_setting_get_member(group, "heading");
    const char *text = s ? config_reader_text(s, 128, f) : NULL;
    if (!text)
        return;
    if (!place_split(text, &o->heading_city, &o->heading_state) || !o->heading_state)
        complain(s, "bad-value", "give the city and the state that the office is for: Chicago, IL",
                 f);
    else
        o->heading_key = place_city_key(o->heading_city);
}

static void read_calendar(struct directory *d, const config_setting_t *group, struct faults *f)
{
    struct calendar *c = config_calendar_read(group, f);
    if (*c->id && directory_calendar(d, c->id))
        refuse_twice(group, c->id, f);
    g_ptr_array_add(d->calendars, c);
}

static void read_office(struct directory *d, const config_setting_t *group, struct faults *f)
{
    struct office *o = g_new0(struct office, 1);
    config_reader_fields(group, office_fields, o, f);
    read_heading(group, o, f);
    config_calendar_hours(group, d, &o->hours, f);
    advise_endpoint(group, &o->contact, f);
    if (*o->id && directory_office(d, o->id))
        refuse_twice(group, o->id, f);
    g_ptr_array_add(d->offices, o);
}

static void read_desk(struct directory *d, const config_setting_t *group, struct faults *f)
{
    struct desk *k = g_new0(struct desk, 1);
    config_reader_fields(group, desk_fields, k, f);
    config_calendar_hours(group, d, &k->hours, f);
    advise_endpoint(group, &k->contact, f);
    if (*k->id && directory_desk(d, k->id))
        refuse_twice(group, k->id, f);
    if (g_str_equal(k->id, DUTY_COMMAND_CENTER) && !k->hours.always)
        complain(group, "not-always-open",
                 "owns every instant that nobody else does: its hours must be \"24x7\"", f);
    g_ptr_array_add(d->desks, k);
}

static void read_states(const config_setting_t *s, struct partner *p, struct faults *f)
{
    p->states = g_ptr_array_new_with_free_func(g_free);
    if (!config_reader_list(s, f))
        return;
    for (int i = 0; i < config_setting_length(s); i++) {
        const config_setting_t *element = config_setting_get_elem(s, (unsigned)i);
        const char *text = config_reader_text(element, 16, f);
        const char *wrong = text ? config_check_state(text) : NULL;
        if (wrong)
            complain(element, "bad-value", wrong, f);
        else if (text)
            g_ptr_array_add(p->states, g_strdup(text));
    }
    if (config_setting_length(s) == 0)
        complain(s, "empty", "names no state", f);
}

static bool shares_state(const struct partner *a, const struct partner *b)
{
    if (!a->states || !b->states)
        return a->states == b->states;
    for (guint i = 0; i < a->states->len; i++)
        if (g_ptr_array_find_with_equal_func(b->states, a->states->pdata[i], g_str_equal, NULL))
            return true;
    return false;
}

static void check_jurisdiction(const struct directory *d, const config_setting_t *group,
                               const struct partner *p, struct faults *f)
{
    for (guint i = 0; i < d->partners->len; i++) {
        const struct partner *other = g_ptr_array_index(d->partners, i);
        if (g_str_equal(p->id, other->id))
            refuse_twice(group, p->id, f);
        if (!shares_state(p, other))
            continue;
        complain(group, "conflict", "another partner has this jurisdiction already", f);
        return;
    }
}

static void read_partner(struct directory *d, const config_setting_t *group, struct faults *f)
{
    struct partner_record *r = g_new0(struct partner_record, 1);
    config_reader_fields(group, partner_fields, r, f);
    const config_setting_t *states = config_setting_get_member(group, "states");
    if (states)
        read_states(states, &r->partner, f);
    if (!states != r->elsewhere)
        complain(group, "conflict", "give either states or elsewhere = true", f);
    r->partner.tel = g_strdup(r->partner.contact.tel);
    advise_endpoint(group, &r->partner.contact, f);
    check_jurisdiction(d, group, &r->partner, f);
    g_ptr_array_add(d->partners, r);
}

static void read_emergency_number(struct directory *d, const config_setting_t *root,
                                  const char *file, struct faults *f)
{
    const config_setting_t *s = config_setting_get_member(root, "emergency_number");
    if (!s) {
        faults_add(f, file, "missing", "has no emergency_number = \"…\";");
        return;
    }
    const char *text = config_reader_text(s, 64, f);
    const char *wrong = text ? config_check_telephone(text) : NULL;
    if (wrong)
        complain(s, "bad-value", wrong, f);
    if (!text || wrong)
        return;
    g_free(d->emergency_number);
    d->emergency_number = g_strdup(text);
}

/* The files, in the order in which one needs the other; each is one list, and extra where it has
 * it. */
static const struct source {
    const char *list;
    void (*record)(struct directory *d, const config_setting_t *group, struct faults *f);
    const char *extra;
    void (*read_extra)(struct directory *d, const config_setting_t *root, const char *file,
                       struct faults *f);
} sources[] = {
    { "calendars", read_calendar, NULL, NULL },
    { "offices", read_office, NULL, NULL },
    { "desks", read_desk, "emergency_number", read_emergency_number },
    { "partners", read_partner, NULL, NULL },
};

static void read_records(struct directory *d, const struct source *src,
                         const config_setting_t *list, struct faults *f)
{
    for (int i = 0; i < config_setting_length(list); i++) {
        const config_setting_t *group = config_reader_group_at(list, i, f);
        if (group)
            src->record(d, group, f);
    }
}

static void read_source(struct directory *d, const struct source *src, const char *file,
                        const config_setting_t *root, struct faults *f)
{
    const char *const known[] = { src->list, src->extra, NULL };
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *s = config_setting_get_elem(root, (unsigned)i);
        if (!g_strv_contains(known, config_setting_name(s)))
            config_reader_unknown(s, known, NULL, f);
    }
    const config_setting_t *list = config_setting_get_member(root, src->list);
    if (!list || (config_setting_is_list(list) == CONFIG_TRUE && config_setting_length(list) == 0))
        faults_add(f, file, "missing", "has no %s = ( { … } );", src->list);
    else if (config_reader_list(list, f))
        read_records(d, src, list, f);
    if (src->read_extra)
        src->read_extra(d, root, file, f);
}

static void load_source(struct directory *d, const struct source *src, const char *file,
                        struct faults *f)
{
    config_t tree;
    if (config_reader_open(&tree, file, f))
        read_source(d, src, file, config_root_setting(&tree), f);
    config_destroy(&tree);
}

struct directory *config_directory_load(const char *offices, const char *desks,
                                        const char *partners, const char *calendars,
                                        struct faults *f)
{
    const char *const files[] = { calendars, offices, desks, partners };
    struct directory *d = directory_new();
    guint before = f->errors->len;
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        load_source(d, &sources[i], files[i], f);
    if (f->errors->len == before && !directory_desk(d, DUTY_COMMAND_CENTER))
        faults_add(f, desks, "missing",
                   "has no desk \"%s\", which owns every instant that nobody else does",
                   DUTY_COMMAND_CENTER);
    if (f->errors->len == before)
        return d;
    directory_unref(d);
    return NULL;
}
