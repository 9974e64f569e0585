/*
 * A small log with two keys, an erasure and a witness; every way to tamper with every record of it
 * is tried and has to be found, and the fault has to name the record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/signing.h"
#include "wire/delivery_record.h"
#include "wire/journal_check.h"

#define OLD_SEED "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
#define NEW_SEED "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs="
#define KEYS NEW_SEED "\n" OLD_SEED "\n"

enum { NEW_KEY, OLD_KEY }; /* as they stand in the file */

struct log {
    GPtrArray *records; /* struct record * */
    struct signing_keys *keys;
};

static void append(struct log *l, struct record *r)
{
    const struct record *last =
        l->records->len ? g_ptr_array_index(l->records, l->records->len - 1) : NULL;
    r->seq = last ? last->seq + 1 : 1;
    r->node = g_strdup("n");
    g_strlcpy(r->prev, last ? last->hash : "", sizeof r->prev);
    delivery_record_seal(r, r->prev);
    g_ptr_array_add(l->records, r);
}

static void tell(struct log *l, const char *reply)
{
    struct record *r = record_new("notification.accepted", 1795444200123);
    r->missions = g_strdup("fr-chicago");
    r->recipient = g_strdup("fr-chicago/1");
    r->reply = g_strdup(reply);
    append(l, r);
}

static void sign(struct log *l, const char *event, unsigned key, const char *detail)
{
    const struct record *last = g_ptr_array_index(l->records, l->records->len - 1);
    struct record *r = record_new(event, 1795444200123);
    r->key = g_strdup(signing_public(l->keys, key));
    r->detail = g_strdup(detail);
    r->node = g_strdup("n");
    r->seq = last->seq + 1;
    g_strlcpy(r->prev, last->hash, sizeof r->prev);
    g_autofree char *text = delivery_record_signed_text(r);
    r->signature = signing_sign(l->keys, key, text, strlen(text));
    g_clear_pointer(&r->node, g_free);
    append(l, r);
}

/* 1 2 told, 3 signed by the old key, 4 told and erased, 5 the old key announces the new one, 6
 * signed, 7 says that 4 was erased, 8 signed. */
static struct log *make_log(void)
{
    struct log *l = g_new0(struct log, 1);
    g_autofree char *why = NULL;
    l->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    l->keys = signing_keys_read(KEYS, &why);
    tell(l, "250 first");
    tell(l, "250 second");
    sign(l, "journal.checkpoint", OLD_KEY, NULL);
    tell(l, "250 third");
    sign(l, "journal.key", OLD_KEY, signing_public(l->keys, NEW_KEY));
    sign(l, "journal.checkpoint", NEW_KEY, NULL);
    delivery_record_erase(g_ptr_array_index(l->records, 3));
    struct record *erased = record_new("journal.erased", 1795444200123);
    erased->detail = g_strdup("4");
    append(l, erased);
    sign(l, "journal.checkpoint", NEW_KEY, NULL);
    return l;
}

static void log_free(struct log *l)
{
    g_ptr_array_unref(l->records);
    signing_keys_unref(l->keys);
    g_free(l);
}

static GString *text_of(const struct log *l, bool signed_only)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < l->records->len; i++) {
        const struct record *r = g_ptr_array_index(l->records, i);
        g_autofree char *line = delivery_record_line(r);
        if (!signed_only || r->signature)
            g_string_append_printf(out, "%s\n", line);
    }
    return out;
}

struct outcome {     /* of a check */
    GString *faults; /* "seq code, seq code" */
    gint64 named[64];
    guint n;
    struct journal_found found; /* without its texts */
};

static void note(void *ctx, const struct journal_fault *f)
{
    struct outcome *o = ctx;
    g_string_append_printf(o->faults, "%s%d %s", o->n ? ", " : "", (int)f->seq, f->code);
    if (o->n < G_N_ELEMENTS(o->named))
        o->named[o->n++] = f->seq;
}

static void give(struct journal_check *c, const char *text, size_t len, bool is_witness)
{
    for (const char *at = text, *end = text + len; at < end;) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        g_autofree char *line = g_strndup("", 0);
        size_t n = (size_t)((stop ? stop : end) - at);
        g_free(line);
        line = g_malloc(n + 1);
        memcpy(line, at, n);
        line[n] = '\0';
        if (is_witness)
            journal_check_witness(c, line, n);
        else
            journal_check_line(c, line, n, stop != NULL);
        at += n + 1;
    }
}

