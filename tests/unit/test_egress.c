#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/un.h>

#include <cmocka.h>

#include "io/egress.h"

static const struct row {
    const char *network; /* allowed, NULL: none */
    const char *address;
    bool allowed;
} rows[] = {
    { NULL, "8.8.8.8", true },
    { NULL, "1.0.0.0", true },
    { NULL, "0.0.0.0", false },
    { NULL, "0.255.255.255", false },
    { NULL, "9.255.255.255", true },
    { NULL, "10.0.0.0", false },
    { NULL, "10.255.255.255", false },
    { NULL, "11.0.0.0", true },
    { NULL, "100.63.255.255", true },
    { NULL, "100.64.0.0", false },
    { NULL, "100.127.255.255", false },
    { NULL, "100.128.0.0", true },
    { NULL, "127.0.0.1", false },
    { NULL, "127.255.255.255", false },
    { NULL, "169.254.169.254", false },
    { NULL, "169.253.255.255", true },
    { NULL, "172.15.255.255", true },
    { NULL, "172.16.0.0", false },
    { NULL, "172.31.255.255", false },
    { NULL, "172.32.0.0", true },
    { NULL, "192.0.0.255", false },
    { NULL, "192.0.1.0", true },
    { NULL, "192.168.1.1", false },
    { NULL, "198.17.255.255", true },
    { NULL, "198.18.0.0", false },
    { NULL, "198.19.255.255", false },
    { NULL, "198.20.0.0", true },
    { NULL, "224.0.0.1", false },
    { NULL, "240.0.0.1", false },
    { NULL, "255.255.255.255", false },
    { NULL, "2606:4700::1111", true },
    { NULL, "::", false },
    { NULL, "::1", false },
    { NULL, "::10.1.2.3", false },
    { NULL, "::ffff:127.0.0.1", false },
    { NULL, "::ffff:10.0.0.1", false },
    { NULL, "::ffff:8.8.8.8", true },
    { NULL, "fe80::1", false },
    { NULL, "febf::1", false },
    { NULL, "fc00::1", false },
    { NULL, "fdff::1", false },
    { NULL, "fe00::1", true },
    { NULL, "ff02::1", false },
    { NULL, "64:ff9b::7f00:1", false },
    { NULL, "64:ff9b:1::1", false },
    { NULL, "64:ff9c::1", true },
    { NULL, "2002:7f00:1::", false },
    { NULL, "2001:0:1::1", false },
    { NULL, "2001:1::1", true },
    { "127.0.0.0/8", "127.0.0.1", true },
    { "127.0.0.0/8", "::ffff:127.0.0.1", true },
    { "127.0.0.0/8", "10.0.0.1", false },
    { "127.0.0.0/8", "::1", false },
    { "127.0.0.1", "127.0.0.1", true },
    { "127.0.0.1", "127.0.0.2", false },
    { "10.1.2.0/23", "10.1.3.255", true },
    { "10.1.2.0/23", "10.1.4.0", false },
    { "::ffff:10.0.0.0/104", "10.9.9.9", true },
    { "::1", "::1", true },
    { "fd00:1::/32", "fd00:1:ffff::", true },
    { "fd00:1::/32", "fd00:2::", false },
    { "0.0.0.0/0", "10.0.0.1", true },
    { "0.0.0.0/0", "::1", false },
    { "::/0", "fe80::1", true },
    { "::/0", "127.0.0.1", false }, /* IPv4 is allowed in IPv4's own words only */
    { "::/0", "::ffff:127.0.0.1", false },
    { NULL, "localhost", false },
    { NULL, "8.8.8.8 ", false },
    { NULL, "", false },
};

static bool allows_socket(const struct egress *e, const char *address)
{
    struct sockaddr_in four = { .sin_family = AF_INET };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    if (inet_pton(AF_INET, address, &four.sin_addr) == 1) {
        return egress_allows(e, (struct sockaddr *)&four);
    }
    return inet_pton(AF_INET6, address, &six.sin6_addr) == 1 &&
           egress_allows(e, (struct sockaddr *)&six);
}

static void every_address_is_judged_as_the_table_says(void **state)
{
    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) networks = g_ptr_array_new();
        if (rows[i].network) {
            g_ptr_array_add(networks, (char *)rows[i].network);
        }
        struct egress *e = egress_new(networks, NULL);
        if (egress_allows_text(e, rows[i].address) != rows[i].allowed) {
            fail_msg("%s with %s", rows[i].address, rows[i].network ? rows[i].network : "nothing");
        }
        assert_int_equal(allows_socket(e, rows[i].address), rows[i].allowed);
        egress_free(e);
    }
}

static void other_families_are_never_allowed(void **state)
{
    (void)state;
    struct egress *e = egress_new(NULL, NULL);
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    assert_false(egress_allows(e, (struct sockaddr *)&local));
    egress_free(e);
}

static void a_network_that_is_none_is_named(void **state)
{
    (void)state;
    static const char *const bad[] = { "",           "intranet",     "10.0.0.0/33", "10.0.0.0/",
                                       "10.0.0.0/x", "10.0.0.1/8",   "::/129",      "10.0.0/8",
                                       "fd00::1/8",  "10.0.0.0/8/8", "10.0.0.0/-1" };
    for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GPtrArray) networks = g_ptr_array_new();
        g_ptr_array_add(networks, (char *)bad[i]);
        g_autoptr(GError) error = NULL;
        assert_null(egress_new(networks, &error));
        g_autofree char *quoted = g_strdup_printf("allowed network \"%s\": ", bad[i]);
        assert_non_null(strstr(error->message, quoted));
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(every_address_is_judged_as_the_table_says),
        cmocka_unit_test(other_families_are_never_allowed),
        cmocka_unit_test(a_network_that_is_none_is_named),
    };
    return cmocka_run_group_tests_name("egress", cases, NULL, NULL);
}
