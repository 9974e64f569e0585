#include "wire/plan_text.h"

#include "wire/json_writer.h"

static void add(GString *out, const char *name, const char *value)
{
    if (value && *value)
        json_writer_ascii(out, name, value);
}

static void add_mission(GString *out, const struct affected_mission *m)
{
    json_writer_open(out, NULL, '{');
    add(out, "mission", m->id);
    add(out, "because", m->because);
    add(out, "office", m->office);
    add(out, "office_because", m->office_because);
    add(out, "duty", m->duty);
    add(out, "gaps", m->gaps);
    json_writer_close(out, '}');
}

static void add_obligation(GString *out, const struct obligation *o)
{
    json_writer_open(out, NULL, '{');
    json_writer_integer(out, "number", o->ordinal);
    add(out, "kind", obligation_kind_names[o->kind]);
    add(out, "recipient", o->recipient);
    add(out, "reason", o->reason);
    add(out, "part", obligation_part_names[o->part]);
    json_writer_open(out, "missions", '[');
    for (guint i = 0; i < o->missions->len; i++)
        json_writer_ascii(out, NULL, g_ptr_array_index(o->missions, i));
    json_writer_close(out, ']');
    json_writer_close(out, '}');
}

char *plan_text(const GPtrArray *missions, const GPtrArray *obligations, guint n)
{
    GString *out = g_string_sized_new(256 * (missions->len + 1));
    json_writer_open(out, NULL, '{');
    json_writer_open(out, "missions", '[');
    for (guint i = 0; i < missions->len; i++)
        add_mission(out, g_ptr_array_index(missions, i));
    json_writer_close(out, ']');
    json_writer_open(out, "obligations", '[');
    for (guint i = 0; i < obligations->len && i < n; i++)
        add_obligation(out, g_ptr_array_index(obligations, i));
    json_writer_close(out, ']');
    json_writer_close(out, '}');
    return g_string_free(out, FALSE);
}
