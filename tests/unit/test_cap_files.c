/* The golden files, and the collected ones where they are at hand. */
#include "cap_case.h"

#define GOLDEN SOURCE_DIR "/tests/golden/cap"
#define DATA SOURCE_DIR "/../shared/data"

/* What the golden files say: every fault, then the broadcast or why it is held. */
static char *account_of(const char *text, size_t len)
{
    struct faults *f = faults_new();
    struct cap_alert *a = cap_read(text, len, CAP_1_0, f);
    struct cap_reading r = { .hold = NULL };
    bool good = a && cap_to_broadcast(a, &r, f);
    g_autofree char *said = faults_to_text(f);
    GString *out = g_string_new(said);

    g_string_append(out, !good ? "refused\n" : r.hold ? "held\n" : "accepted\n");
    if (r.hold)
        g_string_append_printf(out, "%s\n", r.hold);
    if (good) {
        g_autofree char *json = broadcast_json_write(r.broadcast);
        g_string_append_printf(out, "%s\n", json);
        cap_reading_clear(&r);
    }
    cap_alert_free(a);
    faults_free(f);
    return g_string_free(out, FALSE);
}

/* GOLDEN_WRITE=1 writes what is found, to be read before it is committed. */
static void check_golden(const char *name)
{
    g_autofree char *path = g_build_filename(GOLDEN, name, NULL), *text = NULL, *want = NULL;
    g_autofree char *expected = g_strconcat(path, ".expected", NULL);
    gsize len;

    assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_autofree char *got = account_of(text, len);
    if (g_getenv("GOLDEN_WRITE"))
        assert_true(g_file_set_contents(expected, got, -1, NULL));
    if (!g_file_get_contents(expected, &want, NULL, NULL))
        fail_msg("%s has no .expected", name);
    if (strcmp(got, want) != 0)
        fail_msg("%s: got\n%s", name, got);
    const char *verdict = g_str_has_prefix(name, "bad-") ? "refused\n" : "\n{";
    if (!strstr(got, verdict))
        fail_msg("%s is not what its name says", name);
}

static void test_golden(void **state)
{
    g_autoptr(GDir) dir = g_dir_open(GOLDEN, 0, NULL);
    unsigned checked = 0;

    (void)state;
    assert_non_null(dir);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        if (g_str_has_suffix(name, ".expected"))
            continue;
        check_golden(name);
        checked++;
    }
    assert_true(checked >= 15);
}

/* What a word in the column `expect` of the collected files asks of this module: may it be
 * accepted, held, refused?  The either-way ones are decided here. */
static const struct expectation {
    const char *word;
    const char *may; /* of "ahr" */
    const char *why;
} expectations[] = {
    { "accept", "a", "" },
    { "reject", "r", "" },
    { "accept-nodispatch", "a", "status, type and expires tell the flow to send nothing" },
    { "accept-sanitized", "a", "headline and text are cleaned, see text_rows" },
    { "accept-escaped", "a", "whoever prints it escapes it" },
    { "accept-ignore", "ah", "an empty polygon is ignored; where nothing is left it is held" },
    { "accept-no-fetch", "a", "URIs are text here" },
    { "accept-warn", "a", "swapped-coordinates" },
    { "accept-or-hold", "ah", "SAME beside other codes is accepted; no area is held" },
    { "hold-or-reject", "h", "a polygon that crosses itself is held" },
    { "reject-duplicate", "a", "the store knows what was there before" },
    { "accept-or-flag", "a", "another sent is another alert" },
    { "accept-or-reject", "hr", "a pole is held; a leap second is refused" },
    { "reject-or-lenient", "a", "order and Z are warnings: real senders do both" },
    { "reject-or-close", "r", "a ring is not closed by guessing" },
    { "reject-or-truncate", "r", "a text of 3 MB is refused" },
    { "reject-or-bounded", "r", "20,000 references are refused" },
    { "reject-or-415", "r", "the API answers 415 before it comes here" },
    { "accept-or-415", "a", "UTF-16 with its mark is read" },
};

/* Public files that validate by the schema and that we judge invalid. */
static const char *const judged_invalid[][2] = {
    { "google-canada_errors.cap",
      "an Update with empty <references>: CAP 1.2, 3.2.1 has it update the messages named there" },
};

static const char *allowed(const char *file, const char *expect)
{
    for (size_t i = 0; i < G_N_ELEMENTS(judged_invalid); i++)
        if (strcmp(judged_invalid[i][0], file) == 0)
            return "r";
    if (*expect == '\0')
        return "ah"; /* public: accepted, and held where its places are none of ours */
    for (size_t i = 0; i < G_N_ELEMENTS(expectations); i++)
        if (strcmp(expectations[i].word, expect) == 0)
            return expectations[i].may;
    fail_msg("%s: what does “%s” expect?", file, expect);
    return "";
}

static void check_collected(const char *file, const char *expect)
{
    g_autofree char *path = g_build_filename(DATA, "cap", file, NULL), *text = NULL;
    gsize len;
    struct faults *f = faults_new();

    assert_true(g_file_get_contents(path, &text, &len, NULL));
    g_autofree char *got = target_of(text, len, f);
    char verdict = g_str_has_prefix(got, "held")      ? 'h'
                   : g_str_has_prefix(got, "refused") ? 'r'
                                                      : 'a';
    if (!strchr(allowed(file, expect), verdict))
        fail_msg("%s: expected %s, got %s", file, expect, got);
    if (strcmp(expect, "accept-warn") == 0)
        assert_true(f->warnings->len > 0);
    faults_free(f);
}

/* The last but one field of a line of the index; fields before it may be quoted, itself is not. */
static char *expect_of(const char *line)
{
    g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) field = g_string_new(NULL);
    bool quoted = false;

    for (const char *p = line; *p; p++) {
        if (*p == '"') {
            quoted = !quoted;
        } else if (*p == ',' && !quoted) {
            g_ptr_array_add(fields, g_strdup(field->str));
            g_string_truncate(field, 0);
        } else {
            g_string_append_c(field, *p);
        }
    }
    return g_strdup(fields->pdata[fields->len - 1]);
}

static void test_collected(void **state)
{
    g_autofree char *index = NULL;

    (void)state;
    if (!g_file_get_contents(DATA "/cap/index.csv", &index, NULL, NULL)) {
        print_message("skipped: the collected CAP files are not here\n");
        skip();
    }
    g_auto(GStrv) lines = g_strsplit_set(index, "\r\n", -1);
    for (char **line = lines + 1; *line; line++) {
        if (**line == '\0')
            continue;
        g_autofree char *file = g_strndup(*line, strcspn(*line, ",")), *expect = expect_of(*line);
        check_collected(file, expect);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_collected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
