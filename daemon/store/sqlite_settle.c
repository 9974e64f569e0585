#include "sqlite_ops.h"
#include "sqlite_rows.h"

#include "model/answer.h"

static bool write_state(struct sqlite *q, const struct notification *n, GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "UPDATE notification SET state = ?2, ready = ?3, attempt = ?4, due_ms = ?5,"
                       " told = max(told, ?6) WHERE id = ?1 AND state = 1",
                       error);
    SQLITE_INTS(st, 1, n->id, n->state, n->state == NOTIFICATION_QUEUED, n->attempt, n->due_ms,
                n->told);
    if (!sqlite_run(q, st, error))
        return false;
    return sqlite3_changes(q->db) ||
           sqlite_refuse(error, "settle notification %" G_GINT64_FORMAT ": it is not being sent",
                         n->id);
}

#define MOVE_OBLIGATION "UPDATE obligation SET state = (?2 >> (4 * state)) & 15"
#define THAT_ENDS ", waits = 0, ladder_due_ms = 0"
#define THAT_MOVES " WHERE (?1 >> state) & 1"
/* Of one, SQLite need not be ready to undo half a statement: it keeps no copies of pages. */
#define ONE " AND id = ?3"
#define A_RANGE " AND id BETWEEN ?3 AND ?4"

/* ANSWER_WRONG_PERSON: that a message arrives there is no news of anybody at the mission. */
#define NOT_OF_A_WRONG_PERSON " AND answer <> 3"
G_STATIC_ASSERT(ANSWER_WRONG_PERSON == 3);

/* The model's table as two numbers, so that one statement moves a whole range: a bit for each state
 * that the event moves, and for each of those its target in four bits. */
struct moves {
    int64_t from, to;
    bool ends; /* what ends waits for nothing and has no ladder; what goes on must not pay for the
                * indexes of those */
};

static struct moves moves_on(enum obligation_event on)
{
    struct moves m = { .ends = true };
    for (int state = 0; state <= OBLIGATION_UNREACHABLE; state++) {
        enum obligation_state to = (enum obligation_state)state;
        if (!obligation_move(&to, on))
            continue;
        m.ends = m.ends && to != OBLIGATION_REACHED && to != OBLIGATION_UNREACHABLE;
        m.from |= (int64_t)1 << state;
        m.to |= (int64_t)to << 4 * state;
    }
    return m;
}

static bool move_one(struct sqlite *q, int64_t key, enum obligation_event on, unsigned *moved,
                     GError **error)
{
    const struct moves m = moves_on(on);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        on == OBLIGATION_ON_ACCEPTED ? MOVE_OBLIGATION THAT_MOVES ONE NOT_OF_A_WRONG_PERSON
                                     : MOVE_OBLIGATION THAT_MOVES ONE,
        error);
    SQLITE_INTS(st, 1, m.from, m.to, key);
    if (!sqlite_run(q, st, error))
        return false;
    *moved = (unsigned)sqlite3_changes(q->db);
    return true;
}

/* Queued, sending, deferred or accepted: a way that may still lead, or has led, to the recipient.
 */
static bool has_way(struct sqlite *q, int64_t obligation, bool *has, GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT 1 FROM way w CROSS JOIN notification n ON n.id = w.notification"
                       " WHERE w.obligation = ?1 AND n.state <= 3 LIMIT 1",
                       error);
    SQLITE_INTS(st, 1, obligation);
    return sqlite_step(q, st, has, error);
}

static bool append_obligation(struct sqlite *q, int64_t key, GPtrArray *out, GError **error)
{
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q, "SELECT " SQLITE_OBLIGATION_COLUMNS " FROM obligation o WHERE o.id = ?1", error);
    SQLITE_INTS(st, 1, key);
    bool row = false;
    if (!sqlite_step(q, st, &row, error))
        return false;
    if (row)
        g_ptr_array_add(out, sqlite_read_obligation(st));
    return true;
}

static bool give_up(struct sqlite *q, int64_t obligation, GPtrArray *lost, GError **error)
{
    bool has = false;
    unsigned moved = 0;
    if (!has_way(q, obligation, &has, error))
        return false;
    if (has)
        return true;
    if (!move_one(q, obligation, OBLIGATION_ON_ALL_REFUSED, &moved, error))
        return false;
    return !moved || append_obligation(q, obligation, lost, error);
}

