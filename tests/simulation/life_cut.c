#include "life_cut.h"

#include "life.h"

#include <stdlib.h>

const char *const life_plain_names[] = { "peers", "refused", "order", "disk", "steps", NULL };

static int plain_of(const char *word)
{
    for (int i = 0; life_plain_names[i]; i++)
        if (g_str_equal(word, life_plain_names[i]))
            return i;
    return -1;
}

static bool take_part(const char *word, struct life_cut *out)
{
    int plain = plain_of(word);
    char *end = NULL;
    unsigned long n = g_ascii_isdigit(word[0] ? word[1] : 0) ? strtoul(word + 1, &end, 10) : 64;
    if (plain >= 0)
        out->plain |= 1u << plain;
    else if (word[0] == 'a' && n < LIFE_ACTIONS && !*end)
        out->actions |= UINT64_C(1) << n;
    else if (word[0] == 'v' && n > 0 && n < LIFE_VERSIONS && !*end)
        out->versions |= 1u << n;
    else if (word[0] == 'm' && n < LIFE_MISSIONS && !*end)
        out->missions |= 1u << n;
    else
        return false;
    return true;
}

bool life_cut_parse(const char *text, struct life_cut *out)
{
    g_auto(GStrv) words = g_strsplit(text, ",", -1);
    *out = (struct life_cut){ 0 };
    for (guint i = 0; words[i]; i++)
        if (*words[i] && !take_part(words[i], out))
            return false;
    return true;
}

static void add_bits(GString *out, char letter, uint64_t bits)
{
    for (unsigned i = 0; i < 64; i++)
        if (bits >> i & 1)
            g_string_append_printf(out, "%s%c%u", out->len ? "," : "", letter, i);
}

char *life_cut_text(const struct life_cut *c)
{
    GString *out = g_string_new(NULL);
    add_bits(out, 'a', c->actions);
    add_bits(out, 'v', c->versions);
    add_bits(out, 'm', c->missions);
    for (int i = 0; life_plain_names[i]; i++)
        if (c->plain >> i & 1)
            g_string_append_printf(out, "%s%s", out->len ? "," : "", life_plain_names[i]);
    return g_string_free(out, FALSE);
}

static void drop_version(struct life *l, int i)
{
    l->v[i].dropped = true;
    for (int k = i + 1; k < l->n; k++)
        if (l->v[k].refs >> i & 1)
            l->v[k].refs = (l->v[k].refs & ~(1u << i)) | l->v[i].refs;
    for (int k = 0; k < l->n_actions; k++)
        l->actions[k].dropped |= l->actions[k].version == i;
}

void life_cut_apply(struct life *l)
{
    const struct life_cut *c = &l->cut;
    for (int i = 0; i < l->n_actions; i++) {
        l->actions[i].dropped = c->actions >> i & 1;
        if (c->plain >> PLAIN_STEPS & 1)
            l->actions[i].steps = 0;
    }
    for (int i = l->n - 1; i > 0; i--)
        if (c->versions >> i & 1)
            drop_version(l, i);
    for (int i = 0; i < l->n; i++)
        if (l->v[i].missions & ~c->missions)
            l->v[i].missions &= ~c->missions;
    if (c->plain >> PLAIN_REFUSED & 1)
        l->refusing = 0;
    if (c->plain >> PLAIN_DISK & 1)
        l->on_disk = false;
}

/* --- making it small --- */

struct shrinking {
    const struct life *life;
    struct life_cut best;
    bool (*check)(uint32_t seed, const struct life_cut *c, void *ctx);
    void *ctx;
    unsigned runs;
};

static bool is_same(const struct life_cut *a, const struct life_cut *b)
{
    return a->actions == b->actions && a->versions == b->versions && a->missions == b->missions &&
           a->plain == b->plain;
}

/* Without these as well?  Keeps what still fails. */
static bool fails_without(struct shrinking *s, struct life_cut more)
{
    struct life_cut c = { s->best.actions | more.actions, s->best.versions | more.versions,
                          s->best.missions | more.missions, s->best.plain | more.plain };
    if (is_same(&c, &s->best))
        return false;
    s->runs++;
    if (!s->check(s->life->seed, &c, s->ctx))
        return false;
    s->best = c;
    return true;
}

static uint64_t some_actions(const struct shrinking *s, int from, int width)
{
    uint64_t bits = 0;
    for (int i = from; i < from + width && i < s->life->n_actions; i++)
        bits |= UINT64_C(1) << i;
    return bits;
}

static bool pass(struct shrinking *s)
{
    bool any = false;
    for (int i = 0; i < PLAIN_COUNT; i++)
        any |= fails_without(s, (struct life_cut){ .plain = 1u << i });
    for (int i = s->life->n - 1; i > 0; i--)
        any |= fails_without(s, (struct life_cut){ .versions = 1u << i });
    for (int width = 16; width > 0; width /= 2)
        for (int i = 0; i < s->life->n_actions; i += width)
            any |= fails_without(s, (struct life_cut){ .actions = some_actions(s, i, width) });
    for (int i = 0; i < LIFE_MISSIONS; i++)
        any |= fails_without(s, (struct life_cut){ .missions = 1u << i });
    return any;
}

struct life_cut life_shrink(const struct life *l,
                            bool (*check)(uint32_t seed, const struct life_cut *c, void *ctx),
                            void *ctx, unsigned *runs)
{
    struct shrinking s = { .life = l, .best = l->cut, .check = check, .ctx = ctx };
    while (pass(&s))
        ;
    *runs = s.runs;
    return s.best;
}
