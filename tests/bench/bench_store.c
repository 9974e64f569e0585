/*
 * bench_store - what the queue costs: claims and settlements beside a short and a long queue.
 *
 *   bench_store DIR NOTIFICATIONS [ROUNDS [BATCH]]
 *
 * row_queue.mjs runs it for a short and a long one, and compares.
 *
 * Stores broadcasts of 10,000 notifications until NOTIFICATIONS wait, then claims and settles BATCH
 * at a time, each in its own transaction with a journal record a notification, and prints the
 * times as JSON.  Everybody is asked to acknowledge and has a link: it looks some up, good ones and
 * guessed ones, and asks whom a ladder is due for and what is left of a broadcast.  Then it looks
 * up an event of 1,000 versions, and starts again over what waits.
 */
#include "base/digest.h"
#include "figure.h"
#include "store/store_sqlite.h"
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define PER_BROADCAST 10000
#define VERSIONS 1000
#define LOOKS 1000

static const struct store_ops *const ops = &store_sqlite;

static void must(bool ok, GError *error)
{
    if (!ok)
        g_error("%s", error ? error->message : "failed");
}

static void seal(struct record *r, const char *prev_hash)
{
    g_strlcpy(r->prev, prev_hash, sizeof r->prev);
    g_autofree char *line = g_strdup_printf("%s %s %s", prev_hash, r->event, r->endpoint);
    g_autofree char *hash = digest_sha256_hex(line, strlen(line));
    g_strlcpy(r->hash, hash, sizeof r->hash);
}

static char *digest_of(unsigned broadcast, uint32_t ordinal)
{
    const uint32_t token[] = { broadcast, ordinal };
    return digest_sha256_hex(token, sizeof token);
}

static void add_recipient(struct plan *p, unsigned broadcast, uint32_t ordinal)
{
    struct obligation *o = obligation_new();
    o->ordinal = ordinal;
    o->recipient = g_strdup_printf("mission-%u/1", ordinal);
    o->name = g_strdup_printf("Representative %u", ordinal);
    o->language = g_strdup("en");
    o->asks = true;
    o->begun_ms = 1342445400000;
    o->ladder_due_ms = 1342445580000 + ordinal;
    g_ptr_array_add(o->missions, g_strdup_printf("mission-%u", ordinal));
    g_ptr_array_add(p->obligations, o);
    struct notification *n = notification_new();
    n->id = ordinal;
    n->endpoint = g_strdup_printf("mailto:representative-%u@mission.example", ordinal);
    n->lane = g_strdup("smtp");
    n->recipient = g_strdup(o->recipient);
    n->language = g_strdup("en");
    n->deadline_ms = INT64_MAX;
    g_free(n->link_digest);
    n->link_digest = digest_of(broadcast, ordinal);
    n->priority = notification_priority(URGENCY_IMMEDIATE, SEVERITY_SEVERE, THREAT_HIGH, 1);
    g_array_append_val(n->obligations, ordinal);
    g_ptr_array_add(p->notifications, n);
}

static void insert_broadcast(struct store *s, unsigned number)
{
    GError *error = NULL;
    struct plan *p = plan_new();
    for (uint32_t i = 1; i <= PER_BROADCAST; i++)
        add_recipient(p, number, i);
    struct broadcast_row row = { .identifier = "BENCH", .sender = "bench@dss.example" };
    g_autofree char *id = g_strdup_printf("01920000-0000-7000-8000-%012u", number);
    row.id = id;
    row.link_key = "0123456789abcdef";
    row.deadline_ms = number;
    row.sent_ms = number;
    row.state = BROADCAST_RELEASED;
    must(ops->begin(s, &error) && ops->broadcast_insert(s, &row, p, NULL, 0, &error) &&
             ops->commit(s, &error),
         error);
    ops->fold(s);
    plan_free(p);
}

static struct record *accepted(struct notification *n)
{
    struct record *r = record_new("notification.accepted", 1);
    n->attempt++;
    notification_move(n, NOTIFICATION_ON_ACCEPTED);
    r->status = g_strdup("actual");
    r->broadcast = g_strdup("01920000-0000-7000-8000-000000000001");
    r->recipient = g_strdup(n->recipient);
    r->channel = g_strdup("smtp");
    r->endpoint = g_strdup(n->endpoint);
    r->outcome = g_strdup("accepted");
    r->reply = g_strdup("250 2.0.0 Ok: queued");
    return r;
}

static void settle_all(struct store *s, const GPtrArray *claimed)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    for (guint i = 0; i < claimed->len; i++)
        g_ptr_array_add(records, accepted(claimed->pdata[i]));
    must(ops->settle_accepted(s, (struct notification *const *)claimed->pdata, claimed->len,
                              &error) &&
             ops->journal_append_all(s, (struct record *const *)records->pdata, records->len,
                                     &error),
         error);
}

#define ROW "queue"

/* us of processor time of each of them, the commits included, the waits for the disk not */
static void report(const char *what, GArray *us, unsigned batch)
{
    g_autofree char *usual = g_strdup_printf("%s, the median batch", what);
    g_autofree char *rare = g_strdup_printf("%s, the 99th percentile", what);
    figure(ROW, usual, figure_quantile(us, 0.5) / batch, "us each", 0);
    figure(ROW, rare, figure_quantile(us, 0.99) / batch, "us each", 0);
}

