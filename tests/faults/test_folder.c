/* A new database is found again after a loss of power: its name is synced before it is used. */
#include "store_fixture.h"

#include <errno.h>
#include <unistd.h>

int __real_fsync(int fd);
int __wrap_fsync(int fd);

static GPtrArray *synced; /* char *, paths in order */
static bool refuse;

int __wrap_fsync(int fd)
{
    g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
    char *path = g_file_read_link(link, NULL);
    if (path)
        g_ptr_array_add(synced, path);
    errno = EIO;
    return refuse ? -1 : __real_fsync(fd);
}

static int setup(void **state)
{
    synced = g_ptr_array_new_with_free_func(g_free);
    refuse = false;
    return fixture_setup_closed(state);
}

static int teardown(void **state)
{
    g_ptr_array_unref(synced);
    return fixture_teardown(state);
}

static void the_names_of_a_new_store_are_synced(void **state)
{
    struct fixture *f = *state;
    g_autofree char *parent = g_path_get_dirname(f->dir);
    fixture_open(f);
    assert_true(synced->len >= 2);
    assert_string_equal(synced->pdata[0], parent);
    assert_string_equal(synced->pdata[1], f->dir);
}

/* The process may have died between making the file and syncing the folder. */
static void the_name_of_a_store_that_is_there_is_synced(void **state)
{
    struct fixture *f = *state;
    fixture_open(f);
    g_ptr_array_set_size(synced, 0);
    fixture_reopen(f);
    assert_true(g_ptr_array_find_with_equal_func(synced, f->dir, g_str_equal, NULL));
}

static void a_folder_that_cannot_be_synced_is_said(void **state)
{
    struct fixture *f = *state;
    const struct store_options o = fixture_options(f);
    g_autoptr(GError) error = NULL;
    refuse = true;
    assert_null(f->ops->open(&o, &error));
    assert_non_null(strstr(error->message, "sync the folder "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_names_of_a_new_store_are_synced),
        TEST(the_name_of_a_store_that_is_there_is_synced),
        TEST(a_folder_that_cannot_be_synced_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
