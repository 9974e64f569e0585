#include "wire/key_lines.h"

#include <string.h>

/* Strict where GLib's decoder skips what it does not know: a damaged key must not become another
 * key. */
static GBytes *decode_key(const char *text)
{
    size_t len = strlen(text);
    size_t body = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    if (!len || len % 4 || len - body > 2 || strspn(text + body, "=") != len - body)
        return NULL;
    gsize n = 0;
    guchar *bytes = g_base64_decode(text, &n);
    return g_bytes_new_take(bytes, n);
}

GPtrArray *key_lines_parse(const char *text, gsize min_bytes, char **why)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);
        if (!*line || *line == '#')
            continue;
        g_autoptr(GBytes) key = decode_key(line);
        if (!key) {
            *why = g_strdup_printf("line %u: this is not base64", i + 1);
            return NULL;
        }
        if (g_bytes_get_size(key) < min_bytes) {
            *why = g_strdup_printf("line %u: the key has fewer than %" G_GSIZE_FORMAT " bytes",
                                   i + 1, min_bytes);
            return NULL;
        }
        g_ptr_array_add(keys, g_steal_pointer(&key));
    }
    if (keys->len)
        return g_steal_pointer(&keys);
    *why = g_strdup("there is no key in it");
    return NULL;
}
