#include "flow/realign.h"

#include "flow/asking.h"
#include "flow/casefile.h"

bool realign_list(struct store *s, GArray *nos, GError **error)
{
    int64_t next_ms;
    return s->ops->broadcast_overdue(s, INT64_MAX, REALIGN_MAX, nos, &next_ms, error);
}

static bool align(struct store *s, const struct config *c, const struct casefile *f,
                  struct obligation *o, GError **error)
{
    int64_t due_ms = asking_ladder_due_ms(c, f->broadcast, casefile_threat_of(f, o), o);
    if (due_ms == o->ladder_due_ms)
        return true;
    o->ladder_due_ms = due_ms;
    return s->ops->obligation_update(s, f->no, o, error);
}

bool realign_one(struct store *s, const struct config *c, int64_t no, GError **error)
{
    struct casefile *f = casefile_load(s, no, error);
    bool ok = f != NULL;
    for (guint i = 0; ok && f->asks && i < f->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(f->obligations, i);
        ok = !o->asks || obligation_is_closed(o) || align(s, c, f, o, error);
    }
    casefile_unref(f);
    return ok;
}
