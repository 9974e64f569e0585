/*
 * problem - an error as application/problem+json (RFC 9457), with what is wrong and where.
 */
#pragma once
#include "model/faults.h"
#include <jansson.h>

#define PROBLEM_TYPE "application/problem+json"

const char *problem_status_text(int status); /* "Not Found"; static */
/* type is "urn:liaisond:problem:CODE", or about:blank where code is "".  faults may be NULL. */
json_t *problem_json(int status, const char *code, const char *detail, const struct faults *f);
json_t *problem_faults(const GPtrArray *faults /* struct fault * */); /* [{place, code, detail}] */
