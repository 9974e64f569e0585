/*
 * egress - which addresses a webhook may reach.
 *
 * Inside addresses (loopback, private, link-local, carrier, multicast, reserved, and IPv6 forms
 * that embed or tunnel them) are denied unless one of the allowed networks contains them.
 * IPv4-mapped addresses are unwrapped first.  Source of the list: the IANA special-purpose
 * registries (RFC 6890).
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <sys/socket.h>

struct egress; /* a set of allowed networks */

struct egress *egress_new(const GPtrArray *networks /* char * CIDR */, GError **error);
void egress_free(struct egress *e);
bool egress_allows(const struct egress *e, const struct sockaddr *a);
bool egress_allows_text(const struct egress *e,
                        const char *address); /* numeric; anything else: false */
