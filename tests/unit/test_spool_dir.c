#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"
#include "io/loop.h"
#include "io/spool_dir.h"

#define MAX_BYTES 1000
#define RESULT "{}\n"

struct world {
    struct loop *loop;
    struct spool_dir *dir;
    char *path, *outside;
};

static void told(const char *name, void *ctx)
{
    (void)name;
    (void)ctx;
}

static int setup(void **state)
{
    struct world *w = g_new0(struct world, 1);
    w->path = g_dir_make_tmp("liaisond-spool-XXXXXX", NULL);
    w->outside = g_build_filename(w->path, ".outside", NULL);
    w->loop = loop_new(NULL);
    w->dir = spool_dir_open(w->loop, w->path, told, w, NULL);
    assert_non_null(w->dir);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    spool_dir_close(w->dir);
    loop_free(w->loop);
    folder_remove(w->path);
    g_free(w->outside);
    g_free(w->path);
    g_free(w);
    return 0;
}

/* As another system does it: over whatever stands there. */
static void drop(const struct world *w, const char *name, const char *text)
{
    g_autofree char *to = g_build_filename(w->path, name, NULL);
    assert_true(g_file_set_contents(w->outside, text, -1, NULL));
    assert_int_equal(g_rename(w->outside, to), 0);
}

static void stands(const struct world *w, const char *name, const char *text /* NULL: nothing */)
{
    g_autofree char *path = g_build_filename(w->path, name, NULL), *is = NULL;
    bool there = g_file_get_contents(path, &is, NULL, NULL);
    if (g_strcmp0(there ? is : NULL, text) != 0)
        fail_msg("%s is \"%s\" and not \"%s\"", name, there ? is : "not there",
                 text ? text : "not there");
}

static void takes(struct world *w, const char *name, const char *text)
{
    g_autoptr(GBytes) bytes = spool_dir_read(w->dir, name, MAX_BYTES, NULL);
    assert_non_null(bytes);
    assert_memory_equal(g_bytes_get_data(bytes, NULL), text, strlen(text));
}

static bool put_away(struct world *w, const char *name)
{
    bool replaced = false;
    g_autoptr(GError) error = NULL;
    if (!spool_dir_put_away(w->dir, name, "taken", RESULT, &replaced, &error))
        fail_msg("%s", error->message);
    return replaced;
}

static void what_was_read_stands_beside_its_result(void **state)
{
    struct world *w = *state;
    drop(w, "a.json", "one");
    takes(w, "a.json", "one");
    assert_false(put_away(w, "a.json"));
    stands(w, "a.json", NULL);
    stands(w, "taken/a.json", "one");
    stands(w, "taken/a.json.result", RESULT);
    drop(w, "a.json", "two");
    takes(w, "a.json", "two");
    assert_false(put_away(w, "a.json"));
    stands(w, "taken/a.json", "one");
    stands(w, "taken/a.json.1", "two");
    stands(w, "taken/a.json.1.result", RESULT);
}

static void what_took_its_place_meanwhile_is_not_put_away_with_it(void **state)
{
    struct world *w = *state;
    drop(w, "a.json", "one");
    takes(w, "a.json", "one");
    for (int i = 0; i < 100; i++) /* one of them may get the number that the first had */
        drop(w, "a.json", i < 99 ? "between" : "two");
    assert_true(put_away(w, "a.json"));
    stands(w, "a.json", "two");
    stands(w, "taken/a.json", "one");
    stands(w, "taken/a.json.result", RESULT);
    takes(w, "a.json", "two");
    assert_false(put_away(w, "a.json"));
    stands(w, "a.json", NULL);
    stands(w, "taken/a.json.1", "two");
}

static void what_cannot_be_read_is_put_away_too(void **state)
{
    struct world *w = *state;
    g_autofree char *large = g_strnfill(MAX_BYTES + 1, 'x');
    drop(w, "a.json", large);
    g_autoptr(GError) error = NULL;
    assert_null(spool_dir_read(w->dir, "a.json", MAX_BYTES, &error));
    assert_non_null(error);
    assert_false(put_away(w, "a.json"));
    stands(w, "taken/a.json", large);
    drop(w, "a.json", large);
    g_clear_error(&error);
    assert_null(spool_dir_read(w->dir, "a.json", MAX_BYTES, &error));
    drop(w, "a.json", "small");
    assert_true(put_away(w, "a.json"));
    stands(w, "a.json", "small");
    stands(w, "taken/a.json.1", NULL);
    stands(w, "taken/a.json.1.result", RESULT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_read_stands_beside_its_result),
        TEST(what_took_its_place_meanwhile_is_not_put_away_with_it),
        TEST(what_cannot_be_read_is_put_away_too),
    };
    return cmocka_run_group_tests_name("the spool's folder", tests, NULL, NULL);
}
