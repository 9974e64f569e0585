#include "flow/authority.h"

#include "flow/event.h"
#include "model/supersede.h"

static char *refusal(const struct broadcast *b, const char *owner)
{
    return g_strdup_printf("it corrects a broadcast of %s, which %s may not", owner, b->sender);
}

char *authority_refuses(const struct broadcast *b, const GPtrArray *named)
{
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = g_ptr_array_index(b->references, i);
        if (!supersede_may(b->sender, r->sender, named) &&
            !supersede_may(r->sender, b->sender, named))
            return refusal(b, r->sender);
    }
    return NULL;
}

static void check_status(const struct broadcast *b, const struct broadcast_row *row, guint i,
                         struct faults *f)
{
    g_autofree char *place = g_strdup_printf("/references/%u", i);
    if (row->status != b->status)
        faults_add(f, place, "other-status",
                   "%s is of status %s; a correction has the status of what it corrects",
                   row->identifier, broadcast_status_names[row->status]);
}

static bool look_at(struct store *s, const struct broadcast *b, guint i, const GPtrArray *named,
                    struct broadcast_row *of, struct faults *f, char **why, GError **error)
{
    struct reference *r = g_ptr_array_index(b->references, i), *through = NULL;
    struct broadcast_row *row = NULL;
    if (!s->ops->broadcast_by_key(s, r->identifier, r->sender, r->sent.ms, &row, error))
        return false;
    bool here = row != NULL;
    if (row)
        check_status(b, row, i, f);
    g_clear_pointer(&row, broadcast_row_free);
    if (supersede_may(b->sender, r->sender, named)) {
        g_ptr_array_add(of->references, reference_copy(r));
        return true;
    }
    if (!event_owner(s, b, r, &through, error))
        return false;
    if (through) {
        g_ptr_array_add(of->references, through);
        g_ptr_array_add(of->references, reference_copy(r));
    } else if (!here) {
        g_ptr_array_add(of->foreign, reference_copy(r));
    } else if (!*why) {
        *why = refusal(b, r->sender);
    }
    return true;
}

static void renew(GPtrArray **references)
{
    g_clear_pointer(references, g_ptr_array_unref);
    *references = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
}

bool authority_look(struct store *s, const struct broadcast *b, const GPtrArray *named,
                    struct broadcast_row *row, struct faults *f, char **why, GError **error)
{
    renew(&row->references);
    renew(&row->foreign);
    for (guint i = 0; i < b->references->len; i++)
        if (!look_at(s, b, i, named, row, f, why, error))
            return false;
    return true;
}
