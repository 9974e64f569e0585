/*
 * guess - what the routes behind links and codes tell the gate of their caller.
 *
 * link: digest of the link whose code it is about, NULL: none.  Where the server has ended while a
 * handler waited, nothing is counted any more.
 */
#pragma once
#include "api/request.h"

/* 0: the answer may be looked at, and is a try until it is said what it was, else milliseconds
 * until one may; the server is there. */
int64_t guess_try(const struct api_request *r, const char *link);
void guess_wrong(const struct api_request *r); /* its try, if it was one, stays what it is */
void guess_right(const struct api_request *r, const char *link);
void guess_untried(const struct api_request *r, const char *link);
