/* liaisonctl evidence, evidence verify: one broadcast as a file that proves itself, and its check,
 * which asks nobody. */
#include "broadcast_id.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "public_key.h"
#include "wire/evidence.h"

int evidence_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    g_autofree char *path = broadcast_path(s, argv[1], "/evidence");
    struct api_answer *answer = path ? command_get(s, path) : NULL;
    bool fine = answer && command_save(answer, "-");
    if (answer)
        api_answer_free(answer);
    return fine ? COMMAND_DONE : COMMAND_FAILED;
}

static void fault(void *ctx, const struct journal_fault *f)
{
    json_t *list = ctx;

    if (f->seq)
        complain("record %lld: %s (%s)", (long long)f->seq, f->sentence, f->code);
    else
        complain("%s (%s)", f->sentence, f->code);
    json_array_append_new(list, json_pack("{s:I, s:s, s:s}", "seq", (json_int_t)f->seq, "code",
                                          f->code, "sentence", f->sentence));
}

static void show_json(const struct evidence_found *f, json_t *list)
{
    command_own_json(json_pack(
        "{s:b, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:O}", "proved", f->faults == 0,
        "broadcast", f->broadcast ? f->broadcast : "", "made", f->made ? f->made : "", "missions",
        (int)f->missions, "records", (int)f->records, "attempts", (int)f->attempts, "accepted",
        (int)f->accepted, "approvals", (int)f->approvals, "answers", (int)f->answers, "versions",
        (int)f->versions, "erased", (int)f->erased, "found", list));
}

static void show(const struct evidence_found *f)
{
    g_autofree char *missions = field_count(f->missions, "mission");
    g_autofree char *attempts = field_count(f->attempts, "attempt");
    g_autofree char *answers = field_count(f->answers, "answer");
    g_autofree char *versions = field_count(f->versions, "other version");

    if (f->faults) {
        out("not proved\n");
        return;
    }
    out("broadcast %s, as of %s\n", f->broadcast, f->made ? f->made : "-");
    out("%s\n", f->headline ? f->headline : "");
    out("%s, %s of which %u were accepted, %s, %s\n", missions, attempts, f->accepted, answers,
        versions);
    if (f->approvals)
        out("a person decided on it\n");
    if (f->erased)
        out("%u records without what was personal, which was erased\n", f->erased);
    out("text, audience and every record are as the journal signed them\n");
}

static int check(const struct session *s, const char *file, const GPtrArray *keys)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    gsize len = 0;
    struct evidence_found found;

    if (!g_file_get_contents(file, &text, &len, &error)) {
        complain("%s", error->message);
        return COMMAND_FAILED;
    }
    json_t *list = json_array();
    evidence_check(text, len, (const char *const *)keys->pdata, fault, list, &found);
    if (s->json)
        show_json(&found, list);
    else
        show(&found);
    int result = found.faults ? COMMAND_FAILED : COMMAND_DONE;
    evidence_found_clear(&found);
    json_decref(list);
    return result;
}

int evidence_verify_run(struct session *s, int argc, char **argv)
{
    g_auto(GStrv) given = NULL;
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    int result = COMMAND_FAILED;
    const GOptionEntry options[] = {
        { "public-key", 'k', 0, G_OPTION_ARG_STRING_ARRAY, &given,
          "Public key that signs the journal, or a file that holds it; again for each", "KEY" },
        G_OPTION_ENTRY_NULL,
    };

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (!given)
        return command_misused(s, "--public-key is missing: nothing proves itself without it");
    for (char **text = given; *text; text++) {
        char *key = NULL;
        if (!public_key_given(*text, &key, &result))
            return result;
        g_ptr_array_add(keys, key);
    }
    g_ptr_array_add(keys, NULL);
    return check(s, argv[1], keys);
}
