#include "model/outcome.h"
#include "sqlite_ops.h"

/* A row at a time, because a sum for every state in SQL costs more. */
static bool count_states(struct sqlite *q, int64_t no, const char *sql, unsigned *by_state,
                         size_t n_states, unsigned *total, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    sqlite_bind_range(st, 1, no);
    bool row = false;
    while (sqlite_step(q, st, &row, error)) {
        if (!row)
            return true;
        size_t state = (size_t)sqlite3_column_int64(st, 0);
        if (state >= n_states)
            return sqlite_refuse(error, "read %s: there is no state %zu", q->path, state);
        by_state[state]++;
        *total += (unsigned)sqlite3_column_int(st, 1);
    }
    return false;
}

/* The journal is in order of time, so the ends are found from its ends; it is in the same
 * transactions as the queue, so they are never out of step with the counts. */
static bool find_accepted(struct sqlite *q, int64_t no, const char *sql, int64_t *ms,
                          GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(q, sql, error);
    SQLITE_INTS(st, 1, no);
    SQLITE_TEXTS(st, 2, outcome_names[OUTCOME_ACCEPTED]);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    *ms = row ? sqlite3_column_int64(st, 0) : 0;
    return true;
}

#define ACCEPTED                                                                                   \
    "SELECT time_ms FROM journal WHERE broadcast = (SELECT id FROM broadcast WHERE no = ?1)"       \
    " AND outcome = ?2 AND attempt > 0 ORDER BY seq "

bool sqlite_broadcast_progress(struct store *s, int64_t no, struct broadcast_progress *out,
                               GError **error)
{
    struct sqlite *q = sqlite_of(s);
    unsigned obligations = 0;
    *out = (struct broadcast_progress){ 0 };
    if (!count_states(q, no, "SELECT state, attempt FROM notification WHERE id BETWEEN ?1 AND ?2",
                      out->by_state, G_N_ELEMENTS(out->by_state), &out->attempts, error) ||
        !count_states(q, no, "SELECT state, 1 FROM obligation WHERE id BETWEEN ?1 AND ?2",
                      out->obligations, G_N_ELEMENTS(out->obligations), &obligations, error))
        return false;
    if (!out->by_state[NOTIFICATION_ACCEPTED])
        return true;
    return find_accepted(q, no, ACCEPTED "LIMIT 1", &out->first_accepted_ms, error) &&
           find_accepted(q, no, ACCEPTED "DESC LIMIT 1", &out->last_accepted_ms, error);
}

/* One row more than the limit is read: it tells the next deadline. */
bool sqlite_broadcast_overdue(struct store *s, int64_t now_ms, unsigned limit, GArray *out,
                              int64_t *next_ms, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT no, deadline_ms FROM broadcast WHERE state = 2 ORDER BY deadline_ms, no LIMIT ?1",
        error);
    SQLITE_INTS(st, 1, (int64_t)limit + 1);
    *next_ms = INT64_MAX;
    bool row = false;
    for (unsigned n = 0; sqlite_step(q, st, &row, error); n++) {
        if (!row)
            return true;
        if (n == limit || sqlite3_column_int64(st, 1) > now_ms) {
            *next_ms = sqlite3_column_int64(st, 1);
            return true;
        }
        int64_t no = sqlite3_column_int64(st, 0);
        g_array_append_val(out, no);
    }
    return false;
}
