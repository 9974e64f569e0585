#include "wire/roster_csv.h"

#include <string.h>

#include "base/text.h"
#include "wire/csv_rows.h"
#include "wire/roster_fields.h"

#define NO_COLUMN ((size_t)-1)
#define MAX_HEADER_COLUMNS 64

/* What is known of a mission while both files are read. */
struct seen {
    size_t line;
    GArray *ranks; /* struct seen_rank, NULL: none yet */
};
struct seen_rank {
    unsigned rank;
    size_t line;
};

struct import {
    struct roster *roster;
    struct roster_fields *fields;
    GHashTable *seen;   /* mission id -> struct seen *, faulty rows included */
    bool seen_is_whole; /* no mission was lost to a fault of its file */
    struct faults *faults;
    size_t complaints; /* of both files, shown or not */

    /* the file that is read now */
    const char *file;
    const char *const *columns; /* the names it must have, NULL-terminated */
    size_t n_columns, header_len;
    bool has_header, header_is_good;
    bool misses_rows;              /* a row could not be told apart into its fields */
    size_t at[MAX_HEADER_COLUMNS]; /* field of the file -> column, or NO_COLUMN */

    /* the row that is read now */
    size_t line;
    const struct csv_cell *cells; /* NULL: a place is its line */
    bool (*take_row)(struct import *i, const char *const *values);
};

static void seen_free(gpointer p)
{
    struct seen *s = p;

    if (s->ranks)
        g_array_unref(s->ranks);
    g_free(s);
}

static void complain_at(struct import *i, size_t line, size_t column, const char *code,
                        const char *format, ...) G_GNUC_PRINTF(5, 6);

static void complain_at(struct import *i, size_t line, size_t column, const char *code,
                        const char *format, ...)
{
    va_list args;

    if (++i->complaints > ROSTER_CSV_MAX_FAULTS)
        return;
    g_autofree char *place = g_strdup_printf("%s:%zu:%zu", i->file, line, column);
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    faults_add(i->faults, place, code, "%s", detail);
}

/* Where a column of the model stands in this file. */
static size_t field_of(const struct import *i, size_t column)
{
    for (size_t k = 0; k < i->header_len; k++)
        if (i->at[k] == column)
            return k;
    return 0;
}

static void warn_at(struct import *i, size_t line, size_t column, const char *code,
                    const char *detail)
{
    g_autofree char *place = g_strdup_printf("%s:%zu:%zu", i->file, line, column);

    if (i->faults->warnings->len < ROSTER_CSV_MAX_FAULTS)
        faults_warn(i->faults, place, code, "%s", detail);
}

static void complain_column(void *ctx, bool warning, size_t column, const char *code,
                            const char *detail)
{
    struct import *i = ctx;
    size_t field = field_of(i, column);

    if (warning)
        warn_at(i, i->cells[field].line, field + 1, code, detail);
    else
        complain_at(i, i->cells[field].line, field + 1, code, "%s", detail);
}

static size_t column_named(const struct import *i, const char *name)
{
    for (size_t k = 0; k < i->n_columns; k++)
        if (strcmp(i->columns[k], name) == 0)
            return k;
    return NO_COLUMN;
}

static void complain_unknown_column(struct import *i, size_t line, size_t field, const char *name)
{
    g_autofree char *printable = text_printable(name, -1);
    g_autofree char *shown = text_ellipsize(printable, 60);
    const char *meant = text_did_you_mean(name, i->columns);

    if (meant)
        complain_at(i, line, field + 1, "unknown-column",
                    "there is no column \"%s\", did you mean \"%s\"", shown, meant);
    else
        complain_at(i, line, field + 1, "unknown-column", "there is no column \"%s\"", shown);
}

static void check_missing_columns(struct import *i, size_t line)
{
    g_autoptr(GString) missing = g_string_new(NULL);

    for (size_t k = 0; k < i->n_columns; k++) {
        bool found = false;
        for (size_t n = 0; n < i->header_len; n++)
            found |= i->at[n] == k;
        if (!found)
            g_string_append_printf(missing, "%s%s", missing->len ? ", " : "", i->columns[k]);
    }
    if (missing->len == 0)
        return;
    g_autofree char *all = g_strjoinv(",", (char **)i->columns);
    complain_at(i, line, 1, "missing-column", "the header lacks %s; its columns are %s",
                missing->str, all);
}

