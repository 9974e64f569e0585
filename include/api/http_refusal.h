/*
 * http_refusal - what evhttp refuses on its own, said as everything else is.
 *
 * Headers or a body beyond the limits, another version of HTTP or none, two lengths of one body:
 * evhttp answers with a page of its own before any handler is asked.
 */
#pragma once
#include <event2/buffer.h>

/* out holds what is about to be sent while a request is still being read.  Such a page in it
 * becomes a problem document of the same status; anything else ("100 Continue") stays. */
void http_refusal_mend(struct evbuffer *out);
