/*
 * fuzz_parts - what several targets share: an input cut into pieces, and text that may be shown.
 */
#pragma once
#include "fuzz_target.h"
#include <glib.h>
#include <stdbool.h>
#include <string.h>

struct fuzz_input {
    const char *at;
    size_t left;
};

static inline struct fuzz_input fuzz_input(const uint8_t *data, size_t size)
{
    return (struct fuzz_input){ (const char *)data, size };
}

/* The next piece, up to a NUL, as a string; "" when nothing is left.  Caller frees. */
static inline char *fuzz_piece(struct fuzz_input *in)
{
    const char *end = in->left ? memchr(in->at, 0, in->left) : NULL;
    size_t len = end ? (size_t)(end - in->at) : in->left;
    char *piece = g_strndup(in->at, len);
    in->at += len + (end != NULL);
    in->left -= len + (end != NULL);
    return piece;
}

/* A character that a terminal acts on, or that makes text read otherwise than it is stored. */
static inline bool fuzz_is_dangerous(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029 || c == 0x61c ||
           c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

/* Aborts unless all of it is UTF-8 and nothing in it dangerous but the characters of except. */
static inline void fuzz_check_shown(const char *text, size_t len, const char *except)
{
    g_assert(g_utf8_validate(text, (gssize)len, NULL));
    for (const char *p = text; p < text + len; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_assert(!fuzz_is_dangerous(c) || (c < 0x80 && c && strchr(except, (int)c)));
    }
}
