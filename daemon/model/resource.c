#include "model/resource.h"

struct resource *resource_new(const char *language, const char *place, const char *description,
                              const char *media_type, GBytes *content)
{
    struct resource *r = g_new0(struct resource, 1);
    r->refs = 1;
    r->language = g_strdup(language);
    r->place = g_strdup(place);
    r->description = g_strdup(description ? description : "");
    r->media_type = g_strdup(media_type ? media_type : "");
    r->content = content;
    return r;
}

struct resource *resource_ref(struct resource *r)
{
    g_atomic_int_inc(&r->refs);
    return r;
}

void resource_unref(struct resource *r)
{
    if (!g_atomic_int_dec_and_test(&r->refs))
        return;
    g_free(r->language);
    g_free(r->place);
    g_free(r->description);
    g_free(r->media_type);
    g_bytes_unref(r->content);
    g_free(r);
}

GPtrArray *resource_array_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)resource_unref);
}
