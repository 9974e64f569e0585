/* Feeds every file of the folders (or files) named on the command line to the target, in order of
 * name. */
#include <glib.h>
#include <stdio.h>

#include "fuzz_target.h"

static int by_name(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

static unsigned replay_file(const char *path)
{
    g_autofree char *text = NULL;
    gsize len;

    if (!g_file_get_contents(path, &text, &len, NULL)) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 0;
    }
    /* A copy of just its size, so that the sanitizer sees a byte read past the end. */
    g_autofree uint8_t *data = g_malloc(len ? len : 1);
    for (gsize i = 0; i < len; i++)
        data[i] = (uint8_t)text[i];
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(data, len);
    return 1;
}

static unsigned replay_folder(const char *folder)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    unsigned done = 0;

    for (const char *name; dir && (name = g_dir_read_name(dir)) != NULL;)
        g_ptr_array_add(paths, g_build_filename(folder, name, NULL));
    g_ptr_array_sort(paths, by_name);
    for (guint i = 0; i < paths->len; i++)
        done += replay_file(g_ptr_array_index(paths, i));
    return done;
}

int main(int argc, char **argv)
{
    unsigned done = 0;

    for (int i = 1; i < argc; i++)
        done += g_file_test(argv[i], G_FILE_TEST_IS_DIR) ? replay_folder(argv[i])
                                                         : replay_file(argv[i]);
    printf("%u inputs replayed\n", done);
    return done > 0 ? 0 : 1; /* a corpus that is not there is no success */
}
