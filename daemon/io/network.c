#include "io/network.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static void set_v4(struct network *n, const void *four_bytes)
{
    memcpy(n->address, mapped_prefix, 12);
    memcpy(n->address + 12, four_bytes, 4);
    n->bits = 128;
    n->v4 = true;
}

static void set_v6(struct network *n, const void *sixteen_bytes)
{
    memcpy(n->address, sixteen_bytes, 16);
    n->bits = 128;
    n->v4 = memcmp(n->address, mapped_prefix, 12) == 0;
}

bool network_of(const struct sockaddr *a, struct network *out)
{
    if (a->sa_family == AF_INET)
        set_v4(out, &((const struct sockaddr_in *)(const void *)a)->sin_addr);
    else if (a->sa_family == AF_INET6)
        set_v6(out, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
    else
        return false;
    return true;
}

bool network_parse_address(const char *text, struct network *out)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, text, &four) == 1)
        set_v4(out, &four);
    else if (inet_pton(AF_INET6, text, &six) == 1)
        set_v6(out, &six);
    else
        return false;
    return true;
}

static bool has_host_bits(const struct network *n)
{
    for (unsigned bit = n->bits; bit < 128; bit++)
        if (n->address[bit / 8] & (0x80 >> bit % 8))
            return true;
    return false;
}

const char *network_parse(const char *text, struct network *out)
{
    const char *slash = strchr(text, '/');
    g_autofree char *address = slash ? g_strndup(text, slash - text) : g_strdup(text);
    if (!network_parse_address(address, out))
        return "not a network such as 192.0.2.0/24 or 2001:db8::/32";
    if (!slash)
        return NULL;
    guint64 bits;
    bool written_v4 = out->v4 && !strchr(address, ':');
    if (!g_ascii_string_to_unsigned(slash + 1, 10, 0, written_v4 ? 32 : 128, &bits, NULL))
        return "the length after the slash is not a number up to 32, or 128 for IPv6";
    out->bits = (unsigned)bits + (written_v4 ? 96 : 0);
    out->v4 = out->v4 && out->bits >= 96;
    return has_host_bits(out) ? "the address has bits beyond the length after the slash" : NULL;
}

bool network_contains(const struct network *n, const struct network *a)
{
    unsigned whole = n->bits / 8, rest = n->bits % 8;
    uint8_t mask = (uint8_t)(0xff00 >> rest);
    return n->v4 == a->v4 && memcmp(n->address, a->address, whole) == 0 &&
           (rest == 0 || ((n->address[whole] ^ a->address[whole]) & mask) == 0);
}

char *network_address_text(const struct network *a)
{
    char text[INET6_ADDRSTRLEN];
    const char *made = a->v4 ? inet_ntop(AF_INET, a->address + 12, text, sizeof text)
                             : inet_ntop(AF_INET6, a->address, text, sizeof text);
    return g_strdup(made);
}
