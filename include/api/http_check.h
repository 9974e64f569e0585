/*
 * http_check - what evhttp lets through and no honest client sends.
 *
 * Two readers that disagree about where a request ends are how requests are smuggled: ambiguous
 * lengths, missing or double hosts and nameless headers end the connection.
 */
#pragma once
#include <stdbool.h>

struct evhttp_request;

const char *http_check(struct evhttp_request *q, bool has_nul); /* NULL: good, else why; static */
