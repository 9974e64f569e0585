#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "folder.h"
#include "io/append_file.h"
#include "io/loop.h"

struct fixture {
    struct loop *loop;
    char *dir, *path;
};

static int set_up(void **state)
{
    struct fixture *f = g_new0(struct fixture, 1);
    f->loop = loop_new(NULL);
    f->dir = g_dir_make_tmp("append-XXXXXX", NULL);
    f->path = g_build_filename(f->dir, "log", NULL);
    *state = f;
    return f->loop && f->dir ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    folder_remove(f->dir);
    loop_free(f->loop);
    g_free(f->dir);
    g_free(f->path);
    g_free(f);
    return 0;
}

static char *content(const char *path)
{
    char *text = NULL;
    g_file_get_contents(path, &text, NULL, NULL);
    return text;
}

static bool put(struct append_file *a, const char *text)
{
    return append_file_write(a, text, strlen(text));
}

static void on_ready(void *ctx)
{
    loop_stop(ctx);
}

static void lines_are_there_after_close(void **state)
{
    struct fixture *f = *state;
    struct append_file *a = append_file_open(f->loop, f->path, NULL, NULL, NULL);
    assert_true(put(a, "one\n"));
    assert_true(put(a, "two\nthree\n"));
    append_file_close(a);
    a = append_file_open(f->loop, f->path, NULL, NULL, NULL);
    assert_true(put(a, "four\n"));
    append_file_close(a);
    g_autofree char *text = content(f->path);
    assert_string_equal(text, "one\ntwo\nthree\nfour\n");
    struct stat st;
    assert_int_equal(stat(f->path, &st), 0);
    assert_int_equal(st.st_mode & 07, 0); /* not for everybody */
}

static void half_a_line_of_a_crash_is_cut_off(void **state)
{
    struct fixture *f = *state;
    g_file_set_contents(f->path, "whole\nhal", -1, NULL);
    g_autofree char *last = append_file_last_line(f->path, NULL);
    assert_string_equal(last, "whole");
    struct append_file *a = append_file_open(f->loop, f->path, NULL, NULL, NULL);
    assert_true(put(a, "next\n"));
    append_file_close(a);
    g_autofree char *text = content(f->path);
    assert_string_equal(text, "whole\nnext\n");
}

static void rotation_goes_on_in_a_new_file(void **state)
{
    struct fixture *f = *state;
    g_autofree char *old = g_strconcat(f->path, ".1", NULL);
    struct append_file *a = append_file_open(f->loop, f->path, NULL, NULL, NULL);
    put(a, "before\n");
    append_file_close(a);
    a = append_file_open(f->loop, f->path, NULL, NULL, NULL);
    g_rename(f->path, old);
    append_file_reopen(a);
    put(a, "after\n");
    append_file_close(a);
    g_autofree char *first = content(old), *second = content(f->path);
    assert_string_equal(first, "before\n");
    assert_string_equal(second, "after\n");
}

/* /dev/full behind a link is a disk without room; pointing the link elsewhere makes room. */
static void full_disk_refuses_then_completes_what_it_took(void **state)
{
    struct fixture *f = *state;
    g_autofree char *real = g_build_filename(f->dir, "real", NULL);
    assert_int_equal(symlink("/dev/full", f->path), 0);
    struct append_file *a = append_file_open(f->loop, f->path, on_ready, f->loop, NULL);
    unsigned taken = 0;
    g_autoptr(GString) want = g_string_new(NULL);
    for (;; taken++) {
        g_autofree char *line = g_strdup_printf("line %u\n", taken);
        if (!put(a, line)) {
            break;
        }
        g_string_append(want, line);
    }
    assert_true(taken > 0);
    assert_false(append_file_drained(a));
    g_unlink(f->path);
    assert_int_equal(symlink(real, f->path), 0);
    append_file_reopen(a);
    loop_run(f->loop); /* until on_ready */
    assert_true(append_file_drained(a));
    assert_true(put(a, "later\n"));
    g_string_append(want, "later\n");
    append_file_close(a);
    g_autofree char *text = content(real);
    assert_string_equal(text, want->str);
}

