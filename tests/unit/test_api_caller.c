#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/caller.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

static const struct row {
    const char *name, *peer, *forwarded, *want;
} rows[] = {
    { "without a proxy it is the peer", "198.51.100.7", NULL, "198.51.100.7" },
    { "a header from a stranger is not believed", "198.51.100.7", "203.0.113.9", "198.51.100.7" },
    { "a proxy's last hop is believed", "127.0.0.1", "203.0.113.9", "203.0.113.9" },
    { "hops before the last may be invented", "127.0.0.1", "10.0.0.1, 203.0.113.9 ",
      "203.0.113.9" },
    { "and so may all but the last of many", "127.0.0.1", "10.0.0.1, 198.51.100.1, 203.0.113.9",
      "203.0.113.9" },
    { "a proxy without the header is itself", "127.0.0.1", NULL, "127.0.0.1" },
    { "a last hop that is no address", "127.0.0.1", "203.0.113.9, unknown", "127.0.0.1" },
    { "an empty last hop", "127.0.0.1", "203.0.113.9,", "127.0.0.1" },
    { "a hop with a port is no address", "127.0.0.1", "203.0.113.9:80", "127.0.0.1" },
    { "an IPv6 proxy", "2001:db8:1::1", "2001:db8:2::2", "2001:db8:2::2" },
    { "an IPv4 proxy on an IPv6 socket", "::ffff:127.0.0.1", "203.0.113.9", "203.0.113.9" },
    { "a mapped hop is the IPv4 address", "127.0.0.1", "::ffff:203.0.113.9", "203.0.113.9" },
};

static void put(const char *text, struct sockaddr_storage *out)
{
    struct sockaddr_in *four = (struct sockaddr_in *)out;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)out;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
        out->ss_family = AF_INET;
    } else {
        assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
        out->ss_family = AF_INET6;
    }
}

static void the_address_is_that_of_the_last_one_believed(void **state)
{
    g_autoptr(GPtrArray) believed = g_ptr_array_new();
    (void)state;
    g_ptr_array_add(believed, "127.0.0.0/8");
    g_ptr_array_add(believed, "2001:db8:1::/48");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct sockaddr_storage peer;
        put(rows[i].peer, &peer);
        g_autofree char *got =
            caller_address((struct sockaddr *)&peer, rows[i].forwarded, believed);
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: \"%s\" instead of \"%s\"", rows[i].name, got, rows[i].want);
    }
}

static void a_peer_without_address_has_none(void **state)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    g_autofree char *got = caller_address((struct sockaddr *)&at, "203.0.113.9", NULL);
    (void)state;
    assert_string_equal(got, "");
}

static void addresses_of_one_site_are_one(void **state)
{
    static const struct {
        const char *address, *want;
    } sites[] = {
        { "203.0.113.9", "203.0.113.9" },
        { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64" },
        { "2001:db8:1:2:ffff::1", "2001:db8:1:2::/64" },
        { "2001:db8:1:3::1", "2001:db8:1:3::/64" },
        { "", "" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(sites); i++) {
        g_autofree char *got = caller_network(sites[i].address);
        assert_string_equal(got, sites[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_address_is_that_of_the_last_one_believed),
        cmocka_unit_test(a_peer_without_address_has_none),
        cmocka_unit_test(addresses_of_one_site_are_one),
    };
    return cmocka_run_group_tests_name("caller", tests, NULL, NULL);
}
