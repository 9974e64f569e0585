#include "store_steps.h"
#include "store_steps_inside.h"

bool step_expect(bool as_written, const char *what, GError **error)
{
    if (!as_written)
        g_set_error(error, STORE_STEP_ERROR, 0, "%s: read as it was not written", what);
    return as_written;
}

bool step_expect_n(const GPtrArray *out, guint n, GError **error)
{
    g_autofree char *what = g_strdup_printf("%u rows where there are %u", out->len, n);
    return step_expect(out->len == n, what, error);
}

static bool run_piece(const struct store_step *t, struct store *s, GError **error)
{
    if (!s->ops->savepoint(s, error))
        return false;
    if (t->run(s, error) && s->ops->savepoint_keep(s, error))
        return true;
    s->ops->savepoint_undo(s);
    return false;
}

bool store_step_run(const struct store_step *t, struct store *s, GError **error)
{
    if (!s->ops->begin(s, error))
        return false;
    bool ok = run_piece(t, s, error);
    if (!s->ops->commit(s, ok ? error : NULL)) {
        s->ops->rollback(s);
        return false;
    }
    s->ops->fold(s);
    return ok;
}

#define ROW(op, name) { #name, offsetof(struct store_ops, op), step_##name },
const struct store_step store_steps[] = { STEPS(ROW) };
const size_t store_steps_count = G_N_ELEMENTS(store_steps);
