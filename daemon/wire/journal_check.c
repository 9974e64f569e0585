#include "wire/journal_check.h"

#include <string.h>

#include "base/signing.h"
#include "wire/delivery_record.h"

#define REPEATS_KNOWN 1024 /* more than a crash can make the daemon write again */

struct erased {
    int64_t seq;
    bool is_said; /* by a later record */
};

struct journal_check {
    void (*fault)(void *ctx, const struct journal_fault *f);
    void *ctx;
    int64_t from;         /* the first record; 0: any */
    char *key;            /* that is trusted; owned; NULL: any */
    GHashTable *witness;  /* int64_t *seq -> hash */
    int64_t witness_last; /* seq */
    GArray *erased;       /* struct erased, by seq */
    char *stranger;       /* key of a signature that is not trusted; owned */
    int64_t stranger_seq;
    char known[REPEATS_KNOWN][RECORD_HASH_LEN + 1]; /* of the last records, by seq */
    bool is_repeating; /* the file begins with what the one before it ends with */
    struct journal_found found;
};

static void report(struct journal_check *c, int64_t seq, const char *code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static void report(struct journal_check *c, int64_t seq, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    c->found.faults++;
    c->fault(c->ctx, &(struct journal_fault){ seq, code, sentence });
}

struct journal_check *journal_check_new(const char *key, int64_t from,
                                        void (*fault)(void *ctx, const struct journal_fault *f),
                                        void *ctx)
{
    struct journal_check *c = g_new0(struct journal_check, 1);
    c->fault = fault;
    c->ctx = ctx;
    c->key = g_strdup(key);
    c->from = from;
    c->witness = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
    c->erased = g_array_new(FALSE, FALSE, sizeof(struct erased));
    return c;
}

void journal_check_free(struct journal_check *c)
{
    g_hash_table_unref(c->witness);
    g_array_unref(c->erased);
    g_free(c->key);
    g_free(c->stranger);
    g_free(c->found.signer);
    g_free(c);
}

static int64_t *copy_seq(int64_t seq)
{
    int64_t *copy = g_new(int64_t, 1);
    *copy = seq;
    return copy;
}

/* --- ranges --- */

static bool read_number(const char **at, int64_t *out)
{
    char *end = NULL;
    if (!g_ascii_isdigit(**at))
        return false;
    *out = g_ascii_strtoll(*at, &end, 10);
    *at = end;
    return *out > 0;
}

GArray *journal_ranges_read(const char *text)
{
    g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(struct journal_range));
    struct journal_range r = { 0 };
    int64_t before = 0;
    for (const char *at = text; read_number(&at, &r.first); at++) {
        r.last = r.first;
        if (*at == '-' && (at++, !read_number(&at, &r.last)))
            return NULL;
        if (r.first <= before || r.last < r.first)
            return NULL;
        g_array_append_val(out, r);
        before = r.last;
        if (!*at)
            return g_steal_pointer(&out);
        if (*at != ' ')
            return NULL;
    }
    return NULL;
}

char *journal_ranges_write(const GArray *seqs)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0, k; i < seqs->len; i = k + 1) {
        int64_t first = g_array_index(seqs, int64_t, i);
        for (k = i; k + 1 < seqs->len &&
                    g_array_index(seqs, int64_t, k + 1) == g_array_index(seqs, int64_t, k) + 1;)
            k++;
        g_string_append_printf(out, "%s%" G_GINT64_FORMAT, i ? " " : "", first);
        if (k > i)
            g_string_append_printf(out, "-%" G_GINT64_FORMAT, g_array_index(seqs, int64_t, k));
    }
    return g_string_free(out, FALSE);
}

/* --- one record --- */

/* The record of a line; NULL: it is none.  *holds: it is as the daemon writes it, to the byte, and
 * its hash is its own.  Whatever is not so is reported, of the record that stands at expected. */
static struct record *read_line(struct journal_check *c, const char *line, size_t len,
                                int64_t expected, bool *holds)
{
    const char *why = "the line holds a NUL byte";
    struct record *r = strlen(line) == len ? delivery_record_parse(line, &why) : NULL;
    *holds = false;
    if (!r) {
        report(c, expected, "not-a-record", "%s", why);
        return NULL;
    }
    g_autofree char *again = delivery_record_line(r);
    if (!*r->hash)
        report(c, expected, "no-hash", "the record has no hash");
    else if (strcmp(again, line) != 0)
        report(c, expected, "changed", "the line is not as the daemon writes it: it was changed");
    else if (!delivery_record_holds(r))
        report(c, expected, "changed", "the hash is not that of the line: it was changed");
    else
        *holds = true;
    return r;
}

