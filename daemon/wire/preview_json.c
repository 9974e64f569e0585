#include "wire/preview_json.h"

#include <string.h>

#include "base/timestamp.h"
#include "model/endpoint.h"
#include "model/message.h"
#include "model/reach.h"
#include "wire/json_writer.h"

static void write_strings(GString *out, const char *name, const GPtrArray *strings)
{
    json_writer_open(out, name, '[');
    for (guint i = 0; strings && i < strings->len; i++)
        json_writer_string(out, NULL, g_ptr_array_index(strings, i));
    json_writer_close(out, ']');
}

static void write_representative(GString *out, const struct preview_facts *v,
                                 const struct representative *p)
{
    const struct message *m = broadcast_message_for(v->broadcast, p->language);
    g_autoptr(GPtrArray) all = endpoint_list(p), gone = endpoint_gone(p, v->gone);

    json_writer_open(out, NULL, '{');
    json_writer_integer(out, "rank", p->rank);
    json_writer_string(out, "name", p->name);
    json_writer_string(out, "language", p->language);
    if (m)
        json_writer_string(out, "message", m->language);
    write_strings(out, "endpoints", all);
    if (gone->len > 0)
        write_strings(out, "gone", gone);
    json_writer_close(out, '}');
}

/* Those who will be reached; answers how many will not. */
static unsigned write_representatives(GString *out, const struct preview_facts *v,
                                      const GPtrArray *representatives)
{
    unsigned left_out = 0;

    json_writer_open(out, "representatives", '[');
    for (guint i = 0; representatives && i < representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(representatives, i);
        if (reach_allows(v->broadcast->status, p->exercises))
            write_representative(out, v, p);
        else
            left_out++;
    }
    json_writer_close(out, ']');
    return left_out;
}

/* What was resolved knows nothing of the queue: endpoints that are gone are gaps as well. */
static void write_gaps(GString *out, const struct preview_facts *v,
                       const struct resolved_mission *m)
{
    json_writer_open(out, "gaps", '[');
    for (guint i = 0; m->gaps && i < m->gaps->len; i++)
        json_writer_string(out, NULL, g_ptr_array_index(m->gaps, i));
    for (guint i = 0; m->representatives && i < m->representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(m->representatives, i);
        g_autoptr(GPtrArray) gone = endpoint_gone(p, v->gone);
        for (guint k = 0; k < gone->len; k++) {
            g_autofree char *gap = g_strdup_printf("representative %u: %s is gone", p->rank,
                                                   (char *)g_ptr_array_index(gone, k));
            json_writer_string(out, NULL, gap);
        }
    }
    json_writer_close(out, ']');
}

/* Where texts differ by place: what this mission is told. */
static void write_headline(GString *out, const struct broadcast *b, const char *mission)
{
    if (!message_differ(b))
        return;
    g_autoptr(GPtrArray) texts = message_choose(b, "en", &mission, 1, UNNAMED_NONE);
    struct message *all = message_join(b, texts);
    if (!all)
        return;
    json_writer_string(out, "headline", all->headline);
    message_free(all);
}

static unsigned write_mission(GString *out, const struct preview_facts *v,
                              const struct resolved_mission *m)
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
    write_headline(out, v->broadcast, m->mission->id);
    unsigned left_out = write_representatives(out, v, m->representatives);
    write_gaps(out, v, m);
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

/* The text that goes to an endpoint, or NULL: nothing goes there. */
static const char *text_language(const struct preview_facts *v, const struct notification *n)
{
    const struct message *m = broadcast_message_for(v->broadcast, n->language);
    if (g_hash_table_contains(v->gone, n->endpoint))
        return NULL;
    return m ? m->language : n->language;
}

static void write_notifications(GString *out, const struct preview_facts *v)
{
    const GPtrArray *all = v->plan->notifications;
    guint sent = 0;
    g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (guint i = 0; i < all->len; i++) {
        const char *language = text_language(v, g_ptr_array_index(all, i));
        if (!language)
            continue;
        guint so_far = GPOINTER_TO_UINT(g_hash_table_lookup(counts, language));
        if (so_far == 0)
            g_ptr_array_add(names, (char *)language);
        g_hash_table_insert(counts, (char *)language, GUINT_TO_POINTER(so_far + 1));
        sent++;
    }
    g_ptr_array_sort(names, by_name);
    json_writer_integer(out, "notifications", sent);
    json_writer_open(out, "languages", '{');
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        json_writer_integer(out, name, GPOINTER_TO_UINT(g_hash_table_lookup(counts, name)));
    }
    json_writer_close(out, '}');
}

/* Of a correction alone. */
static void write_released(GString *out, const struct preview_facts *v)
{
    if (!v->released)
        return;
    json_writer_open(out, "released", '[');
    for (guint i = 0; i < v->released->len; i++)
        json_writer_string(out, NULL, g_ptr_array_index(v->released, i));
    json_writer_close(out, ']');
    json_writer_integer(out, "told", v->told);
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
        left_out += write_mission(out, v, g_ptr_array_index(r->missions, i));
    json_writer_close(out, ']');
    json_writer_integer(out, "left_out", left_out);
    write_released(out, v);
    write_offices(out, r);
    write_notifications(out, v);
    json_writer_open(out, "warnings", '[');
    for (guint i = 0; i < v->faults->warnings->len; i++) {
        const struct fault *w = g_ptr_array_index(v->faults->warnings, i);
        json_writer_string(out, NULL, w->detail);
    }
    json_writer_close(out, ']');
    json_writer_close(out, '}');
    return g_string_free(out, FALSE);
}
