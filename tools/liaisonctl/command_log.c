/* liaisonctl log verify: is a delivery log whole and unchanged?  Reads files, asks nobody. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "field.h"
#include "out.h"
#include "wire/delivery_record.h"

#define FAULTS_SHOWN 50
#define REPEATS_KNOWN 1024 /* more than a crash can make the daemon write again */

struct verify {
    const char *file; /* the one being read */
    gint64 line, records, first_seq, last_seq;
    char first_prev[RECORD_HASH_LEN + 1], last_hash[RECORD_HASH_LEN + 1];
    char known[REPEATS_KNOWN][RECORD_HASH_LEN + 1]; /* of the last records, by seq */
    bool repeating; /* the file begins with what the one before it ends with */
    guint faults, repeated;
};

static void fault(struct verify *v, const char *code, const char *sentence)
{
    if (++v->faults <= FAULTS_SHOWN)
        complain("%s:%lld: %s (%s)", v->file, (long long)v->line, sentence, code);
    else if (v->faults == FAULTS_SHOWN + 1)
        complain("more faults are counted but not shown");
}

/* Is the line what the daemon writes, to the byte, and its hash its own? */
static void check_hash(struct verify *v, const char *line, const struct record *r)
{
    g_autofree char *again = delivery_record_line(r);

    if (!*r->hash)
        fault(v, "no-hash", "the record has no hash");
    else if (strcmp(again, line) != 0 || !delivery_record_holds(r))
        fault(v, "changed", "the hash is not that of the line: it was changed");
}

/* A file that was begun after a crash may say the end of the one before it once more. */
static bool repeats(struct verify *v, const struct record *r)
{
    v->repeating = v->repeating && r->seq <= v->last_seq && r->seq > v->last_seq - REPEATS_KNOWN &&
                   strcmp(v->known[(guint64)r->seq % REPEATS_KNOWN], r->hash) == 0;
    v->repeated += v->repeating;
    return v->repeating;
}

static void check_chain(struct verify *v, const struct record *r)
{
    if (v->records == 0) {
        v->first_seq = r->seq;
        g_strlcpy(v->first_prev, r->prev, sizeof v->first_prev);
        if (r->seq == 1 && *r->prev)
            fault(v, "broken-chain", "the first record of all names one before it");
        return;
    }
    if (r->seq != v->last_seq + 1) {
        g_autofree char *sentence = g_strdup_printf(
            "record %" G_GINT64_FORMAT " follows record %" G_GINT64_FORMAT, r->seq, v->last_seq);
        fault(v, r->seq > v->last_seq ? "gap" : "out-of-order", sentence);
    } else if (strcmp(r->prev, v->last_hash) != 0) {
        fault(v, "broken-chain", "prev is not the hash of the record before it");
    }
}

static void check_line(struct verify *v, const char *line, gsize len)
{
    const char *why = "";
    struct record *r = strlen(line) == len ? delivery_record_parse(line, &why) : NULL;

    if (!r) {
        fault(v, "not-a-record", *why ? why : "the line holds a NUL byte");
        return;
    }
    bool again = repeats(v, r);
    if (!again)
        check_chain(v, r);
    check_hash(v, line, r);
    if (!again) {
        v->records++;
        v->last_seq = r->seq;
        g_strlcpy(v->last_hash, r->hash, sizeof v->last_hash);
        g_strlcpy(v->known[(guint64)r->seq % REPEATS_KNOWN], r->hash, RECORD_HASH_LEN + 1);
    }
    record_free(r);
}

/* False: the file could not be read, which was said. */
static bool verify_file(struct verify *v, const char *file)
{
    FILE *f = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;

    if (!f) {
        complain("open %s: %s", file, g_strerror(errno));
        return false;
    }
    v->file = f == stdin ? "standard input" : file;
    v->repeating = v->records > 0;
    for (v->line = 1; (len = getline(&line, &room, f)) > 0; v->line++) {
        if (line[len - 1] != '\n')
            fault(v, "cut-short", "the last line has no end: it was cut, or is being written");
        else
            line[--len] = '\0';
        check_line(v, line, (gsize)len);
    }
    bool fine = !ferror(f);
    if (!fine)
        complain("read %s: %s", v->file, g_strerror(errno));
    free(line);
    if (f != stdin)
        fclose(f);
    return fine;
}

static void show(const struct session *s, const struct verify *v, bool whole)
{
    if (s->json) {
        json_t *answer =
            json_pack("{s:b, s:I, s:I, s:I, s:s, s:s, s:i, s:i}", "whole", whole, "records",
                      (json_int_t)v->records, "first_seq", (json_int_t)v->first_seq, "last_seq",
                      (json_int_t)v->last_seq, "prev", v->first_prev, "hash", v->last_hash,
                      "repeated", (int)v->repeated, "faults", (int)v->faults);
        char *text = json_dumps(answer, JSON_COMPACT);
        out_json(text, strlen(text));
        free(text);
        json_decref(answer);
        return;
    }
    g_autofree char *records = field_count((gint64)v->records, "record");
    g_autofree char *faults = field_count((gint64)v->faults, "fault");
    if (v->records == 0)
        out("no records\n");
    else
        out("%s, %lld to %lld\n", records, (long long)v->first_seq, (long long)v->last_seq);
    if (*v->first_prev)
        out("goes on from %s\n", v->first_prev);
    if (v->repeated)
        out("%u of them twice, as after a crash\n", v->repeated);
    if (whole)
        out("no gap and no changed line; the last hash is %s\n",
            v->records ? v->last_hash : "none");
    else
        out("%s\n", faults);
}

int log_verify_run(struct session *s, int argc, char **argv)
{
    g_autofree struct verify *v = g_new0(struct verify, 1);
    int result = COMMAND_FAILED;
    bool readable = true;

    if (!command_options(s, NULL, &argc, &argv, 1, -1, &result))
        return result;
    for (int i = 1; i < argc && readable; i++)
        readable = verify_file(v, argv[i]);
    bool whole = readable && v->faults == 0;
    if (readable)
        show(s, v, whole);
    return whole ? COMMAND_DONE : COMMAND_FAILED;
}
