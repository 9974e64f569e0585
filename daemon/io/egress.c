#include "io/egress.h"

#include "io/network.h"

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

static bool any_contains(const GArray *networks, const struct network *a)
{
    for (guint i = 0; i < networks->len; i++)
        if (network_contains(&g_array_index(networks, struct network, i), a))
            return true;
    return false;
}

static bool allows(const struct egress *e, const struct network *a)
{
    return !any_contains(e->denied, a) || any_contains(e->allowed, a);
}

struct egress *egress_new(const GPtrArray *networks, GError **error)
{
    struct egress *e = g_new0(struct egress, 1);
    e->denied = g_array_new(FALSE, FALSE, sizeof(struct network));
    e->allowed = g_array_new(FALSE, FALSE, sizeof(struct network));
    struct network n;
    for (gsize i = 0; i < G_N_ELEMENTS(inside); i++) {
        g_assert(!network_parse(inside[i], &n));
        g_array_append_val(e->denied, n);
    }
    for (guint i = 0; networks && i < networks->len; i++) {
        const char *text = g_ptr_array_index(networks, i);
        const char *wrong = network_parse(text, &n);
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
    return network_of(a, &n) && allows(e, &n);
}

bool egress_allows_text(const struct egress *e, const char *address)
{
    struct network n;
    return network_parse_address(address, &n) && allows(e, &n);
}
