#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/network.h"
#include <glib.h>

static const struct row {
    const char *name, *network, *address;
    bool want;
} rows[] = {
    { "an address inside", "192.0.2.0/24", "192.0.2.255", true },
    { "an address outside", "192.0.2.0/24", "192.0.3.0", false },
    { "a network that ends within a byte", "192.0.2.128/25", "192.0.2.127", false },
    { "one address is a network", "192.0.2.1", "192.0.2.1", true },
    { "everything", "0.0.0.0/0", "203.0.113.9", true },
    { "a mapped address is the IPv4 address", "192.0.2.0/24", "::ffff:192.0.2.9", true },
    { "an IPv6 network", "2001:db8::/32", "2001:db8:ffff::1", true },
    { "all of IPv6 holds no IPv4", "::/0", "192.0.2.1", false },
};

static void networks_contain_their_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct network n, a;
        assert_null(network_parse(rows[i].network, &n));
        assert_true(network_parse_address(rows[i].address, &a));
        if (network_contains(&n, &a) != rows[i].want)
            fail_msg("%s: %s in %s", rows[i].name, rows[i].address, rows[i].network);
    }
}

static void what_is_no_network_is_told(void **state)
{
    static const char *const bad[] = { "",           "host.example", "192.0.2.1/33",
                                       "192.0.2.1/", "192.0.2.1/24", "2001:db8::/129",
                                       "192.0.2/24" };
    struct network n;
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        if (!network_parse(bad[i], &n))
            fail_msg("\"%s\" was taken", bad[i]);
}

static void addresses_are_written_in_their_own_form(void **state)
{
    static const char *const texts[][2] = { { "192.0.2.1", "192.0.2.1" },
                                            { "::ffff:192.0.2.1", "192.0.2.1" },
                                            { "2001:DB8:0::1", "2001:db8::1" } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct network a;
        assert_true(network_parse_address(texts[i][0], &a));
        g_autofree char *got = network_address_text(&a);
        assert_string_equal(got, texts[i][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_contain_their_addresses),
        cmocka_unit_test(what_is_no_network_is_told),
        cmocka_unit_test(addresses_are_written_in_their_own_form),
    };
    return cmocka_run_group_tests_name("network", tests, NULL, NULL);
}
