/*
 * resource - a file that comes with a broadcast: a picture, a sound.
 *
 * Immutable and shared by reference between threads.
 */
#pragma once
#include <glib.h>

struct resource {
    gint refs;         /* atomic */
    char *language;    /* of the text that it belongs to */
    char *place;       /* likewise; NULL: none of its own */
    char *description; /* as its sender wrote it; never NULL */
    char *media_type;  /* likewise */
    GBytes *content;
};

/* Copies the texts, takes the reference of content. */
struct resource *resource_new(const char *language, const char *place, const char *description,
                              const char *media_type, GBytes *content);
struct resource *resource_ref(struct resource *r);
void resource_unref(struct resource *r);
GPtrArray *resource_array_new(void); /* of owned references */