static struct outcome check_from(int64_t from, const char *text, size_t len, const char *key,
                                 const GString *witness)
{
    struct outcome o = { .faults = g_string_new(NULL) };
    struct journal_check *c = journal_check_new(key, from, note, &o);
    if (witness)
        give(c, witness->str, witness->len, true);
    journal_check_file(c);
    give(c, text, len, false);
    o.found = *journal_check_end(c);
    o.found.signer = NULL;
    journal_check_free(c);
    return o;
}

static struct outcome check(const char *text, size_t len, const char *key, const GString *witness)
{
    return check_from(1, text, len, key, witness);
}

/* Has to be found, and said of record seq (0: of any). */
static void must_find(const char *what, int64_t seq, const char *text, size_t len, const char *key,
                      const GString *witness)
{
    struct outcome o = check(text, len, key, witness);
    bool named = o.n > 0 && seq == 0;
    for (guint i = 0; i < o.n; i++)
        named = named || o.named[i] == seq;
    if (!named)
        fail_msg("%s: record %d is not named, but \"%s\"", what, (int)seq, o.faults->str);
    g_string_free(o.faults, TRUE);
}

struct bench { /* the log, its text, its witness and the key that began it */
    struct log *log;
    GString *text, *witness;
    GPtrArray *lines; /* char *, without newline */
    const char *key;
};

static int set_up(void **state)
{
    struct bench *b = g_new0(struct bench, 1);
    b->log = make_log();
    b->text = text_of(b->log, false);
    b->witness = text_of(b->log, true);
    b->lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < b->log->records->len; i++)
        g_ptr_array_add(b->lines, delivery_record_line(g_ptr_array_index(b->log->records, i)));
    b->key = signing_public(b->log->keys, OLD_KEY);
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    g_string_free(b->text, TRUE);
    g_string_free(b->witness, TRUE);
    g_ptr_array_unref(b->lines);
    log_free(b->log);
    g_free(b);
    return 0;
}

static GString *join(const GPtrArray *lines)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++)
        g_string_append_printf(out, "%s\n", (char *)g_ptr_array_index(lines, i));
    return out;
}

static void an_untouched_log_is_whole(void **state)
{
    const struct bench *b = *state;
    struct outcome o = check(b->text->str, b->text->len, b->key, b->witness);
    assert_string_equal(o.faults->str, "");
    assert_int_equal(o.found.records, 8);
    assert_int_equal(o.found.signed_seq, 8);
    assert_int_equal(o.found.witnessed, 4);
    assert_int_equal(o.found.erased, 1);
    g_string_free(o.faults, TRUE);
}

/* Every byte: one other value of it, or with LIAISOND_TORTURE set all 255 of them. */
static void a_changed_byte_is_found_in_its_record(void **state)
{
    const struct bench *b = *state;
    g_autofree char *text = g_memdup2(b->text->str, b->text->len + 1);
    unsigned others = getenv("LIAISOND_TORTURE") ? 255 : 1;
    int64_t seq = 1;
    for (size_t i = 0; i < b->text->len; i++) {
        for (unsigned x = 1; x <= others; x++) {
            text[i] = (char)(b->text->str[i] ^ (others > 1 ? x : 1u << i % 8));
            g_autofree char *what = g_strdup_printf("byte %zu", i);
            must_find(what, seq, text, b->text->len, b->key, b->witness);
        }
        text[i] = b->text->str[i];
        seq += text[i] == '\n';
    }
}

/* The same record in other words: its hash would hold. */
static void a_line_that_is_written_otherwise_is_found(void **state)
{
    const struct bench *b = *state;
    for (guint i = 0; i < b->lines->len; i++) {
        g_autoptr(GPtrArray) other = g_ptr_array_copy(b->lines, NULL, NULL);
        g_ptr_array_set_free_func(other, NULL);
        const char *line = g_ptr_array_index(b->lines, i);
        g_autofree char *spaced = g_strdup_printf("{ %s", line + 1);
        other->pdata[i] = spaced;
        g_autoptr(GString) text = join(other);
        must_find("written otherwise", i + 1, text->str, text->len, b->key, b->witness);
    }
}

