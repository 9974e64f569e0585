#include "flow/story.h"

#include "flow/event.h"
#include "model/supersede.h"

const char *const story_role_names[] = {
    "not-concerned", "affected", "still-affected", "newly-affected", "let-go", "cancelled", NULL
};

void story_version_free(struct story_version *v)
{
    broadcast_row_free(v->row);
    casefile_unref(v->file);
    g_free(v);
}

bool story_concerns(const GPtrArray *versions)
{
    for (guint i = 0; i < versions->len; i++)
        if (((struct story_version *)g_ptr_array_index(versions, i))->role != STORY_NOT_CONCERNED)
            return true;
    return false;
}

static bool concerns(const struct record *r, const char *mission)
{
    if (g_str_has_prefix(r->event, "broadcast."))
        return true;
    if (!r->missions || !*r->missions)
        return !g_str_has_prefix(r->event, "notification.");
    g_auto(GStrv) ids = g_strsplit(r->missions, " ", -1);
    return g_strv_contains((const char *const *)ids, mission);
}

/* earlier: the versions before it, whose roles are known. */
static enum story_role role_of(const struct casefile *file, const char *mission,
                               const GPtrArray *earlier)
{
    const struct affected_mission *m = g_hash_table_lookup(file->by_mission, mission);
    enum story_role before = STORY_NOT_CONCERNED;
    if (!m)
        return STORY_NOT_CONCERNED;
    if (!supersede_is_affected(m))
        return g_str_equal(m->because, SUPERSEDE_CANCELLED) ? STORY_CANCELLED : STORY_LET_GO;
    for (guint i = 0; i < earlier->len; i++) {
        const struct story_version *v = g_ptr_array_index(earlier, i);
        before = v->role != STORY_NOT_CONCERNED ? v->role : before;
    }
    if (before != STORY_NOT_CONCERNED)
        return before < STORY_LET_GO ? STORY_STILL_AFFECTED : STORY_NEWLY_AFFECTED;
    return earlier->len == 0 ? STORY_AFFECTED : STORY_NEWLY_AFFECTED;
}

static bool read_records(struct store *s, const char *id, const char *mission, GPtrArray *out,
                         GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    struct record_filter of = { .broadcast = id };
    if (!s->ops->journal_read(s, &of, 0, STORY_MAX_RECORDS, all, error))
        return false;
    while (all->len > 0) {
        struct record *r = g_ptr_array_steal_index_fast(all, all->len - 1);
        if (concerns(r, mission))
            g_ptr_array_add(out, r);
        else
            record_free(r);
    }
    return true;
}

static bool read_version(struct store *s, struct broadcast_row *row /* taken */,
                         const char *mission, GPtrArray *versions, GPtrArray *records,
                         GError **error)
{
    struct casefile *file = casefile_load(s, row->no, error);
    if (!file) {
        broadcast_row_free(row);
        return false;
    }
    struct story_version *v = g_new0(struct story_version, 1);
    *v = (struct story_version){ row, file, role_of(file, mission, versions) };
    g_ptr_array_add(versions, v);
    return read_records(s, row->id, mission, records, error);
}

static int by_seq(gconstpointer a, gconstpointer b)
{
    const struct record *x = *(struct record *const *)a, *y = *(struct record *const *)b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

bool story_read(struct store *s, const struct broadcast_row *row, const char *mission,
                GPtrArray *versions, GPtrArray *records, GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;
    if (!event_versions(s, row, &rows, error))
        return false;
    while (rows->len > 0)
        if (!read_version(s, g_ptr_array_steal_index(rows, 0), mission, versions, records, error))
            return false;
    g_ptr_array_sort(records, by_seq);
    return true;
}
