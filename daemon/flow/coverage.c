#include "flow/coverage.h"

#include "flow/casefile.h"

bool coverage_read(struct store *s, const struct config *c, const struct broadcast_row *row,
                   bool *asks, struct coverage *out, GError **error)
{
    *out = (struct coverage){ 0 };
    *asks = false;
    if (*row->link_key == '\0') /* no message of it has a link */
        return true;
    struct casefile *file = casefile_load(s, row->no, error);
    if (!file)
        return false;
    *asks = obligation_any_asks(file->obligations);
    g_autoptr(GArray) standings = casefile_standings(file, c);
    if (*asks)
        *out = quorum_coverage(standings);
    casefile_unref(file);
    return true;
}

/* --- of all --- */

struct sums {
    struct config *config; /* one reference */
    struct coverage_sum by_status[STATUS_DRAFT + 1];
    coverage_sums_fn fn;
    void *ctx;
};

static void add(struct coverage_sum *sum, const struct coverage *one)
{
    sum->broadcasts++;
    sum->missions.affected += one->affected;
    sum->missions.covered += one->covered;
    sum->missions.taken += one->taken;
    sum->missions.waiting += one->waiting;
}

static bool add_number(struct store *s, struct sums *sums, int64_t no, GError **error)
{
    struct broadcast_row *row = NULL;
    struct coverage one;
    bool asks = false;
    bool ok = s->ops->broadcast_by_no(s, no, &row, error) &&
              (!row || coverage_read(s, sums->config, row, &asks, &one, error));
    if (ok && asks)
        add(&sums->by_status[row->status], &one);
    if (row)
        broadcast_row_free(row);
    return ok;
}

static bool read_sums(struct store *s, void *arg, GError **error)
{
    struct sums *sums = arg;
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    int64_t next_ms;
    if (!s->ops->broadcast_overdue(s, INT64_MAX, COVERAGE_SUM_MAX, nos, &next_ms, error))
        return false;
    for (guint i = 0; i < nos->len; i++)
        if (!add_number(s, sums, g_array_index(nos, int64_t, i), error))
            return false;
    return true;
}

static void sums_read(void *arg, const GError *error)
{
    struct sums *sums = arg;
    sums->fn(sums->by_status, error ? error->message : NULL, sums->ctx);
    config_unref(sums->config);
    g_free(sums);
}

void coverage_sums(struct service *s, coverage_sums_fn fn, void *ctx)
{
    struct sums *sums = g_new0(struct sums, 1);
    sums->config = config_ref(s->config);
    sums->fn = fn;
    sums->ctx = ctx;
    store_thread_submit(s->store, read_sums, sums_read, sums);
}
