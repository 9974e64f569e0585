/*
 * admit - who asks, and whether they may: from a routed request to its handler, or to why not.
 *
 * Over the UNIX socket the peer's credentials speak, over TLS a certificate that a grant names,
 * else a bearer token (auth.h).  401: none of these; 403: not the role; 415: another kind of body;
 * 429: a network that guesses at tokens, or a stranger who asks too often (gate.h).
 */
#pragma once
#include "api/request.h"

bool admit_stranger(struct api_request *r); /* of the public pages; false: answered */
void admit(struct api_request *r);          /* runs the handler of r->match, or answers */
