#include "model/supersede_history.h"

static void add_id(GPtrArray *list, const struct affected_mission *m)
{
    g_ptr_array_add(list, g_strdup(m->id));
}

void supersede_groups(const struct plan *fresh, const struct version *versions, size_t n_versions,
                      struct supersede_groups *out)
{
    struct history *h = history_new();
    for (size_t i = 0; i < n_versions; i++)
        history_add_missions(h, &versions[i]);
    out->still = g_ptr_array_new_with_free_func(g_free);
    out->added = g_ptr_array_new_with_free_func(g_free);
    out->released = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < fresh->missions->len; i++) {
        const struct affected_mission *m = fresh->missions->pdata[i];
        if (!supersede_is_affected(m))
            continue;
        guint k = history_mission(h, m); /* may move the array */
        struct history_mission *known = &g_array_index(h->missions, struct history_mission, k);
        add_id(known->was_affected ? out->still : out->added, m);
        known->is_affected = true;
    }
    for (guint i = 0; i < h->missions->len; i++) {
        const struct history_mission *m = &g_array_index(h->missions, struct history_mission, i);
        if (m->was_affected && !m->is_affected)
            add_id(out->released, m->mission);
    }
    history_free(h);
}

void supersede_groups_clear(struct supersede_groups *g)
{
    g_clear_pointer(&g->still, g_ptr_array_unref);
    g_clear_pointer(&g->added, g_ptr_array_unref);
    g_clear_pointer(&g->released, g_ptr_array_unref);
}
