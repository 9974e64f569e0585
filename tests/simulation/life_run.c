/* One history from its seed: imagined, cut, lived, checked. */
#include "life.h"
#include "virtual_chance.h"

void life_run(struct life *l, uint32_t seed, const struct life_cut *cut)
{
    *l = (struct life){ .seed = seed, .cut = *cut, .rand = g_rand_new_with_seed(seed) };
    life_imagine(l);
    life_cut_apply(l);
    g_rand_set_seed(l->rand, seed);
    virtual_chance(seed);
    l->world =
        world_new(&(struct world_roster){ .missions = LIFE_MISSIONS,
                                          .webhook_host = "hooks.example",
                                          .second_person = l->rule,
                                          .acknowledge = l->asks ? "" : NULL,
                                          .storage = l->on_disk ? STORAGE_DISK : STORAGE_KEPT,
                                          .seed = seed });
    life_live(l);
    if (!l->fault)
        life_check(l);
}

void life_end(struct life *l)
{
    for (int i = 0; i < l->n; i++)
        broadcast_row_free(l->v[i].row);
    world_free(l->world);
    g_rand_free(l->rand);
    g_free(l->fault);
    g_free(l->at);
}
