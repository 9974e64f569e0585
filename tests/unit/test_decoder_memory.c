/* Who decodes takes memory from GLib, which never answers that there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <jansson.h>

#include "wire/decoder_memory.h"

static void what_json_takes_is_glibs(void **state)
{
    (void)state;
    json_malloc_t take = NULL;
    json_free_t give = NULL;
    decoder_memory_set();
    json_get_alloc_funcs(&take, &give);
    assert_true(take == g_malloc);
    assert_true(give == g_free);
    json_t *value = json_loads("{\"a\":[1,\"b\"]}", 0, NULL);
    assert_non_null(value);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(what_json_takes_is_glibs) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
