/*
 * api_world - a service with its API in a folder of its own, running on a thread of its own.
 *
 * The store, the loop and the API are real; the channels accept everything at once, but an endpoint
 * that ends in "/gone" answers 410; the clock
 * stands at WORLD_NOW.  Offices and desks are those of conf/.  The API listens on a UNIX socket
 * and, handed over as a descriptor, on a TCP port of loopback.  Tests talk to it from outside only.
 */
#pragma once
#include "api_client.h"

#define WORLD_NOW "2026-11-23T14:30:00Z" /* a Monday */

struct world;

struct world *world_start(const char *settings /* of the group api, or "" */);
void world_stop(struct world *w);
const char *world_socket(const struct world *w);
int world_port(const struct world *w);
int world_pages_port(const struct world *w);
unsigned world_sent(const struct world *w); /* what the channels were given */

/* As cmocka wants them: *state is a struct world * without settings. */
int world_setup(void **state);
int world_teardown(void **state);

/* Over the UNIX socket, on a connection of its own.  headers: whole lines with \r\n, or "". */
struct reply world_ask(struct world *w, const char *method, const char *target, const char *headers,
                       const char *body);
struct reply world_get(struct world *w, const char *target);
struct reply world_post(struct world *w, const char *target, const char *json);
/* The same over TCP with a token ("": none). */
struct reply world_ask_tcp(struct world *w, const char *method, const char *target,
                           const char *token, const char *json);
/* Where the public pages are. */
struct reply world_ask_pages(struct world *w, const char *method, const char *target,
                             const char *headers, const char *body);
char *world_token(struct world *w, const char *role); /* a new token; caller frees */
void world_import(struct world *w); /* the small roster: fr-chicago, mx-chicago, jp-honolulu */
extern const char world_missions_csv[], world_representatives_csv[], world_broadcast[];
extern const char world_master_key[]; /* of webhooks and personal links, a line of a key file */
