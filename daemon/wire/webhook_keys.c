#include "wire/key_lines.h"
#include "wire/webhook_message.h"
#include <string.h>

#define KEY_MIN_BYTES 24 /* Standard Webhooks: 24 to 64 */
#define SECRET_PURPOSE "liaisond webhook v1\n"

bool webhook_keys_parse(struct webhook_keys *out, const char *text, char **why)
{
    out->masters = key_lines_parse(text, KEY_MIN_BYTES, why);
    return out->masters != NULL;
}

void webhook_keys_clear(struct webhook_keys *k)
{
    g_clear_pointer(&k->masters, g_ptr_array_unref);
}

void webhook_message_key(const GBytes *master, const char *endpoint, uint8_t out[DIGEST_SHA256_LEN])
{
    gsize len = 0;
    const void *key = g_bytes_get_data((GBytes *)master, &len);
    g_autofree char *purpose = g_strconcat(SECRET_PURPOSE, endpoint, NULL);
    digest_hmac_sha256(key, len, purpose, strlen(purpose), out);
}

char *webhook_message_secret(const GBytes *master, const char *endpoint)
{
    uint8_t secret[DIGEST_SHA256_LEN];
    webhook_message_key(master, endpoint, secret);
    g_autofree char *base64 = g_base64_encode(secret, sizeof secret);
    return g_strconcat("whsec_", base64, NULL);
}
