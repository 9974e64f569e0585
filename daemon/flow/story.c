#include "flow/story.h"

/* An alert's event is whatever refers to it; a correction's, whatever it refers to. */
bool story_versions(struct store *s, const struct broadcast_row *row, GArray *nos, GError **error)
{
    g_autoptr(GPtrArray) unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    struct reference self = { row->identifier, row->sender, { row->sent_ms, 0 } };
    g_ptr_array_add(own, &self);
    return s->ops->chain(s, own, 0, nos, unknown, error);
}

static bool concerns(const struct record *r, const char *mission)
{
    if (!r->missions || !*r->missions)
        return !g_str_has_prefix(r->event, "notification.");
    g_auto(GStrv) ids = g_strsplit(r->missions, " ", -1);
    return g_strv_contains((const char *const *)ids, mission);
}

static bool read_version(struct store *s, int64_t no, const char *mission, GPtrArray *versions,
                         GPtrArray *records, GError **error)
{
    struct broadcast_row *row = NULL;
    if (!s->ops->broadcast_by_no(s, no, &row, error))
        return false;
    if (!row)
        return true;
    g_ptr_array_add(versions, row);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    struct record_filter of = { .broadcast = row->id };
    if (!s->ops->journal_read(s, &of, 0, STORY_MAX_RECORDS, all, error))
        return false;
    while (all->len > 0) {
        struct record *r = g_ptr_array_steal_index_fast(all, all->len - 1);
        if (concerns(r, mission))
            g_ptr_array_add(records, r);
        else
            record_free(r);
    }
    return true;
}

static int by_seq(gconstpointer a, gconstpointer b)
{
    const struct record *x = *(struct record *const *)a, *y = *(struct record *const *)b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

bool story_read(struct store *s, const struct broadcast_row *row, const char *mission,
                GPtrArray *versions, GPtrArray *records, GError **error)
{
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    if (!story_versions(s, row, nos, error))
        return false;
    for (guint i = 0; i < nos->len; i++)
        if (!read_version(s, g_array_index(nos, int64_t, i), mission, versions, records, error))
            return false;
    g_ptr_array_sort(records, by_seq);
    return true;
}
