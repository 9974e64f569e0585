/*
 * Requests that there is no memory for: answered with 503, and nothing is read that is not there.
 */
#include "api_world.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define BODY_BYTES 400000
#define LARGEST_BYTES 200000 /* larger than any piece in which a body comes in */

static gint is_scarce; /* no block of libevent's may be larger */

static void *take(size_t bytes)
{
    return g_atomic_int_get(&is_scarce) && bytes > LARGEST_BYTES ? NULL : malloc(bytes);
}

static void *take_more(void *block, size_t bytes)
{
    return g_atomic_int_get(&is_scarce) && bytes > LARGEST_BYTES ? NULL : realloc(block, bytes);
}

static void a_body_without_memory_is_answered_with_503(void **state)
{
    g_autofree char *body = g_strnfill(BODY_BYTES, ' ');
    memcpy(body, "{}", 2);
    g_atomic_int_set(&is_scarce, 1);
    struct reply r = world_post(*state, "/v1/broadcasts", body);
    g_autofree char *again = reply_header(&r, "Retry-After");
    assert_int_equal(r.status, 503);
    assert_non_null(again);
    assert_non_null(strstr(r.body, "memory"));
    reply_clear(&r);
    g_atomic_int_set(&is_scarce, 0);
    r = world_post(*state, "/v1/broadcasts", body);
    assert_int_equal(r.status, 422); /* it was read */
    reply_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test_setup_teardown(
        a_body_without_memory_is_answered_with_503, world_setup, world_teardown) };
    event_set_mem_functions(take, take_more, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
