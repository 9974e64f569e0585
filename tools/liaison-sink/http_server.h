/*
 * http_server - an HTTP/1.1 server that takes POSTs to any path and answers 204.
 *
 * Keep-alive, Content-Length and chunked bodies, Expect: 100-continue.  The script is asked once,
 * when the header is complete, so that a rule can act before the body.  Requests that two readers
 * could understand differently (two lengths, no Host, length beside chunked) are answered 400.
 */
#pragma once
#include "conn.h"

extern const struct conn_protocol http_server;
extern const struct conn_protocol https_server; /* the same, under its own name */
