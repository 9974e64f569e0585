#include "wire/cap_resource.h"

#include <string.h>

#include "wire/cap_message.h"

#define BASE64 "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

/* Blanks and line ends may stand anywhere within it. */
static char *without_blanks(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));

    for (const char *p = text; *p; p++)
        if (!g_ascii_isspace(*p))
            g_string_append_c(out, *p);
    return g_string_free(out, FALSE);
}

/* NULL: it is none, or empty. */
static GBytes *decode(const char *text)
{
    g_autofree char *code = without_blanks(text);
    size_t len = strlen(code), letters = strspn(code, BASE64);
    size_t padding = strspn(code + letters, "=");
    gsize size;

    if (len == 0 || len % 4 != 0 || padding > 2 || letters + padding != len)
        return NULL;
    guchar *bytes = g_base64_decode(code, &size);
    return g_bytes_new_take(bytes, size);
}

/* CAP 1.2, 3.2.3: the SHA-1 of the content, in hexadecimal. */
static bool has_digest(GBytes *content, const char *stated)
{
    if (!stated)
        return true;
    g_autofree char *digest = g_compute_checksum_for_bytes(G_CHECKSUM_SHA1, content);
    return g_ascii_strcasecmp(digest, stated) == 0;
}

static void gather(const struct cap_info *info, const char *language, const char *place, void *ctx)
{
    for (guint i = 0; i < info->resources->len; i++) {
        const struct cap_resource *r = info->resources->pdata[i];
        GBytes *content = r->deref_uri ? decode(r->deref_uri) : NULL;
        if (content && has_digest(content, r->digest))
            g_ptr_array_add(ctx,
                            resource_new(language, place, r->description, r->mime_type, content));
        else if (content)
            g_bytes_unref(content);
    }
}

GPtrArray *cap_resources(const struct cap_alert *a)
{
    GPtrArray *all = resource_array_new();

    cap_message_each(a, gather, all);
    if (all->len == 0)
        g_clear_pointer(&all, g_ptr_array_unref);
    return all;
}
