/*
 * http_check - what evhttp lets through and no honest client sends.
 *
 * Two readers that disagree about where a request ends are how requests are smuggled: ambiguous
 * lengths, missing or double hosts, nameless headers and versions before HTTP/1 end the connection
 * (RFC 9112, 2.3, 3.2, 6.1).
 */
#pragma once
#include <stdbool.h>

struct evhttp_request;

const char *http_check(struct evhttp_request *q, bool has_nul); /* NULL: good, else why; static */
