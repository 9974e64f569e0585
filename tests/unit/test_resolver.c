#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "io/resolver.h"

struct asker {
    struct loop *loop;
    struct addresses *found;
    unsigned answers, wanted;
};

static void take(struct addresses *a, void *ctx)
{
    struct asker *asker = ctx;
    addresses_unref(asker->found);
    asker->found = a;
    if (++asker->answers == asker->wanted)
        loop_stop(asker->loop);
}

static bool has_loopback(const struct addresses *a)
{
    for (guint i = 0; i < a->n; i++) {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&a->a[i].address;
        if (in->sin_family == AF_INET && ntohl(in->sin_addr.s_addr) == INADDR_LOOPBACK)
            return ntohs(in->sin_port) == 2525;
    }
    return false;
}

static void an_address_is_its_own_answer(void **state)
{
    (void)state;
    struct loop *l = loop_new(NULL);
    struct resolver *r = resolver_new(l);
    struct asker asker = { .loop = l };
    struct addresses *a = resolver_ask(r, "127.0.0.1", 2525, take, &asker);
    assert_non_null(a);
    assert_int_equal(a->n, 1);
    assert_true(has_loopback(a));
    addresses_unref(a);
    a = resolver_ask(r, "::1", 2525, take, &asker);
    assert_non_null(a);
    assert_int_equal(a->a[0].address.ss_family, AF_INET6);
    addresses_unref(a);
    assert_int_equal(asker.answers, 0);
    resolver_free(r);
    loop_free(l);
}

static void a_name_is_looked_up_once_for_all_who_wait_and_kept(void **state)
{
    (void)state;
    struct loop *l = loop_new(NULL);
    struct resolver *r = resolver_new(l);
    struct asker asker = { .loop = l, .wanted = 3 };
    for (int i = 0; i < 3; i++)
        assert_null(resolver_ask(r, "localhost", 2525, take, &asker));
    assert_int_equal(asker.answers, 0); /* never from inside the call */
    loop_run(l);
    assert_non_null(asker.found);
    assert_true(has_loopback(asker.found));
    struct addresses *kept = resolver_ask(r, "localhost", 2525, take, &asker);
    assert_ptr_equal(kept, asker.found);
    addresses_unref(kept);
    resolver_forget(r, "localhost", 2525);
    assert_null(resolver_ask(r, "localhost", 2525, take, &asker));
    asker.wanted = 4;
    loop_run(l);
    assert_non_null(asker.found);
    addresses_unref(asker.found);
    resolver_free(r);
    loop_free(l);
}

static void a_name_that_is_none_has_no_address(void **state)
{
    (void)state;
    struct loop *l = loop_new(NULL);
    struct resolver *r = resolver_new(l);
    struct asker asker = { .loop = l, .wanted = 1 };
    assert_null(resolver_ask(r, "-relay.example", 25, take, &asker));
    loop_run(l);
    assert_null(asker.found);
    resolver_free(r);
    loop_free(l);
}

static void who_does_not_wait_any_more_is_not_told(void **state)
{
    (void)state;
    struct loop *l = loop_new(NULL);
    struct resolver *r = resolver_new(l);
    struct asker gone = { .loop = l }, asker = { .loop = l, .wanted = 1 };
    assert_null(resolver_ask(r, "localhost", 25, take, &gone));
    assert_null(resolver_ask(r, "localhost", 25, take, &asker));
    resolver_stop_waiting(r, &gone);
    loop_run(l);
    assert_int_equal(gone.answers, 0);
    assert_non_null(asker.found);
    addresses_unref(asker.found);
    assert_null(resolver_ask(r, "-relay.example", 25, take, &asker));
    resolver_free(r); /* it is still being looked up */
    loop_free(l);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(an_address_is_its_own_answer),
        cmocka_unit_test(a_name_is_looked_up_once_for_all_who_wait_and_kept),
        cmocka_unit_test(a_name_that_is_none_has_no_address),
        cmocka_unit_test(who_does_not_wait_any_more_is_not_told),
    };
    return cmocka_run_group_tests_name("resolver", cases, NULL, NULL);
}
