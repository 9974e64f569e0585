/*
 * record_query - the filters of the delivery log, read from a request.
 */
#pragma once
#include "api/request.h"
#include "model/record.h"

/* Strings in f are borrowed from r.  False: answered with 400. */
bool record_query(struct api_request *r, struct record_filter *f, int64_t *after_seq);
