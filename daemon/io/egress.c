#include "io/egress.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

/* An IPv4 network lives in the last four bytes of ::ffff:0:0/96; bits counts from the first of 16.
 */
struct network {
    uint8_t address[16];
    unsigned bits;
    bool v4; /* an IPv6 network, however wide, never contains an IPv4 address */
};

struct egress {
    GArray *denied, *allowed; /* of struct network */
};

static const char *const inside[] = {
    "0.0.0.0/8",      /* this network */
    "10.0.0.0/8",     /* private */
    "100.64.0.0/10",  /* carrier */
    "127.0.0.0/8",    /* loopback */
    "169.254.0.0/16", /* link-local, cloud metadata */
    "172.16.0.0/12",  /* private */
    "192.0.0.0/24",   /* protocol assignments */
    "192.168.0.0/16", /* private */
    "198.18.0.0/15",  /* benchmarks */
    "224.0.0.0/4",    /* multicast */
    "240.0.0.0/4",    /* reserved, broadcast */
    "::/96",          /* unspecified, loopback, IPv4-compatible */
    "64:ff9b::/96",   /* NAT64 */
    "64:ff9b:1::/48", /* NAT64, local use */
    "2001::/32",      /* Teredo */
    "2002::/16",      /* 6to4 */
    "fc00::/7",       /* unique local */
    "fe80::/10",      /* link-local */
    "fec0::/10",      /* site-local, deprecated */
    "ff00::/8",       /* multicast */
};

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

static bool parse_address(const char *text, struct network *n)
{
    struct in_addr four;
    struct in6_addr six;
    if (inet_pton(AF_INET, text, &four) == 1) {
        set_v4(n, &four);
        return true;
    }
    if (inet_pton(AF_INET6, text, &six) == 1) {
        set_v6(n, &six);
        return true;
    }
    return false;
}

static bool has_host_bits(const struct network *n)
{
    for (unsigned bit = n->bits; bit < 128; bit++) {
        if (n->address[bit / 8] & (0x80 >> bit % 8)) {
            return true;
        }
    }
    return false;
}

/* NULL, or what is wrong with text. */
static const char *parse_network(const char *text, struct network *n)
{
    const char *slash = strchr(text, '/');
    g_autofree char *address = slash ? g_strndup(text, slash - text) : g_strdup(text);
    if (!parse_address(address, n)) {
        return "not a network such as 192.0.2.0/24 or 2001:db8::/32";
    }
    if (!slash) {
        return NULL;
    }
    guint64 bits;
    bool written_v4 = n->v4 && !strchr(address, ':');
    if (!g_ascii_string_to_unsigned(slash + 1, 10, 0, written_v4 ? 32 : 128, &bits, NULL)) {
        return "the length after the slash is not a number up to 32, or 128 for IPv6";
    }
    n->bits = (unsigned)bits + (written_v4 ? 96 : 0);
    n->v4 = n->v4 && n->bits >= 96;
    return has_host_bits(n) ? "the address has bits beyond the length after the slash" : NULL;
}

static bool contains(const GArray *networks, const struct network *a)
{
    for (guint i = 0; i < networks->len; i++) {
        const struct network *n = &g_array_index(networks, struct network, i);
        unsigned whole = n->bits / 8, rest = n->bits % 8;
        uint8_t mask = (uint8_t)(0xff00 >> rest);
        if (n->v4 == a->v4 && memcmp(n->address, a->address, whole) == 0 &&
            (rest == 0 || ((n->address[whole] ^ a->address[whole]) & mask) == 0)) {
            return true;
        }
    }
    return false;
}

static bool allows(const struct egress *e, const struct network *a)
{
    return !contains(e->denied, a) || contains(e->allowed, a);
}

struct egress *egress_new(const GPtrArray *networks, GError **error)
{
    struct egress *e = g_new0(struct egress, 1);
    e->denied = g_array_new(FALSE, FALSE, sizeof(struct network));
    e->allowed = g_array_new(FALSE, FALSE, sizeof(struct network));
    struct network n;
    for (gsize i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_assert(!parse_network(inside[i], &n));
        g_array_append_val(e->denied, n);
    }
    for (guint i = 0; networks && i < networks->len; i++) {
        const char *text = g_ptr_array_index(networks, i);
        const char *wrong = parse_network(text, &n);
        if (wrong) {
            g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "allowed network \"%s\": %s", text,
                        wrong);
            egress_free(e);
            return NULL;
        }
        g_array_append_val(e->allowed, n);
    }
    return e;
}

void egress_free(struct egress *e)
{
    if (e) {
        g_array_unref(e->denied);
        g_array_unref(e->allowed);
        g_free(e);
    }
}

bool egress_allows(const struct egress *e, const struct sockaddr *a)
{
    struct network n;
    if (a->sa_family == AF_INET) {
        set_v4(&n, &((const struct sockaddr_in *)(const void *)a)->sin_addr);
    } else if (a->sa_family == AF_INET6) {
        set_v6(&n, &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
    } else {
        return false;
    }
    return allows(e, &n);
}

bool egress_allows_text(const struct egress *e, const char *address)
{
    struct network n;
    return parse_address(address, &n) && allows(e, &n);
}