static void a_dropped_record_is_found(void **state)
{
    const struct bench *b = *state;
    for (guint i = 0; i < b->lines->len; i++) {
        g_autoptr(GPtrArray) some = g_ptr_array_copy(b->lines, NULL, NULL);
        g_ptr_array_set_free_func(some, NULL);
        g_ptr_array_remove_index(some, i);
        g_autoptr(GString) text = join(some);
        must_find("dropped", i + 1, text->str, text->len, b->key, b->witness);
    }
}

static void a_record_that_is_there_twice_is_found(void **state)
{
    const struct bench *b = *state;
    for (guint i = 0; i < b->lines->len; i++) {
        for (guint at = 0; at <= b->lines->len; at++) {
            g_autoptr(GPtrArray) more = g_ptr_array_copy(b->lines, NULL, NULL);
            g_ptr_array_set_free_func(more, NULL);
            g_ptr_array_insert(more, (int)at, g_ptr_array_index(b->lines, i));
            g_autoptr(GString) text = join(more);
            must_find("twice", i + 1, text->str, text->len, b->key, b->witness);
        }
    }
}

static void two_records_that_changed_places_are_found(void **state)
{
    const struct bench *b = *state;
    for (guint i = 0; i < b->lines->len; i++) {
        for (guint k = i + 1; k < b->lines->len; k++) {
            g_autoptr(GPtrArray) other = g_ptr_array_copy(b->lines, NULL, NULL);
            g_ptr_array_set_free_func(other, NULL);
            other->pdata[i] = b->lines->pdata[k];
            other->pdata[k] = b->lines->pdata[i];
            g_autoptr(GString) text = join(other);
            must_find("swapped", i + 1, text->str, text->len, b->key, b->witness);
        }
    }
}

/* At every byte; an end that is cut off at a line's end is the witness's to find. */
static void an_end_that_is_cut_off_is_found(void **state)
{
    const struct bench *b = *state;
    int64_t seq = 1;
    for (size_t i = 0; i < b->text->len; i++) {
        must_find("cut off", seq, b->text->str, i, b->key, b->witness);
        seq += b->text->str[i] == '\n';
    }
}

static void a_cut_beginning_shows_where_the_log_goes_on(void **state)
{
    const struct bench *b = *state;
    const char *rest = strchr(b->text->str, '\n') + 1;
    struct outcome o = check_from(0, rest, strlen(rest), b->key, b->witness);
    assert_string_equal(o.faults->str, "");
    assert_int_equal(o.found.first_seq, 2);
    assert_int_equal(strlen(o.found.first_prev), RECORD_HASH_LEN);
    g_string_free(o.faults, TRUE);
}

static void seal_again(struct log *l, guint from)
{
    for (guint i = from; i < l->records->len; i++) {
        const struct record *before = i ? g_ptr_array_index(l->records, i - 1) : NULL;
        struct record *r = g_ptr_array_index(l->records, i);
        r->seq = (int64_t)i + 1;
        delivery_record_seal(r, before ? before->hash : "");
    }
}

/* Somebody without the key changes a record and makes the chain anew from there. */
static void a_chain_that_was_made_anew_fails_at_the_next_signature(void **state)
{
    static const int next[] = { 3, 3, 3, 5, 5, 6, 8, 8 };
    (void)state;
    for (guint i = 0; i < G_N_ELEMENTS(next); i++) {
        struct log *l = make_log();
        struct record *r = g_ptr_array_index(l->records, i);
        g_free(r->missions);
        r->missions = g_strdup("de-chicago");
        seal_again(l, i);
        g_autoptr(GString) text = text_of(l, false);
        must_find("made anew", next[i], text->str, text->len, signing_public(l->keys, OLD_KEY),
                  NULL);
        log_free(l);
    }
}

/* The same, and what would not fit is left out: only the key and the witness can tell. */
static void a_chain_without_its_signatures_is_found(void **state)
{
    const struct bench *b = *state;
    for (guint from = 0; from < b->lines->len; from++) {
        struct log *l = make_log();
        for (guint i = l->records->len; i > from; i--)
            if (((struct record *)g_ptr_array_index(l->records, i - 1))->signature)
                g_ptr_array_remove_index(l->records, i - 1);
        seal_again(l, from);
        g_autoptr(GString) text = text_of(l, false);
        must_find("unsigned", 0, text->str, text->len, b->key, b->witness);
        if (from < 3)
            must_find("unsigned", 0, text->str, text->len, b->key, NULL);
        log_free(l);
    }
}

