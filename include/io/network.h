/*
 * network - IP addresses and networks, IPv4 and IPv6 in one form.
 *
 * Pure.  An IPv4-mapped IPv6 address is the IPv4 address; an IPv6 network, however wide, never
 * contains an IPv4 address.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* IPv4 lives in the last four bytes of ::ffff:0:0/96; bits counts from the first of 16 bytes. */
struct network {
    uint8_t address[16];
    unsigned bits; /* 128: one address */
    bool v4;
};

bool network_of(const struct sockaddr *a, struct network *out); /* false: neither IPv4 nor IPv6 */
bool network_parse_address(const char *text, struct network *out); /* numeric, one address */
/* "192.0.2.0/24", "2001:db8::/32" or an address.  NULL, or what is wrong with it (static). */
const char *network_parse(const char *text, struct network *out);
bool network_contains(const struct network *n, const struct network *a);
/* The address as text, IPv4 in its own form; caller frees. */
char *network_address_text(const struct network *a);
