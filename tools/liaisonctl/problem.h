/*
 * problem - what the server did not do, and why, as sentences on standard error.
 */
#pragma once
#include "api_client.h"

/* problem+json as "liaisonctl: PLACE: DETAIL (CODE)", one line a fault. */
void problem_complain(const struct api_answer *answer);