static void take_header(struct import *i, size_t line, const struct csv_cell *cells, size_t n)
{
    size_t before = i->complaints;

    i->has_header = true;
    i->header_len = MIN(n, MAX_HEADER_COLUMNS);
    if (n > MAX_HEADER_COLUMNS)
        complain_at(i, line, MAX_HEADER_COLUMNS + 1, "unknown-column", "%zu columns are too many",
                    n);
    for (size_t k = 0; k < i->header_len; k++) {
        i->at[k] = column_named(i, cells[k].text);
        if (i->at[k] == NO_COLUMN)
            complain_unknown_column(i, line, k, cells[k].text);
        for (size_t earlier = 0; earlier < k && i->at[k] != NO_COLUMN; earlier++)
            if (i->at[earlier] == i->at[k])
                complain_at(i, line, k + 1, "duplicate-column", "column %s stands twice",
                            cells[k].text);
    }
    check_missing_columns(i, line);
    i->header_is_good = i->complaints == before;
}

static void on_row(void *ctx, size_t line, const struct csv_cell *cells, size_t n)
{
    struct import *i = ctx;
    const char *values[ROSTER_MISSION_COLUMNS];

    if (!i->has_header) {
        take_header(i, line, cells, n);
        return;
    }
    if (!i->header_is_good) /* every row would only repeat what is wrong with the header */
        return;
    if (n != i->header_len) {
        complain_at(i, line, MIN(n, i->header_len) + 1, "field-count",
                    "the row has %zu fields, the header has %zu", n, i->header_len);
        i->misses_rows = true;
        return;
    }
    for (size_t k = 0; k < n; k++)
        values[i->at[k]] = cells[k].text;
    i->line = line;
    i->cells = cells;
    i->take_row(i, values);
}

/* Remembers the id, or says where it stood first. */
static bool note_mission(struct import *i, const char *id)
{
    struct seen *s = g_hash_table_lookup(i->seen, id);

    if (s) {
        size_t field = field_of(i, ROSTER_COLUMN_MISSION);
        g_autofree char *shown = text_printable(id, -1);
        complain_at(i, i->cells[field].line, field + 1, "duplicate-mission",
                    "mission %s stands in line %zu already", shown, s->line);
        return false;
    }
    s = g_new0(struct seen, 1);
    s->line = i->line;
    g_hash_table_insert(i->seen, g_strdup(id), s);
    return true;
}

static bool take_mission(struct import *i, const char *const *values)
{
    struct mission *m = roster_fields_new_mission();
    bool good = true;

    for (size_t k = 0; k < ROSTER_MISSION_COLUMNS; k++)
        good &= roster_fields_set_mission(i->fields, m, k, values[k]);
    if (good)
        good = roster_fields_finish_mission(i->fields, m);
    if (*values[ROSTER_COLUMN_MISSION])
        good &= note_mission(i, values[ROSTER_COLUMN_MISSION]);
    if (good)
        return roster_add(i->roster, m);
    mission_free(m);
    return false;
}

static bool note_rank(struct import *i, const char *id, struct seen *s, unsigned rank)
{
    if (!s->ranks)
        s->ranks = g_array_sized_new(FALSE, FALSE, sizeof(struct seen_rank), 2);
    for (guint k = 0; k < s->ranks->len; k++) {
        const struct seen_rank *earlier = &g_array_index(s->ranks, struct seen_rank, k);
        if (earlier->rank != rank)
            continue;
        size_t field = field_of(i, 1);
        complain_at(i, i->cells[field].line, field + 1, "duplicate-rank",
                    "mission %s has a representative of rank %u in line %zu already", id, rank,
                    earlier->line);
        return false;
    }
    struct seen_rank now = { rank, i->line };
    g_array_append_val(s->ranks, now);
    return true;
}

static bool check_mission_of(struct import *i, const char *id, unsigned rank)
{
    struct seen *s = g_hash_table_lookup(i->seen, id);

    if (s)
        return rank == 0 || note_rank(i, id, s, rank);
    if (!i->seen_is_whole)
        return false;
    size_t field = field_of(i, ROSTER_COLUMN_MISSION);
    complain_at(i, i->cells[field].line, field + 1, "unknown-mission",
                "mission %s is not in the file of missions", id);
    return false;
}

