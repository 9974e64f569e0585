#include "base/digest.h"
#include "wire/webhook_message.h"
#include <string.h>

#define KEY_MIN_BYTES 24 /* Standard Webhooks: 24 to 64 */
#define SECRET_PURPOSE "liaisond webhook v1\n"

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

bool webhook_keys_parse(struct webhook_keys *out, const char *text, char **why)
{
    g_autoptr(GPtrArray) masters = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        char *line = g_strstrip(lines[i]);
        if (!*line || *line == '#')
            continue;
        GBytes *key = decode_key(line);
        if (!key || g_bytes_get_size(key) < KEY_MIN_BYTES) {
            *why = g_strdup_printf("line %u: %s", i + 1,
                                   key ? "the key has fewer than 24 bytes" : "this is not base64");
            g_clear_pointer(&key, g_bytes_unref);
            return false;
        }
        g_ptr_array_add(masters, key);
    }
    if (!masters->len) {
        *why = g_strdup("there is no key in it");
        return false;
    }
    out->masters = g_steal_pointer(&masters);
    return true;
}

void webhook_keys_clear(struct webhook_keys *k)
{
    g_clear_pointer(&k->masters, g_ptr_array_unref);
}

char *webhook_message_secret(const GBytes *master, const char *endpoint)
{
    gsize len = 0;
    const void *key = g_bytes_get_data((GBytes *)master, &len);
    g_autofree char *purpose = g_strconcat(SECRET_PURPOSE, endpoint, NULL);
    uint8_t secret[DIGEST_SHA256_LEN];
    digest_hmac_sha256(key, len, purpose, strlen(purpose), secret);
    g_autofree char *base64 = g_base64_encode(secret, sizeof secret);
    return g_strconcat("whsec_", base64, NULL);
}