static void a_chain_of_another_key_is_found(void **state)
{
    const struct bench *b = *state;
    struct log *l = make_log();
    while (l->records->len > 2)
        g_ptr_array_set_size(l->records, 2);
    sign(l, "journal.checkpoint", NEW_KEY, NULL);
    g_autoptr(GString) text = text_of(l, false);
    struct outcome o = check(text->str, text->len, b->key, NULL);
    assert_string_equal(o.faults->str, "3 unknown-key, 3 not-signed");
    g_string_free(o.faults, TRUE);
    o = check(text->str, text->len, NULL, NULL);
    assert_string_equal(o.faults->str, "");
    g_string_free(o.faults, TRUE);
    log_free(l);
}

static void an_old_key_does_not_sign_after_it_announced_another(void **state)
{
    const struct bench *b = *state;
    struct log *l = make_log();
    sign(l, "journal.checkpoint", OLD_KEY, NULL);
    g_autoptr(GString) text = text_of(l, false);
    struct outcome o = check(text->str, text->len, b->key, NULL);
    assert_string_equal(o.faults->str, "9 unknown-key");
    g_string_free(o.faults, TRUE);
    log_free(l);
}

static void the_newest_key_alone_covers_what_the_old_one_signed(void **state)
{
    const struct bench *b = *state;
    struct outcome o =
        check(b->text->str, b->text->len, signing_public(b->log->keys, NEW_KEY), b->witness);
    assert_string_equal(o.faults->str, "");
    assert_int_equal(o.found.signed_seq, 8);
    g_string_free(o.faults, TRUE);
}

static void an_erasure_that_no_record_tells_of_is_found(void **state)
{
    const struct bench *b = *state;
    for (guint i = 0; i < b->lines->len; i++) {
        struct log *l = make_log();
        struct record *r = g_ptr_array_index(l->records, i);
        if (i != 3) {
            delivery_record_erase(r);
            g_autoptr(GString) text = text_of(l, false);
            must_find("erased", r->seq, text->str, text->len, b->key, NULL);
        }
        log_free(l);
    }
}

static void a_witness_that_was_tampered_with_is_found(void **state)
{
    const struct bench *b = *state;
    g_autoptr(GString) other = g_string_new(b->witness->str);
    for (size_t i = 0; i < other->len; i += 7) {
        other->str[i] ^= 1;
        must_find("witness", 0, b->text->str, b->text->len, b->key, other);
        other->str[i] ^= 1;
    }
}

static const struct range_row {
    const char *name, *text;
    guint n; /* 0: none at all */
} range_rows[] = {
    { "one", "4", 1 },
    { "a range and one", "5-9 12", 2 },
    { "nothing", "", 0 },
    { "a blank at the end", "4 ", 0 },
    { "backwards", "9-5", 0 },
    { "out of order", "5 4", 0 },
    { "twice", "4 4", 0 },
    { "zero", "0", 0 },
    { "no number", "x", 0 },
    { "half a range", "4-", 0 },
    { "a negative one", "-4", 0 },
};

static void ranges_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(range_rows); i++) {
        g_autoptr(GArray) r = journal_ranges_read(range_rows[i].text);
        if ((r ? r->len : 0) != range_rows[i].n)
            fail_msg("%s", range_rows[i].name);
    }
    g_autoptr(GArray) seqs = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const int64_t some[] = { 2, 5, 6, 7, 9, 10 };
    g_array_append_vals(seqs, some, G_N_ELEMENTS(some));
    g_autofree char *text = journal_ranges_write(seqs);
    assert_string_equal(text, "2 5-7 9-10");
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_untouched_log_is_whole),
        T(a_changed_byte_is_found_in_its_record),
        T(a_line_that_is_written_otherwise_is_found),
        T(a_dropped_record_is_found),
        T(a_record_that_is_there_twice_is_found),
        T(two_records_that_changed_places_are_found),
        T(an_end_that_is_cut_off_is_found),
        T(a_cut_beginning_shows_where_the_log_goes_on),
        T(a_chain_that_was_made_anew_fails_at_the_next_signature),
        T(a_chain_without_its_signatures_is_found),
        T(a_chain_of_another_key_is_found),
        T(an_old_key_does_not_sign_after_it_announced_another),
        T(the_newest_key_alone_covers_what_the_old_one_signed),
        T(an_erasure_that_no_record_tells_of_is_found),
        T(a_witness_that_was_tampered_with_is_found),
        T(ranges_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