/* A limit on the size of files is a disk with room for half a line. */
static void set_room(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    setrlimit(RLIMIT_FSIZE, &limit);
}

static struct append_file *open_half_written(struct fixture *f)
{
    signal(SIGXFSZ, SIG_IGN);
    set_room(7);
    struct append_file *a = append_file_open(f->loop, f->path, on_ready, f->loop, NULL);
    assert_true(put(a, "one\ntwo\n"));
    while (put(a, "")) { /* until the failure shows */
        g_thread_yield();
    }
    g_autofree char *half = content(f->path);
    assert_string_equal(half, "one\ntwo");
    return a;
}

static void half_written_line_is_completed(void **state)
{
    struct fixture *f = *state;
    struct append_file *a = open_half_written(f);
    set_room(RLIM_INFINITY);
    loop_run(f->loop);
    assert_true(put(a, "three\n"));
    append_file_close(a);
    g_autofree char *text = content(f->path);
    assert_string_equal(text, "one\ntwo\nthree\n");
}

static void half_written_line_moves_whole_to_the_next_file(void **state)
{
    struct fixture *f = *state;
    g_autofree char *old = g_strconcat(f->path, ".1", NULL);
    struct append_file *a = open_half_written(f);
    g_rename(f->path, old);
    append_file_reopen(a);
    loop_run(f->loop);
    append_file_close(a);
    set_room(RLIM_INFINITY);
    g_autofree char *first = content(old), *second = content(f->path);
    assert_string_equal(first, "one\n");
    assert_string_equal(second, "two\n");
}

static void closing_on_a_full_disk_is_bounded(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(symlink("/dev/full", f->path), 0);
    struct append_file *a = append_file_open(f->loop, f->path, on_ready, f->loop, NULL);
    while (put(a, "line\n")) {
    }
    append_file_close(a);
}

/* On a pipe nobody reads, which is a disk that hangs; as many pieces of 64 KiB as were taken. */
static struct append_file *open_full(struct fixture *f, unsigned *taken)
{
    assert_int_equal(mkfifo(f->path, 0600), 0);
    struct append_file *a = append_file_open(f->loop, f->path, on_ready, f->loop, NULL);
    g_autofree char *line = g_strnfill(64 * 1024, 'x');
    line[64 * 1024 - 1] = '\n';
    for (*taken = 0; append_file_write(a, line, 64 * 1024); ++*taken) {
    }
    return a;
}

static void hanging_disk_fills_the_queue_and_is_abandoned(void **state)
{
    struct fixture *f = *state;
    unsigned taken;
    struct append_file *a = open_full(f, &taken);
    assert_in_range(taken, 64, 66); /* 4 MiB, and what the pipe took */
    FILE *reader = fopen(f->path, "r");
    const struct clock *clock = clock_system();
    int64_t start = clock->monotonic_ms(clock);
    append_file_close(a);
    assert_in_range(clock->monotonic_ms(clock) - start, 1900, 4000);
    char *buf = g_malloc(64 * 1024); /* lets the abandoned thread end, and free what it has */
    for (unsigned i = 0; i < taken; i++) {
        assert_int_equal(fread(buf, 1, 64 * 1024, reader), 64 * 1024);
    }
    assert_int_equal(fread(buf, 1, 1, reader), 0);
    g_free(buf);
    fclose(reader);
}

static void full_queue_is_announced_when_it_has_passed(void **state)
{
    struct fixture *f = *state;
    unsigned taken;
    struct append_file *a = open_full(f, &taken);
    FILE *reader = fopen(f->path, "r");
    g_autofree char *buf = g_malloc(64 * 1024);
    for (unsigned i = 0; i < taken; i++) {
        assert_int_equal(fread(buf, 1, 64 * 1024, reader), 64 * 1024);
    }
    loop_run(f->loop);
    assert_true(put(a, "again\n"));
    append_file_close(a);
    fclose(reader);
}

