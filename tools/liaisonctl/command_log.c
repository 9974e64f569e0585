/* liaisonctl log verify, log key: is a delivery log whole, unchanged and signed?  Reads files, asks
 * nobody. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/signing.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "public_key.h"
#include "wire/journal_check.h"

#define FAULTS_SHOWN 50

struct verify {
    const char *file; /* the one being read; NULL: all were */
    gint64 line;
    guint faults;
    json_t *list; /* of the faults that are shown */
    struct journal_check *check;
    bool is_witness;
};

static void fault(void *ctx, const struct journal_fault *f)
{
    struct verify *v = ctx;

    if (++v->faults > FAULTS_SHOWN) {
        if (v->faults == FAULTS_SHOWN + 1)
            complain("more faults are counted but not shown");
        return;
    }
    if (v->file)
        complain("%s:%lld: record %lld: %s (%s)", v->file, (long long)v->line, (long long)f->seq,
                 f->sentence, f->code);
    else
        complain("record %lld: %s (%s)", (long long)f->seq, f->sentence, f->code);
    json_array_append_new(v->list, json_pack("{s:I, s:s, s:s, s:s, s:I}", "seq", (json_int_t)f->seq,
                                             "code", f->code, "sentence", f->sentence, "file",
                                             v->file ? v->file : "", "line",
                                             (json_int_t)(v->file ? v->line : 0)));
}

static void take_line(struct verify *v, char *line, size_t len)
{
    bool has_end = line[len - 1] == '\n';

    if (has_end)
        line[--len] = '\0';
    if (v->is_witness)
        journal_check_witness(v->check, line, len);
    else
        journal_check_line(v->check, line, len, has_end);
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
    if (!v->is_witness)
        journal_check_file(v->check);
    for (v->line = 1; (len = getline(&line, &room, f)) > 0; v->line++)
        take_line(v, line, (size_t)len);
    bool fine = !ferror(f);
    if (!fine)
        complain("read %s: %s", v->file, g_strerror(errno));
    free(line);
    if (f != stdin)
        fclose(f);
    v->file = NULL;
    return fine;
}

static void show_json(const struct verify *v, const struct journal_found *f)
{
    command_own_json(json_pack(
        "{s:b, s:I, s:I, s:I, s:s, s:s, s:i, s:i, s:I, s:s, s:i, s:i, s:O}", "whole",
        f->faults == 0, "records", (json_int_t)f->records, "first_seq", (json_int_t)f->first_seq,
        "last_seq", (json_int_t)f->last_seq, "prev", f->first_prev, "hash", f->last_hash,
        "repeated", (int)f->repeated, "erased", (int)f->erased, "signed_seq",
        (json_int_t)f->signed_seq, "signer", f->signer ? f->signer : "", "witnessed",
        (int)f->witnessed, "faults", (int)f->faults, "found", v->list));
}

static void show_signed(const struct journal_found *f, bool has_key)
{
    long long after = (long long)(f->last_seq - f->signed_seq);

    if (!f->signer) {
        out("nothing is signed: nothing proves that it was not all written anew\n");
        return;
    }
    out("signed up to record %lld with the key %s%s\n", (long long)f->signed_seq, f->signer,
        has_key ? "" : ", which was not checked: give it with --public-key");
    if (after > 0)
        out("%lld after it: nothing proves yet that these are all, or unchanged\n", after);
}

static void show(const struct journal_found *f, bool has_key)
{
    g_autofree char *records = field_count(f->records, "record");
    g_autofree char *faults = field_count(f->faults, "fault");

    if (f->records == 0)
        out("no records\n");
    else
        out("%s, %lld to %lld\n", records, (long long)f->first_seq, (long long)f->last_seq);
    if (*f->first_prev)
        out("goes on from %s\n", f->first_prev);
    if (f->repeated)
        out("%u of them twice, as after a crash\n", f->repeated);
    if (f->erased)
        out("%u of them without what was personal, which was erased\n", f->erased);
    if (f->witnessed)
        out("%u of them are with the witness\n", f->witnessed);
    if (f->records > 0)
        show_signed(f, has_key);
    if (f->faults == 0)
        out("no gap and no changed line; the last hash is %s\n",
            f->records ? f->last_hash : "none");
    else
        out("%s\n", faults);
}

static int verify_all(struct session *s, struct verify *v, char *const *files, const char *key,
                      const char *witness)
{
    bool readable = true;

    v->is_witness = true;
    if (witness)
        readable = verify_file(v, witness);
    v->is_witness = false;
    for (; *files && readable; files++)
        readable = verify_file(v, *files);
    if (!readable)
        return COMMAND_FAILED;
    const struct journal_found *f = journal_check_end(v->check);
    if (s->json)
        show_json(v, f);
    else
        show(f, key != NULL);
    return f->faults ? COMMAND_FAILED : COMMAND_DONE;
}

int log_verify_run(struct session *s, int argc, char **argv)
{
    struct verify v = { .list = json_array() };
    g_autofree char *witness = NULL, *given = NULL, *key = NULL;
    int result = COMMAND_FAILED;
    gint64 from = 0;
    const GOptionEntry options[] = {
        { "from", 'f', 0, G_OPTION_ARG_INT64, &from, "The first record has to be that one", "SEQ" },
        { "public-key", 'k', 0, G_OPTION_ARG_STRING, &given,
          "Public key that signs it, or a file that holds it", "KEY" },
        { "witness", 'w', 0, G_OPTION_ARG_FILENAME, &witness, "What was written to journal.witness",
          "FILE" },
        G_OPTION_ENTRY_NULL,
    };

    if (command_options(s, options, &argc, &argv, 1, -1, &result) &&
        public_key_given(given, &key, &result)) {
        v.check = journal_check_new(key, from, fault, &v);
        result = verify_all(s, &v, argv + 1, key, witness);
        journal_check_free(v.check);
    }
    json_decref(v.list);
    return result;
}

int log_key_run(struct session *s, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL, *why = NULL;
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    if (!g_file_get_contents(argv[1], &text, NULL, &error)) {
        complain("%s", error->message);
        return COMMAND_FAILED;
    }
    struct signing_keys *k = signing_keys_read(text, &why);
    if (!k) {
        complain("%s: %s", argv[1], why);
        return COMMAND_FAILED;
    }
    out("%s\n", signing_public(k, 0));
    signing_keys_unref(k);
    return COMMAND_DONE;
}
