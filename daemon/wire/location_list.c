#include "wire/location_list.h"

#include "wire/csv_rows.h"
#include "wire/json_text.h"
#include "wire/matter_json.h"

#include <string.h>

static const char *const columns[] = { "mission", "name",         "kind",     "street",
                                       "city",    "state",        "zip",      "lat",
                                       "lon",     "threat_level", "responses" };
#define RESPONSES (G_N_ELEMENTS(columns) - 1)

static int by_threat(gconstpointer a, gconstpointer b)
{
    const struct mission *x = *(const struct mission *const *)a;
    const struct mission *y = *(const struct mission *const *)b;
    if (x->threat != y->threat)
        return x->threat > y->threat ? -1 : 1;
    int city = strcmp(x->city, y->city);
    return city ? city : strcmp(x->id, y->id);
}

static GPtrArray *missions_of(const struct roster *r, const struct directory *d,
                              const struct partner *of)
{
    GPtrArray *out = g_ptr_array_new();
    for (size_t i = 0; i < roster_count(r); i++) {
        const struct mission *m = roster_at(r, i);
        if (directory_partner_for(d, m->state) == of)
            g_ptr_array_add(out, (gpointer)m);
    }
    g_ptr_array_sort(out, by_threat);
    return out;
}

static char *response_text(const struct matter *m)
{
    struct matter_body *b = matter_json_read_body(m->kind, m->body);
    g_autofree char *until = timestamp_format_utc_s(m->until_ms);
    char *text =
        g_strdup_printf("%" G_GINT64_FORMAT " %s until %s, %s", m->no,
                        b ? matter_body_get(b, "form") : "", until, matter_state_names[m->state]);
    matter_body_free(b);
    return text;
}

static char *responses_text(const struct mission *of, const GPtrArray *responses)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < responses->len; i++) {
        const struct matter *m = g_ptr_array_index(responses, i);
        if (!g_str_equal(m->mission, of->id))
            continue;
        g_autofree char *text = response_text(m);
        g_string_append_printf(out, "%s%s", out->len ? "; " : "", text);
    }
    return g_string_free(out, FALSE);
}

static void texts_of(const struct mission *m, const char *responses,
                     const char *out[G_N_ELEMENTS(columns)])
{
    const char *const texts[G_N_ELEMENTS(columns)] = {
        m->id,    m->name, m->kind,     m->street,   m->city,
        m->state, m->zip,  m->lat_text, m->lon_text, threat_level_names[m->threat],
        responses
    };
    memcpy(out, texts, sizeof texts);
}

char *location_list_csv(const struct roster *r, const struct directory *d, const struct partner *of,
                        const GPtrArray *responses)
{
    g_autoptr(GPtrArray) missions = missions_of(r, d, of);
    GString *out = g_string_new(NULL);
    for (size_t k = 0; k < G_N_ELEMENTS(columns); k++)
        csv_rows_append(out, columns[k], k == 0);
    g_string_append_c(out, '\n');
    for (guint i = 0; i < missions->len; i++) {
        const struct mission *m = g_ptr_array_index(missions, i);
        const char *texts[G_N_ELEMENTS(columns)];
        g_autofree char *now = responses_text(m, responses);
        texts_of(m, now, texts);
        for (size_t k = 0; k < G_N_ELEMENTS(columns); k++)
            csv_rows_append_shown(out, texts[k], k == 0);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

json_t *location_list_json(const struct roster *r, const struct directory *d,
                           const struct partner *of, const GPtrArray *responses)
{
    g_autoptr(GPtrArray) missions = missions_of(r, d, of);
    json_t *out = json_array();
    for (guint i = 0; i < missions->len; i++) {
        const struct mission *m = g_ptr_array_index(missions, i);
        const char *texts[G_N_ELEMENTS(columns)];
        json_t *row = json_object(), *now = json_array();
        texts_of(m, "", texts);
        for (size_t k = 0; k < RESPONSES; k++)
            json_object_set_new(row, columns[k], json_text(texts[k]));
        for (guint k = 0; k < responses->len; k++) {
            const struct matter *x = g_ptr_array_index(responses, k);
            g_autofree char *text = g_str_equal(x->mission, m->id) ? response_text(x) : NULL;
            if (text)
                json_array_append_new(now, json_text(text));
        }
        json_object_set_new(row, columns[RESPONSES], now);
        json_array_append_new(out, row);
    }
    return out;
}
