/*
 * page_reply - answers to strangers as pages.
 */
#pragma once
#include "api/request.h"
#include "wire/page.h"

/* A path of the pages as their readers see it: acknowledge.base_url may have one of its own; caller
 * frees. */
char *page_path(const struct api_request *r, const char *path);
void page_reply(struct api_request *r, int status, char *html /* taken */);
/* In the reader's language: 404, 503 with Retry-After, or 429 where there is wait_ms to wait. */
void page_reply_plain(struct api_request *r, enum page_plain kind, int64_t wait_ms);
/* 429, as a page where the route's answers are pages, else as a problem. */
void page_reply_too_many(struct api_request *r, int64_t wait_ms);
