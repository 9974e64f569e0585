/* Golden and collected files: read, written, read again, and judged by the schema. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>

#include "wire/cap_broadcast.h"

#define DATA SOURCE_DIR "/../shared/data/cap"

/* What is read is written, and reads back the same; the schema agrees, where both are at hand. */
static void check_written(const char *name, const char *text, size_t len)
{
    struct faults *f = faults_new();
    struct cap_alert *a = cap_read(text, len, CAP_1_0, f);

    if (a) {
        g_autofree char *once = cap_write(a);
        struct cap_alert *again = cap_read(once, strlen(once), CAP_1_2, f);
        if (!again) {
            g_autofree char *said = faults_to_text(f);
            fail_msg("%s: %s\n%s", name, said, once);
        }
        g_autofree char *twice = cap_write(again);
        assert_string_equal(once, twice);
        cap_alert_free(again);
    }
    cap_alert_free(a);
    faults_free(f);
}

static void test_lists_are_quoted(void **state)
{
    struct cap_alert *a = cap_alert_new();

    (void)state;
    g_ptr_array_add(a->incidents, g_strdup("plain\"one"));
    g_ptr_array_add(a->incidents, g_strdup("with blank"));
    g_ptr_array_add(a->incidents, g_strdup("\"said\""));
    g_autofree char *text = cap_write(a);
    assert_non_null(strstr(text, "<incidents>plain\"one \"with blank\" \"'said'\"</incidents>"));
    cap_alert_free(a);
}

static void for_each_file(const char *folder, void (*call)(const char *, const char *, size_t))
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;) {
        g_autofree char *path = g_build_filename(folder, name, NULL), *text = NULL;
        gsize len;
        if (!g_str_has_suffix(name, ".expected") && g_file_get_contents(path, &text, &len, NULL))
            call(path, text, len);
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    for_each_file(SOURCE_DIR "/tests/golden/cap", check_written);
    for_each_file(DATA, check_written);
    for_each_file(SOURCE_DIR "/../shared/data/scenarios", check_written);
}

/* The same by way of a broadcast, which is how one that came as JSON is written. */
static void add_rebuilt(const struct cap_alert *a, const char *base)
{
    g_autofree char *to = g_strconcat("written/rebuilt-", base, ".xml", NULL);
    struct faults *f = faults_new();
    struct cap_reading r;

    if (cap_to_broadcast(a, &r, f)) {
        struct cap_alert *rebuilt = cap_from_broadcast(r.broadcast);
        g_autofree char *written = cap_write(rebuilt);
        assert_true(g_file_set_contents(to, written, -1, NULL));
        cap_alert_free(rebuilt);
        cap_reading_clear(&r);
    }
    faults_free(f);
}

static void add_written(const char *path, const char *text, size_t len)
{
    g_autofree char *to = NULL;
    struct faults *f = faults_new();
    struct cap_alert *a = cap_read(text, len, CAP_1_0, f);

    if (a) {
        g_autofree char *base = g_path_get_basename(path), *written = cap_write(a);
        to = g_strconcat("written/", base, ".xml", NULL);
        assert_true(g_file_set_contents(to, written, -1, NULL));
        add_rebuilt(a, base);
    }
    cap_alert_free(a);
    faults_free(f);
}

#define SCHEMA DATA "/xsd/CAP-v1.2.oasis.xsd"

static bool can_validate(void)
{
    g_autofree char *xmllint = g_find_program_in_path("xmllint");

    return xmllint && g_file_test(SCHEMA, G_FILE_TEST_EXISTS);
}

/* Everything in the folder "written", which is taken away; 0 when all is valid. */
static int validate(char **said)
{
    static const char script[] =
        "xmllint --nonet --noout --schema \"$0\" written/*; s=$?; rm -r written; exit $s";
    char *argv[] = { "sh", "-c", (char *)script, SCHEMA, NULL };
    int status = -1;

    assert_true(g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL,
                             NULL, NULL, NULL, said, &status, NULL));
    return status;
}

static void test_written_is_valid(void **state)
{
    (void)state;
    if (!can_validate()) { /* before anything is allocated: skip() does not come back */
        print_message("skipped: xmllint or the schema of CAP 1.2 is not here\n");
        skip();
    }
    g_autofree char *scratch = g_dir_make_tmp("liaisond-cap-XXXXXX", NULL), *said = NULL;
    g_autofree char *before = g_get_current_dir();
    assert_int_equal(g_chdir(scratch), 0);
    assert_int_equal(g_mkdir("written", 0700), 0);
    for_each_file(SOURCE_DIR "/tests/golden/cap", add_written);
    for_each_file(DATA, add_written);
    for_each_file(SOURCE_DIR "/../shared/data/scenarios", add_written);
    int status = validate(&said);
    assert_int_equal(g_chdir(before), 0);
    g_rmdir(scratch);
    if (status != 0)
        fail_msg("%s", said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists_are_quoted),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_written_is_valid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
