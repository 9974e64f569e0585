#include "wire/preview_json.h"

#include <string.h>

#include "base/timestamp.h"
#include "model/reach.h"
#include "wire/json_writer.h"

static void write_strings(GString *out, const char *name, const GPtrArray *strings)
{
    json_writer_open(out, name, '[');
    for (guint i = 0; strings && i < strings->len; i++)
        json_writer_string(out, NULL, g_ptr_array_index(strings, i));
    json_writer_close(out, ']');
}

static void write_endpoints(GString *out, const struct representative *p)
{
    json_writer_open(out, "endpoints", '[');
    if (*p->email) {
        g_autofree char *uri = g_strconcat("mailto:", p->email, NULL);
        json_writer_string(out, NULL, uri);
    }
    if (*p->webhook)
        json_writer_string(out, NULL, p->webhook);
    json_writer_close(out, ']');
}

/* Those who will be reached; answers how many will not. */
static unsigned write_representatives(GString *out, const GPtrArray *representatives,
                                      enum broadcast_status status)
{
    unsigned left_out = 0;

    json_writer_open(out, "representatives", '[');
    for (guint i = 0; representatives && i < representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(representatives, i);
        if (!reach_allows(status, p->exercises)) {
            left_out++;
            continue;
        }
        json_writer_open(out, NULL, '{');
        json_writer_integer(out, "rank", p->rank);
        json_writer_string(out, "name", p->name);
        json_writer_string(out, "language", p->language);
        write_endpoints(out, p);
        json_writer_close(out, '}');
    }
    json_writer_close(out, ']');
    return left_out;
}

static unsigned write_mission(GString *out, const struct resolved_mission *m,
                              enum broadcast_status status)
{
    g_autofree char *duty = duty_name(&m->duty);

    json_writer_open(out, NULL, '{');
    json_writer_string(out, "mission", m->mission->id);
    json_writer_string(out, "because", m->because);
    if (m->office) {
        json_writer_string(out, "office", m->office->id);
        json_writer_string(out, "office_because", m->office_because);
    }
    json_writer_string(out, "duty", duty);
    unsigned left_out = write_representatives(out, m->representatives, status);
    write_strings(out, "gaps", m->gaps);
    json_writer_close(out, '}');
    return left_out;
}

/* The offices in the order in which the missions name them, with their counts. */
static GPtrArray *count_offices(const struct resolution *r, GHashTable *counts)
{
    GPtrArray *offices = g_ptr_array_new();

    for (guint i = 0; i < r->missions->len; i++) {
        const struct resolved_mission *m = g_ptr_array_index(r->missions, i);
        if (!m->office)
            continue;
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, m->office));
        if (n == 0)
            g_ptr_array_add(offices, (gpointer)m->office);
        g_hash_table_insert(counts, (gpointer)m->office, GUINT_TO_POINTER(n + 1));
    }
    return offices;
}

static void write_offices(GString *out, const struct resolution *r)
{
    g_autoptr(GHashTable) counts = g_hash_table_new(NULL, NULL);
    g_autoptr(GPtrArray) offices = count_offices(r, counts);

    json_writer_open(out, "offices", '[');
    for (guint i = 0; i < offices->len; i++) {
        const struct office *o = g_ptr_array_index(offices, i);
        struct duty on_duty = duty_at(r->directory, o, "", r->as_of_ms);
        g_autofree char *duty = duty_name(&on_duty);
        json_writer_open(out, NULL, '{');
        json_writer_string(out, "office", o->id);
        json_writer_integer(out, "missions", GPOINTER_TO_UINT(g_hash_table_lookup(counts, o)));
        json_writer_string(out, "duty", duty);
        json_writer_close(out, '}');
    }
    json_writer_close(out, ']');
}

static int by_name(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_languages(GString *out, const struct plan *p)
{
    g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(p->notifications, i);
        guint so_far = GPOINTER_TO_UINT(g_hash_table_lookup(counts, n->language));
        if (so_far == 0)
            g_ptr_array_add(names, n->language);
        g_hash_table_insert(counts, n->language, GUINT_TO_POINTER(so_far + 1));
    }
    g_ptr_array_sort(names, by_name);
    json_writer_open(out, "languages", '{');
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        json_writer_integer(out, name, GPOINTER_TO_UINT(g_hash_table_lookup(counts, name)));
    }
    json_writer_close(out, '}');
}

char *preview_json_write(const struct preview_facts *v)
{
    const struct resolution *r = v->resolution;
    int64_t held_ms = life_held_until_ms(v->broadcast, r->as_of_ms);
    GString *out = g_string_sized_new(256 + 400 * (gsize)r->missions->len);
    g_autofree char *as_of = timestamp_format_utc_s(r->as_of_ms);
    unsigned left_out = 0;

    json_writer_open(out, NULL, '{');
    json_writer_string(out, "as_of", as_of);
    if (held_ms) {
        g_autofree char *held = timestamp_format_utc_s(held_ms);
        json_writer_string(out, "held_until", held);
    }
    json_writer_open(out, "missions", '[');
    for (guint i = 0; i < r->missions->len; i++)
        left_out += write_mission(out, g_ptr_array_index(r->missions, i), v->broadcast->status);
    json_writer_close(out, ']');
    json_writer_integer(out, "left_out", left_out);
    write_offices(out, r);
    json_writer_integer(out, "notifications", v->plan->notifications->len);
    write_languages(out, v->plan);
    json_writer_open(out, "warnings", '[');
    for (guint i = 0; i < v->faults->warnings->len; i++) {
        const struct fault *w = g_ptr_array_index(v->faults->warnings, i);
        json_writer_string(out, NULL, w->detail);
    }
    json_writer_close(out, ']');
    json_writer_close(out, '}');
    return g_string_free(out, FALSE);
}