static void measure(struct store *s, unsigned rounds, unsigned batch)
{
    g_autoptr(GArray) claims = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) settles = g_array_new(FALSE, FALSE, sizeof(double));
    for (unsigned i = 0; i < rounds; i++) {
        GError *error = NULL;
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        int64_t next;
        bool more;
        double t0 = figure_cpu_us();
        must(ops->begin(s, &error) &&
                 ops->claim(s, "smtp", URGENCY_IMMEDIATE, batch, 1, out, &next, &more, &error) &&
                 ops->commit(s, &error),
             error);
        double t1 = figure_cpu_us();
        must(ops->begin(s, &error), error);
        settle_all(s, out);
        must(ops->commit(s, &error), error);
        ops->fold(s);
        double claim = t1 - t0, settle = figure_cpu_us() - t1;
        g_array_append_val(claims, claim);
        g_array_append_val(settles, settle);
    }
    report("claim", claims, batch);
    report("settle", settles, batch);
}

static void report_looks(const char *what, gint64 start)
{
    figure(ROW, what, (double)(g_get_monotonic_time() - start) / LOOKS, "us each", 0);
}

static void look(struct store *s, unsigned broadcast, bool good)
{
    GError *error = NULL;
    struct link_row row;
    bool found = false;
    gint64 start = g_get_monotonic_time();
    for (uint32_t i = 1; i <= LOOKS; i++) {
        g_autofree char *digest = digest_of(broadcast, good ? i : i + PER_BROADCAST);
        must(ops->link_find(s, digest, 0, &row, &found, &error) && found == good, error);
    }
    report_looks(good ? "a link is found" : "a guessed link is not found", start);
}

static void measure_answers(struct store *s)
{
    GError *error = NULL;
    bool left = false, asks = false;
    int64_t next_ms = 0;
    look(s, 1, true);
    look(s, 1, false);
    gint64 start = g_get_monotonic_time();
    for (unsigned i = 0; i < LOOKS; i++)
        must(ops->obligations_left(s, 1, &left, &asks, &error) && left, error);
    report_looks("what is left of a broadcast", start);
    start = g_get_monotonic_time();
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)ladder_row_free);
    must(ops->ladder_due(s, INT64_MAX, LOOKS, out, &next_ms, &error) && out->len == LOOKS, error);
    report_looks("whom the ladder is due for", start);
}

static struct reference version(unsigned number)
{
    return (struct reference){ .identifier = "VERSION",
                               .sender = "bench@dss.example",
                               .sent = { .ms = number } };
}

/* Each refers to the one before, so that the walk is as long as it can be. */
static void insert_version(struct store *s, unsigned number)
{
    GError *error = NULL;
    struct reference before = version(number - 1), own = version(number);
    g_autoptr(GPtrArray) references = g_ptr_array_new();
    if (number > 1)
        g_ptr_array_add(references, &before);
    g_autofree char *id = g_strdup_printf("01920000-0000-7000-9000-%012u", number);
    struct broadcast_row row = { .id = id,
                                 .identifier = own.identifier,
                                 .sender = own.sender,
                                 .sent_ms = own.sent.ms,
                                 .references = references };
    must(ops->broadcast_insert(s, &row, NULL, NULL, 0, &error), error);
}

static void measure_chain(struct store *s)
{
    GError *error = NULL;
    must(ops->begin(s, &error), error);
    for (unsigned i = 1; i <= VERSIONS; i++)
        insert_version(s, i);
    must(ops->commit(s, &error), error);
    struct reference newest = version(VERSIONS);
    g_autoptr(GPtrArray) references = g_ptr_array_new();
    g_ptr_array_add(references, &newest);
    g_autoptr(GPtrArray) unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    gint64 start = g_get_monotonic_time();
    must(ops->chain(s, STATUS_ACTUAL, references, 0, nos, unknown, &error), error);
    figure(ROW, "an event of 1,000 versions", (double)(g_get_monotonic_time() - start) / 1000, "ms",
           0);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench_store DIR NOTIFICATIONS [ROUNDS [BATCH]]\n");
        return 2;
    }
    GError *error = NULL;
    const struct store_options o = { .dir = argv[1], .checkpoint_bytes = 16 << 20, .seal = seal };
    struct store *s = ops->open(&o, &error);
    must(s != NULL, error);
    unsigned broadcasts = (unsigned)g_ascii_strtoull(argv[2], NULL, 10) / PER_BROADCAST;
    gint64 start = g_get_monotonic_time();
    for (unsigned i = 1; i <= MAX(broadcasts, 1); i++)
        insert_broadcast(s, i);
    figure(ROW, "stored",
           (double)(g_get_monotonic_time() - start) / (MAX(broadcasts, 1) * PER_BROADCAST),
           "us each", 0);
    measure(s, argc > 3 ? (unsigned)g_ascii_strtoull(argv[3], NULL, 10) : 100,
            argc > 4 ? (unsigned)g_ascii_strtoull(argv[4], NULL, 10) : 256);
    measure_answers(s);
    measure_chain(s);
    start = g_get_monotonic_time();
    ops->close(s);
    s = ops->open(&o, &error);
    unsigned count = 0;
    must(s && ops->begin(s, &error) && ops->unclaim_all(s, &count, &error) &&
             ops->commit(s, &error),
         error);
    figure(ROW, "closed and opened again", (double)(g_get_monotonic_time() - start) / 1000, "ms",
           0);
    ops->close(s);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    figure(ROW, "most memory", (double)u.ru_maxrss / 1024, "MiB", 0);
    return 0;
}