bool sqlite_settle(struct store *s, const struct notification *n, GPtrArray *lost, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    if (!write_state(q, n, error))
        return false;
    int64_t no = n->id >> NOTIFICATION_ORDINAL_BITS;
    unsigned moved = 0;
    for (guint i = 0; i < n->obligations->len; i++) {
        int64_t key = sqlite_key(no, g_array_index(n->obligations, uint32_t, i));
        if (n->state == NOTIFICATION_ACCEPTED &&
            !move_one(q, key, OBLIGATION_ON_ACCEPTED, &moved, error))
            return false;
        if (n->state == NOTIFICATION_REFUSED && !give_up(q, key, lost, error))
            return false;
    }
    return true;
}

struct key_rows {            /* the keys of notifications, or of the obligations that they serve */
    struct sqlite_rows rows; /* first */
    struct notification *const *all;
    guint notification, obligation; /* where the next obligation is found */
};

static void show_key(struct sqlite_rows *r, guint row)
{
    SQLITE_ROW_INTS(r, ((struct key_rows *)r)->all[row]->id);
}

static void show_served(struct sqlite_rows *r, guint row)
{
    struct key_rows *all = (struct key_rows *)r;
    (void)row;
    const struct notification *n = all->all[all->notification];
    for (; all->obligation == n->obligations->len; all->obligation = 0)
        n = all->all[++all->notification];
    SQLITE_ROW_INTS(r, sqlite_key(n->id >> NOTIFICATION_ORDINAL_BITS,
                                  g_array_index(n->obligations, uint32_t, all->obligation++)));
}

/* Each was claimed once since the store wrote it, and has made one attempt more. */
static bool write_accepted(struct sqlite *q, struct notification *const *all, guint n,
                           GError **error)
{
    struct key_rows r = { { .count = n, .show = show_key }, .all = all };
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE OR FAIL notification SET state = 3, ready = 0, attempt = attempt + 1, told = 2"
        " WHERE state = 1 AND id IN (SELECT c0 FROM rows(?1))",
        error);
    if (!sqlite_rows_run(q, st, &r.rows, error))
        return false;
    return (guint)sqlite3_changes(q->db) == n ||
           sqlite_refuse(error, "settle %u notifications: some are not being sent", n);
}

static bool reach_served(struct sqlite *q, struct notification *const *all, guint n, GError **error)
{
    const struct moves m = moves_on(OBLIGATION_ON_ACCEPTED);
    struct key_rows r = { { .show = show_served }, .all = all };
    for (guint i = 0; i < n; i++)
        r.rows.count += all[i]->obligations->len;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE OR FAIL obligation SET state = (?3 >> (4 * state)) & 15 WHERE (?2 >> state) "
        "& 1" NOT_OF_A_WRONG_PERSON " AND id IN (SELECT c0 FROM rows(?1))",
        error);
    SQLITE_INTS(st, 2, m.from, m.to);
    return sqlite_rows_run(q, st, &r.rows, error);
}

bool sqlite_settle_accepted(struct store *s, struct notification *const *all, guint n,
                            GError **error)
{
    struct sqlite *q = sqlite_of(s);
    return write_accepted(q, all, n, error) && reach_served(q, all, n, error);
}

static bool withdraw_one(struct sqlite *q, struct notification *n, enum notification_event why,
                         GError **error)
{
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q, "UPDATE notification SET state = ?2, ready = 0 WHERE id = ?1", error);
    if (!st)
        return false;
    notification_move(n, why);
    SQLITE_INTS(st, 1, n->id, n->state);
    return sqlite_run(q, st, error);
}

static bool withdraw_all(struct sqlite *q, struct notification *const *all, guint n,
                         enum notification_event why, GError **error)
{
    struct key_rows r = { { .count = n, .show = show_key }, .all = all };
    if (n == 0)
        return true;
    for (guint i = 0; i < n; i++)
        notification_move(all[i], why);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "UPDATE OR FAIL notification SET state = ?2, ready = 0"
                       " WHERE id IN (SELECT c0 FROM rows(?1))",
                       error);
    SQLITE_INTS(st, 2, all[0]->state);
    return sqlite_rows_run(q, st, &r.rows, error);
}

static bool withdraw_after(struct sqlite *q, int64_t after, int64_t last, unsigned limit,
                           enum notification_event why, GPtrArray *out, GError **error)
{
    guint before = out->len;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "SELECT " SQLITE_NOTIFICATION_COLUMNS ", l.name FROM notification n CROSS JOIN lane l"
        " ON l.no = n.queue >> 3 WHERE n.id > ?1 AND n.id <= ?2 AND n.state IN (0, 2)"
        " ORDER BY n.id LIMIT ?3",
        error);
    SQLITE_INTS(st, 1, after, last, limit);
    bool row = true;
    while (row) {
        if (!sqlite_step(q, st, &row, error))
            return false;
        if (row)
            g_ptr_array_add(out, sqlite_read_notification(st));
    }
    if (!withdraw_all(q, (struct notification *const *)out->pdata + before, out->len - before, why,
                      error))
        return false;
    if (out->len > before)
        q->withdrawn_to = ((struct notification *)out->pdata[out->len - 1])->id;
    return true;
}

