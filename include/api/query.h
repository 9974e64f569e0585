/*
 * query - what a request asks for beside its body: query parameters, and the Idempotency-Key.
 *
 * Texts belong to the request.  Where an answer is a bool, false means that the request has been
 * answered with 400, which names the parameter, and is gone.
 */
#pragma once
#include "api/request.h"

const char *api_query(const struct api_request *r, const char *name); /* NULL: not given */
/* A whole number from min to max, fallback if not given. */
bool api_query_integer(struct api_request *r, const char *name, int64_t min, int64_t max,
                       int64_t fallback, int64_t *out);
bool api_query_time(struct api_request *r, const char *name, int64_t fallback, int64_t *out_ms);
bool api_query_boolean(struct api_request *r, const char *name, bool *out);
bool api_query_one_of(struct api_request *r, const char *name, const char *const *names);
/* The Idempotency-Key, NULL: not given. */
bool api_idempotency_key(struct api_request *r, const char **key);
