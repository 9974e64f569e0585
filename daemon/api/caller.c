#include "api/caller.h"

#include "io/network.h"
#include <string.h>
#include <sys/socket.h>

#define HOP_MAX 64          /* bytes of an address as text */
#define SITE_BYTES (64 / 8) /* of an IPv6 address, what one customer has at least */

static bool is_believed(const struct network *peer, const GPtrArray *believed)
{
    struct network n;
    for (guint i = 0; believed && i < believed->len; i++)
        if (!network_parse(g_ptr_array_index(believed, i), &n) && network_contains(&n, peer))
            return true;
    return false;
}

static bool last_hop(const char *forwarded, struct network *out)
{
    const char *comma = strrchr(forwarded, ',');
    const char *hop = comma ? comma + 1 : forwarded;
    if (strlen(hop) > HOP_MAX)
        return false;
    g_autofree char *text = g_strdup(hop);
    return network_parse_address(g_strstrip(text), out);
}

char *caller_address(const struct sockaddr *peer, const char *forwarded, const GPtrArray *believed)
{
    struct network direct, hop;
    if (!network_of(peer, &direct))
        return g_strdup("");
    if (forwarded && is_believed(&direct, believed) && last_hop(forwarded, &hop))
        return network_address_text(&hop);
    return network_address_text(&direct);
}

char *caller_network(const char *address)
{
    struct network n;
    if (!network_parse_address(address, &n) || n.v4)
        return g_strdup(address);
    memset(n.address + SITE_BYTES, 0, sizeof n.address - SITE_BYTES);
    g_autofree char *site = network_address_text(&n);
    return g_strconcat(site, "/64", NULL);
}

char *caller_of(int fd)
{
    struct sockaddr_storage peer = { 0 };
    struct ucred who;
    socklen_t peer_len = sizeof peer, who_len = sizeof who;
    getpeername(fd, (struct sockaddr *)&peer, &peer_len);
    if (peer.ss_family == AF_UNIX && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &who_len) == 0)
        return g_strdup_printf("user %u", who.uid);
    g_autofree char *address = caller_address((struct sockaddr *)&peer, NULL, NULL);
    return caller_network(address);
}
