#include "base/log.h"
#include "base/timestamp.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void keep(const char *line, void *ctx)
{
    g_ptr_array_add(ctx, g_strdup(line));
}

static int open_sink(void **state)
{
    *state = g_ptr_array_new_with_free_func(g_free);
    log_set_level(LOG_LEVEL_INFO);
    log_set_sink(keep, *state);
    return 0;
}

static int close_sink(void **state)
{
    log_set_sink(NULL, NULL);
    g_ptr_array_unref(*state);
    return 0;
}

static void line_is_time_level_event_and_fields(void **state)
{
    GPtrArray *lines = *state;
    log_event(LOG_LEVEL_WARN, "store.full", LOG_STR("path", "/var/lib/x"),
              LOG_INT("free_bytes", -5));
    log_event(LOG_LEVEL_INFO, "ready");
    assert_int_equal(lines->len, 2);
    g_auto(GStrv) words = g_strsplit(lines->pdata[0], " ", 2);
    struct timestamp t;
    assert_true(timestamp_parse(words[0], &t, NULL));
    assert_string_equal(words[1], "warn store.full path=/var/lib/x free_bytes=-5");
    assert_true(g_str_has_suffix(lines->pdata[1], "Z info ready"));
}

static void values_cannot_break_out(void **state)
{
    static const struct {
        const char *name, *value, *want;
    } rows[] = {
        { "a plain value is bare", "451", "v=451" },
        { "blanks are quoted", "451 try later", "v=\"451 try later\"" },
        { "empty is quoted", "", "v=\"\"" },
        { "absent is empty", NULL, "v=\"\"" },
        { "quotes are escaped", "say \"hi\"", "v=\"say \\\"hi\\\"\"" },
        { "no second field", "1 admin=yes", "v=\"1 admin=yes\"" },
        { "a backslash cannot eat the quote", "a\\", "v=\"a\\\\\"" },
        { "no second line", "a\nb", "v=a\\x0ab" },
        { "no escape sequence", "\033[2J", "v=\\x1b[2J" },
        { "a written escape is told from ours", "a\\x0ab", "v=\"a\\\\x0ab\"" },
    };
    GPtrArray *lines = *state;
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        print_message("  %s\n", rows[i].name);
        log_event(LOG_LEVEL_INFO, "e", LOG_STR("v", rows[i].value));
        assert_int_equal(lines->len, i + 1);
        assert_string_equal(strstr(lines->pdata[i], "v="), rows[i].want);
    }
}

static void lower_levels_are_left_out(void **state)
{
    GPtrArray *lines = *state;
    log_event(LOG_LEVEL_DEBUG, "a");
    log_set_level(LOG_LEVEL_ERROR);
    log_event(LOG_LEVEL_WARN, "b");
    assert_false(log_writes(LOG_LEVEL_WARN));
    assert_true(log_writes(LOG_LEVEL_ERROR));
    log_event(LOG_LEVEL_ERROR, "c");
    log_set_level(LOG_LEVEL_DEBUG);
    log_event(LOG_LEVEL_DEBUG, "d");
    assert_int_equal(lines->len, 2);
    assert_true(g_str_has_suffix(lines->pdata[0], " error c"));
    assert_true(g_str_has_suffix(lines->pdata[1], " debug d"));
}

static void long_line_is_cut_at_a_character(void **state)
{
    GPtrArray *lines = *state;
    for (int pad = 0; pad < 4; pad++) {
        g_autoptr(GString) value = g_string_new(NULL);
        for (int i = 0; i < pad; i++)
            g_string_append_c(value, 'x');
        for (int i = 0; i < 4000; i++)
            g_string_append(value, "é");
        log_event(LOG_LEVEL_INFO, "e", LOG_STR("v", value->str));
        const char *line = lines->pdata[pad];
        assert_true(strlen(line) < 4096 && strlen(line) > 4088);
        assert_true(g_utf8_validate(line, -1, NULL));
        assert_true(g_str_has_suffix(line, "…"));
    }
}

