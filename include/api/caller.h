/*
 * caller - the address of whoever asks for a public page, for the journal and for limits.
 *
 * Pure.  Behind a reverse proxy that is the last hop of X-Forwarded-For, which is believed only
 * from the networks that the configuration names: anybody may send that header.
 */
#pragma once
#include <glib.h>
#include <sys/socket.h>

/* forwarded: the value of the last X-Forwarded-For, NULL: none.  "" where the peer has no address.
 * Caller frees. */
char *caller_address(const struct sockaddr *peer, const char *forwarded,
                     const GPtrArray *believed /* char * networks */);
/* Whose flood a connection counts to: its network, or "user N" over a UNIX socket; caller frees. */
char *caller_of(int fd);
/* What is limited as one: an IPv4 address, or the /64 of an IPv6 one; caller frees. */
char *caller_network(const char *address);