static const struct last_row {
    const char *name, *text, *want;
} last_rows[] = {
    { "an empty file has no last line", "", NULL },
    { "half a line is no line", "half", NULL },
    { "one line", "one\n", "one" },
    { "two lines", "one\ntwo\n", "two" },
    { "half a line at the end is passed over", "one\ntwo\nthr", "two" },
    { "an empty line is a line", "one\n\n", "" },
};

static void last_line_of_small_files(void **state)
{
    struct fixture *f = *state;
    for (gsize i = 0; i < G_N_ELEMENTS(last_rows); i++) {
        g_file_set_contents(f->path, last_rows[i].text, -1, NULL);
        g_autoptr(GError) error = NULL;
        g_autofree char *line = append_file_last_line(f->path, &error);
        assert_null(error);
        if (g_strcmp0(line, last_rows[i].want) != 0) {
            fail_msg("%s: got %s", last_rows[i].name, line ? line : "none");
        }
    }
    g_autoptr(GError) error = NULL;
    assert_null(append_file_last_line("/nonexistent/log", &error));
    assert_null(error);
    assert_null(append_file_last_line(f->dir, &error));
    assert_non_null(error);
}

/* A sparse terabyte: reading it from the front would take hours. */
static void last_line_of_a_huge_file_reads_the_tail_only(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GString) text = g_string_new("\n");
    for (int i = 0; i < 20000; i++) {
        g_string_append_c(text, 'a' + i % 26); /* longer than the blocks that are read */
    }
    g_autofree char *line = g_strdup(text->str + 1);
    g_string_append(text, "\nhalf");
    int fd = g_open(f->path, O_WRONLY | O_CREAT, 0600);
    if (pwrite(fd, text->str, text->len, (off_t)1 << 40) < 0) { /* too large for this disk */
        assert_true(pwrite(fd, text->str, text->len, (off_t)1 << 32) > 0);
    }
    close(fd);
    g_autofree char *got = append_file_last_line(f->path, NULL);
    assert_string_equal(got, line);
}

static void file_without_line_ends_is_refused(void **state)
{
    struct fixture *f = *state;
    int fd = g_open(f->path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(ftruncate(fd, 100 * 1024 * 1024), 0);
    close(fd);
    g_autoptr(GError) error = NULL;
    assert_null(append_file_open(f->loop, f->path, NULL, NULL, &error));
    assert_non_null(strstr(error->message, "no line ends"));
}

static void folder_that_is_missing_is_named(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GError) error = NULL;
    assert_null(append_file_open(f->loop, "/nonexistent/log", NULL, NULL, &error));
    assert_string_equal(error->message, "open /nonexistent/log: No such file or directory");
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    log_set_level(LOG_LEVEL_ERROR);
    const struct CMUnitTest cases[] = {
        CASE(lines_are_there_after_close),
        CASE(half_a_line_of_a_crash_is_cut_off),
        CASE(rotation_goes_on_in_a_new_file),
        CASE(full_disk_refuses_then_completes_what_it_took),
        CASE(half_written_line_is_completed),
        CASE(half_written_line_moves_whole_to_the_next_file),
        CASE(closing_on_a_full_disk_is_bounded),
        CASE(hanging_disk_fills_the_queue_and_is_abandoned),
        CASE(full_queue_is_announced_when_it_has_passed),
        CASE(last_line_of_small_files),
        CASE(last_line_of_a_huge_file_reads_the_tail_only),
        CASE(file_without_line_ends_is_refused),
        CASE(folder_that_is_missing_is_named),
    };
    return cmocka_run_group_tests_name("append_file", cases, NULL, NULL);
}