/* A long withdrawal comes in many calls: each starts where the last one stopped.  Only a short
 * answer is checked from the start, for what has come back to the queue since. */
bool sqlite_withdraw(struct store *s, int64_t no, unsigned limit, enum notification_event why,
                     GPtrArray *out, GError **error)
{
    struct sqlite *q = sqlite_of(s);
    int64_t first = sqlite_key(no, 0), last = sqlite_key(no, NOTIFICATION_MAX_ORDINAL);
    bool resumes = q->withdrawn_to > first && q->withdrawn_to <= last;
    guint before = out->len;
    if (!withdraw_after(q, resumes ? q->withdrawn_to : first, last, limit, why, out, error))
        return false;
    unsigned left = limit - (out->len - before);
    return !resumes || !left || withdraw_after(q, first, last, left, why, out, error);
}

static void append_reminder(sqlite3_stmt *st, GPtrArray *out)
{
    g_ptr_array_add(out, sqlite_read_notification(st));
}

static bool serves_somebody(struct store *s, const struct notification *n, bool *serves,
                            GError **error)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    *serves = false;
    if (!s->ops->obligations_of(s, n, all, error))
        return false;
    for (guint i = 0; i < all->len; i++)
        *serves = *serves || sqlite_waits(all->pdata[i]);
    return true;
}

bool sqlite_withdraw_reminders(struct store *s, int64_t no, uint32_t obligation, GPtrArray *out,
                               GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    g_autoptr(sqlite3_stmt) st =
        sqlite_prepare(q,
                       "SELECT " SQLITE_NOTIFICATION_COLUMNS ", l.name FROM way w"
                       " CROSS JOIN notification n ON n.id = w.notification"
                       " CROSS JOIN lane l ON l.no = n.queue >> 3"
                       " WHERE w.obligation = ?1 AND n.purpose = ?2 AND n.state IN (0, 2)",
                       error);
    SQLITE_INTS(st, 1, sqlite_key(no, obligation), PURPOSE_REMIND);
    if (!sqlite_each(q, st, append_reminder, found, error))
        return false;
    while (found->len > 0) {
        struct notification *n = found->pdata[0];
        bool serves = false;
        if (!serves_somebody(s, n, &serves, error) ||
            (!serves && !withdraw_one(q, n, NOTIFICATION_ON_SUPERSEDED, error)))
            return false;
        if (serves)
            g_ptr_array_remove_index(found, 0);
        else
            g_ptr_array_add(out, g_ptr_array_steal_index(found, 0));
    }
    return true;
}

bool sqlite_obligations_move(struct store *s, int64_t no, enum obligation_event on, unsigned *count,
                             GError **error)
{
    struct sqlite *q = sqlite_of(s);
    const struct moves m = moves_on(on);
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        m.ends ? MOVE_OBLIGATION THAT_ENDS THAT_MOVES A_RANGE : MOVE_OBLIGATION THAT_MOVES A_RANGE,
        error);
    SQLITE_INTS(st, 1, m.from, m.to);
    sqlite_bind_range(st, 3, no);
    if (!sqlite_run(q, st, error))
        return false;
    *count = (unsigned)sqlite3_changes(q->db);
    return true;
}

bool sqlite_hasten(struct store *s, int64_t no, int64_t now_ms, GPtrArray *lanes, unsigned *count,
                   GError **error)
{
    struct sqlite *q = sqlite_of(s);
    g_autoptr(sqlite3_stmt) names =
        sqlite_prepare(q,
                       "SELECT name FROM lane WHERE no IN (SELECT queue >> 3 FROM notification"
                       " WHERE id BETWEEN ?1 AND ?2 AND state = 2) ORDER BY no",
                       error);
    sqlite_bind_range(names, 1, no);
    if (!sqlite_each(q, names, sqlite_read_name, lanes, error))
        return false;
    g_autoptr(sqlite3_stmt) st = sqlite_prepare(
        q,
        "UPDATE notification SET due_ms = ?3 WHERE id BETWEEN ?1 AND ?2 AND state = 2"
        " AND due_ms > ?3",
        error);
    sqlite_bind_range(st, 1, no);
    SQLITE_INTS(st, 3, now_ms);
    if (!sqlite_run(q, st, error))
        return false;
    *count = (unsigned)sqlite3_changes(q->db);
    return true;
}
