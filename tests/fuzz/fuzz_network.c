/* Networks and forwarded addresses: what is read holds itself, reads the same once written, and
 * nothing inside is let out. */
#include "api/caller.h"
#include "fuzz_parts.h"
#include "io/egress.h"
#include "io/network.h"
#include <arpa/inet.h>
#include <netinet/in.h>

static void check_network(const char *text)
{
    struct network n, again;

    if (network_parse(text, &n))
        return;
    g_autofree char *address = network_address_text(&n);
    g_assert(n.bits <= 128 && network_contains(&n, &n));
    g_assert(network_parse_address(address, &again));
    g_assert(memcmp(again.address, n.address, sizeof n.address) == 0);
}

static void check_caller(const char *forwarded)
{
    struct sockaddr_in peer = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    g_autoptr(GPtrArray) believed = g_ptr_array_new();
    struct network n;
    g_autofree char *direct = caller_address((struct sockaddr *)&peer, forwarded, believed);

    g_assert_cmpstr(direct, ==, "127.0.0.1");
    g_ptr_array_add(believed, (gpointer) "127.0.0.0/8");
    g_autofree char *hop = caller_address((struct sockaddr *)&peer, forwarded, believed);
    g_assert(network_parse_address(hop, &n));
    g_autofree char *site = caller_network(hop);
    g_assert(!network_parse(site, &n));
}

static bool is_inside(const char *address)
{
    struct in_addr four;
    uint32_t a = inet_pton(AF_INET, address, &four) == 1 ? ntohl(four.s_addr) : 0;

    return a >> 24 == 127 || a >> 24 == 10 || a >> 16 == 0xc0a8 || a >> 20 == 0xac1 ||
           a >> 16 == 0xa9fe;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct egress *outside;
    struct fuzz_input in = fuzz_input(data, size);
    g_autofree char *text = fuzz_piece(&in), *mapped = g_strconcat("::ffff:", text, NULL);

    if (!outside)
        outside = egress_new(NULL, NULL);
    check_network(text);
    check_network(mapped);
    check_caller(text);
    if (is_inside(text))
        g_assert(!egress_allows_text(outside, text) && !egress_allows_text(outside, mapped));
    return 0;
}