/* Does it carry a signature that its own key made? */
static bool is_signed(struct journal_check *c, const struct record *r)
{
    if (!r->signature)
        return false;
    g_autofree char *text = delivery_record_signed_text(r);
    if (r->key && signing_holds(r->key, text, strlen(text), r->signature))
        return true;
    report(c, r->seq, "bad-signature",
           "the signature does not hold: this record or one before it was changed");
    return false;
}

static void trust(struct journal_check *c, const struct record *r)
{
    c->found.signed_seq = r->seq;
    g_free(c->found.signer);
    c->found.signer = g_strdup(r->key);
    if (!g_str_equal(r->event, "journal.key") || !r->detail || !c->key)
        return;
    g_free(c->key);
    c->key = g_strdup(r->detail);
}

static void check_signature(struct journal_check *c, const struct record *r)
{
    if (!is_signed(c, r))
        return;
    if (!c->key || g_str_equal(r->key, c->key)) {
        trust(c, r);
        return;
    }
    g_free(c->stranger);
    c->stranger = g_strdup(r->key);
    c->stranger_seq = r->seq;
}

/* The first erased record at or after seq. */
static guint find_erased(const struct journal_check *c, int64_t seq)
{
    guint low = 0, high = c->erased->len;
    while (low < high) {
        guint mid = low + (high - low) / 2;
        if (g_array_index(c->erased, struct erased, mid).seq < seq)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static void check_erasures(struct journal_check *c, const struct record *r)
{
    struct erased now = { r->seq, false };
    if (*r->personal) {
        c->found.erased++;
        g_array_append_val(c->erased, now);
    }
    if (!g_str_equal(r->event, "journal.erased"))
        return;
    g_autoptr(GArray) ranges = journal_ranges_read(r->detail ? r->detail : "");
    if (!ranges)
        report(c, r->seq, "changed", "the record does not say what was erased");
    for (guint i = 0; ranges && i < ranges->len; i++) {
        struct journal_range said = g_array_index(ranges, struct journal_range, i);
        for (guint k = find_erased(c, said.first); k < c->erased->len; k++) {
            struct erased *e = &g_array_index(c->erased, struct erased, k);
            if (e->seq > said.last || e->seq >= r->seq)
                break;
            e->is_said = true;
        }
    }
}

/* --- the order --- */

/* A file that was begun after a crash may say the end of the one before it once more. */
static bool repeats(struct journal_check *c, const struct record *r)
{
    int64_t last = c->found.last_seq;
    c->is_repeating = c->is_repeating && r->seq <= last && r->seq > last - REPEATS_KNOWN &&
                      strcmp(c->known[(guint64)r->seq % REPEATS_KNOWN], r->hash) == 0;
    c->found.repeated += c->is_repeating;
    return c->is_repeating;
}

static void begin(struct journal_check *c, const struct record *r)
{
    struct journal_found *f = &c->found;
    f->first_seq = r->seq;
    g_strlcpy(f->first_prev, r->prev, sizeof f->first_prev);
    if (c->from && r->seq != c->from)
        report(c, c->from, "gap", "the log begins with record %" G_GINT64_FORMAT, r->seq);
    else if (r->seq == 1 && *r->prev)
        report(c, 1, "broken-chain", "the first record of all names one before it");
    else if (r->seq != 1 && !*r->prev)
        report(c, r->seq, "broken-chain", "the record does not name the one before it");
}

static void check_order(struct journal_check *c, const struct record *r)
{
    struct journal_found *f = &c->found;
    if (r->seq > f->last_seq + 1)
        report(c, f->last_seq + 1, "gap",
               "record %" G_GINT64_FORMAT " follows record %" G_GINT64_FORMAT, r->seq, f->last_seq);
    else if (r->seq <= f->last_seq)
        report(c, r->seq, "out-of-order",
               "record %" G_GINT64_FORMAT " follows record %" G_GINT64_FORMAT, r->seq, f->last_seq);
    else if (strcmp(r->prev, f->last_hash) != 0)
        report(c, r->seq, "broken-chain", "prev is not the hash of the record before it");
    else if (strcmp(c->known[(guint64)r->seq % REPEATS_KNOWN], r->hash) == 0)
        report(c, r->seq, "out-of-order", "the record is there twice");
}

static void check_witness(struct journal_check *c, const struct record *r)
{
    const char *hash = g_hash_table_lookup(c->witness, &r->seq);
    if (!hash)
        return;
    if (strcmp(hash, r->hash) != 0)
        report(c, r->seq, "witness-differs", "the witness has another record of that number");
    else
        c->found.witnessed++;
    g_hash_table_remove(c->witness, &r->seq);
}

void journal_check_file(struct journal_check *c)
{
    c->is_repeating = c->found.records > 0;
}

/* What was changed stands where it stands, whatever number it has now. */
static void take(struct journal_check *c, struct record *r, bool holds)
{
    struct journal_found *f = &c->found;
    if (f->records == 0)
        begin(c, r);
    else if (holds)
        check_order(c, r);
    else
        r->seq = f->last_seq + 1;
    if (holds) {
        check_signature(c, r);
        check_erasures(c, r);
    }
    check_witness(c, r);
    f->records++;
    f->last_seq = r->seq;
    g_strlcpy(f->last_hash, r->hash, sizeof f->last_hash);
    g_strlcpy(c->known[(guint64)r->seq % REPEATS_KNOWN], r->hash, RECORD_HASH_LEN + 1);
}

void journal_check_line(struct journal_check *c, const char *line, size_t len, bool has_end)
{
    int64_t expected = c->found.records ? c->found.last_seq + 1 : MAX(c->from, 1);
    bool holds = false;
    if (!has_end)
        report(c, expected, "cut-short",
               "the last line has no end: it was cut, or is being written");
    struct record *r = read_line(c, line, len, expected, &holds);
    if (r && !repeats(c, r))
        take(c, r, holds);
    record_free(r);
}

void journal_check_witness(struct journal_check *c, const char *line, size_t len)
{
    bool holds = false;
    struct record *r = read_line(c, line, len, c->witness_last + 1, &holds);
    if (!r)
        return;
    const char *before = g_hash_table_lookup(c->witness, &r->seq);
    if (!r->signature)
        report(c, r->seq, "not-signed", "the witness holds a record that is not signed");
    else if (is_signed(c, r) && before && strcmp(before, r->hash) != 0)
        report(c, r->seq, "witness-differs", "the witness has two records of that number");
    else if (!before && r->seq < c->witness_last)
        report(c, r->seq, "out-of-order", "the witness is not in order");
    c->witness_last = MAX(c->witness_last, r->seq);
    g_hash_table_replace(c->witness, copy_seq(r->seq), g_strdup(r->hash));
    record_free(r);
}

/* --- the end --- */

static int by_number(gconstpointer a, gconstpointer b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void end_witness(struct journal_check *c)
{
    g_autoptr(GList) left = g_list_sort(g_hash_table_get_keys(c->witness), by_number);
    for (GList *l = left; l; l = l->next) {
        int64_t seq = *(int64_t *)l->data;
        if (c->found.records == 0 || seq > c->found.last_seq)
            report(c, c->found.last_seq + 1, "cut-off",
                   "the witness knows record %" G_GINT64_FORMAT ", the log ends before it", seq);
        else if (seq >= c->found.first_seq)
            report(c, seq, "witness-differs", "the witness knows a record that is not in the log");
    }
}

const struct journal_found *journal_check_end(struct journal_check *c)
{
    struct journal_found *f = &c->found;
    if (c->stranger && c->stranger_seq > f->signed_seq)
        report(c, c->stranger_seq, "unknown-key",
               "the record is signed with a key that nobody announced: %s", c->stranger);
    if (c->key && f->signed_seq == 0)
        report(c, f->last_seq, "not-signed", "no record is signed with the key");
    for (guint i = 0; i < c->erased->len; i++)
        if (!g_array_index(c->erased, struct erased, i).is_said)
            report(c, g_array_index(c->erased, struct erased, i).seq, "erasure-unsaid",
                   "the record was erased and no later record says so; give the later files too");
    end_witness(c);
    return f;
}