static bool take_representative(struct import *i, const char *const *values)
{
    struct representative *p = roster_fields_new_representative();
    const char *id = values[ROSTER_COLUMN_MISSION];
    const char *why;
    bool good = true;

    bool has_id = roster_fields_set_representative(i->fields, p, ROSTER_COLUMN_MISSION, id);
    for (size_t k = 1; k < ROSTER_REPRESENTATIVE_COLUMNS; k++)
        good &= roster_fields_set_representative(i->fields, p, k, values[k]);
    if (good)
        roster_fields_finish_representative(i->fields, p);
    good &= has_id && check_mission_of(i, id, p->rank);
    /* A mission whose own row is faulty is not in the roster; that was said there. */
    if (good && roster_find(i->roster, id))
        return roster_add_representative(i->roster, id, p, &why);
    representative_free(p);
    return false;
}

/* True when every row was told apart, whatever was wrong inside. */
static bool read_file(struct import *i, const struct roster_csv_file *file,
                      const char *const *columns,
                      bool (*take_row)(struct import *i, const char *const *values))
{
    struct csv_fault fault;

    i->file = file->name;
    i->columns = columns;
    i->n_columns = g_strv_length((char **)columns);
    i->take_row = take_row;
    i->has_header = i->header_is_good = i->misses_rows = false;
    if (file->len > ROSTER_CSV_MAX_BYTES)
        complain_at(i, 1, 1, "too-long", "%zu bytes, at most %d are accepted", file->len,
                    ROSTER_CSV_MAX_BYTES);
    else if (!csv_rows_read(file->text, file->len, on_row, i, &fault))
        complain_at(i, fault.line, fault.column, "syntax", "%s", fault.why);
    else if (!i->has_header)
        complain_at(i, 1, 1, "missing-column",
                    "the file is empty; its first line names the columns");
    else
        return i->header_is_good && !i->misses_rows;
    return false;
}

struct roster *roster_csv_read(const struct roster_csv_file *missions,
                               const struct roster_csv_file *representatives,
                               const struct directory *d, struct faults *f)
{
    struct import i = { .faults = f, .roster = roster_new() };

    i.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, seen_free);
    i.fields = roster_fields_new(d, complain_column, &i);
    i.seen_is_whole = read_file(&i, missions, roster_mission_columns, take_mission);
    read_file(&i, representatives, roster_representative_columns, take_representative);
    if (i.complaints > ROSTER_CSV_MAX_FAULTS)
        faults_add(f, "", "too-many-faults", "and %zu more", i.complaints - ROSTER_CSV_MAX_FAULTS);
    roster_fields_free(i.fields);
    g_hash_table_unref(i.seen);
    if (i.complaints > 0)
        g_clear_pointer(&i.roster, roster_unref);
    return i.roster;
}

static void append_header(GString *out, const char *const *columns)
{
    for (size_t k = 0; columns[k]; k++)
        csv_rows_append(out, columns[k], k == 0);
    g_string_append_c(out, '\n');
}

char *roster_csv_write_missions(const struct roster *r)
{
    GString *out = g_string_sized_new(256 + 200 * roster_count(r));

    append_header(out, roster_mission_columns);
    for (size_t i = 0; i < roster_count(r); i++) {
        for (size_t k = 0; k < ROSTER_MISSION_COLUMNS; k++)
            csv_rows_append(out, roster_fields_mission_text(roster_at(r, i), k), k == 0);
        g_string_append_c(out, '\n');
    }
    return g_string_free(out, FALSE);
}

char *roster_csv_write_representatives(const struct roster *r)
{
    GString *out = g_string_sized_new(256 + 130 * roster_representative_count(r));

    append_header(out, roster_representative_columns);
    for (size_t i = 0; i < roster_count(r); i++) {
        const struct mission *m = roster_at(r, i);
        for (guint n = 0; n < m->representatives->len; n++) {
            const struct representative *p = g_ptr_array_index(m->representatives, n);
            for (size_t k = 0; k < ROSTER_REPRESENTATIVE_COLUMNS; k++)
                csv_rows_append(out, roster_fields_representative_text(m, p, k), k == 0);
            g_string_append_c(out, '\n');
        }
    }
    return g_string_free(out, FALSE);
}