/* Runs body in a child whose standard error is a pipe; what it wrote.  Caller frees. */
static char *stderr_of(void (*body)(int fds[2]))
{
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(fds[1], STDERR_FILENO);
        log_set_sink(NULL, NULL);
        body(fds);
        _exit(0);
    }
    close(fds[1]);
    GString *out = g_string_new(NULL);
    char buffer[4096];
    ssize_t n;
    while ((n = read(fds[0], buffer, sizeof buffer)) > 0)
        g_string_append_len(out, buffer, n);
    close(fds[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    return g_string_free(out, FALSE);
}

static void write_one(int fds[2])
{
    (void)fds;
    log_event(LOG_LEVEL_INFO, "one", LOG_INT("n", 1));
}

static void claim_the_journal_and_write(int fds[2])
{
    struct stat st;
    fstat(fds[1], &st);
    g_autofree char *stream = g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                              (guint64)st.st_dev, (guint64)st.st_ino);
    g_setenv("JOURNAL_STREAM", stream, TRUE);
    log_event(LOG_LEVEL_ERROR, "one", LOG_INT("n", 1));
    log_event(LOG_LEVEL_WARN, "two");
}

/* Fills a pipe that nobody reads, which must not make us wait. */
static void flood(void)
{
    int stalled[2];
    alarm(20);
    if (pipe(stalled) != 0)
        _exit(1);
    dup2(stalled[1], STDERR_FILENO);
    for (int i = 0; i < 5000; i++)
        log_event(LOG_LEVEL_INFO, "flood",
                  LOG_STR("v", "0123456789012345678901234567890123456789"));
}

/* Then the reader is back. */
static void flood_then_write(int fds[2])
{
    flood();
    dup2(fds[1], STDERR_FILENO);
    log_event(LOG_LEVEL_INFO, "after");
}

static void flood_and_fail(int fds[2])
{
    flood();
    log_event(LOG_LEVEL_WARN, "strange");
    log_event(LOG_LEVEL_INFO, "flood");
    for (int i = 0; i < 300; i++)
        log_event(LOG_LEVEL_ERROR, "failed", LOG_INT("n", i));
    log_flush();
    dup2(fds[1], STDERR_FILENO);
    log_flush();
}

static void standard_error_gets_whole_lines(void **state)
{
    (void)state;
    g_autofree char *out = stderr_of(write_one);
    assert_true(g_str_has_suffix(out, "Z info one n=1\n"));
}

static void journal_gets_a_level_and_no_time(void **state)
{
    (void)state;
    g_autofree char *out = stderr_of(claim_the_journal_and_write);
    assert_string_equal(out, "<3>one n=1\n<4>two\n");
}

static void stalled_reader_makes_nobody_wait(void **state)
{
    (void)state;
    g_autofree char *out = stderr_of(flood_then_write);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    assert_int_equal(g_strv_length(lines), 3); /* two and the nothing behind the last newline */
    assert_non_null(strstr(lines[0], " warn log.dropped lines="));
    assert_true(g_str_has_suffix(lines[1], " info after"));
}

static void what_matters_is_not_lost_in_a_flood(void **state)
{
    (void)state;
    g_autofree char *out = stderr_of(flood_and_fail);
    g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
    assert_int_equal(g_strv_length(lines), 256 + 2); /* the count, and the nothing at the end */
    assert_true(g_str_has_suffix(lines[0], " warn strange"));
    for (int i = 1; i < 256; i++) {
        g_autofree char *want = g_strdup_printf(" error failed n=%d", i - 1);
        assert_true(g_str_has_suffix(lines[i], want));
    }
    assert_non_null(strstr(lines[256], " warn log.dropped lines="));
}

int main(void)
{
    /* Before the tests that settle, in this process, whether standard error is the journal. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(journal_gets_a_level_and_no_time),
        cmocka_unit_test(stalled_reader_makes_nobody_wait),
        cmocka_unit_test(what_matters_is_not_lost_in_a_flood),
        cmocka_unit_test(standard_error_gets_whole_lines),
        cmocka_unit_test_setup_teardown(line_is_time_level_event_and_fields, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(values_cannot_break_out, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(lower_levels_are_left_out, open_sink, close_sink),
        cmocka_unit_test_setup_teardown(long_line_is_cut_at_a_character, open_sink, close_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
