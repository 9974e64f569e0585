#include "model/link.h"

#include <string.h>

#define TOKEN_BYTES 16
#define CODES 1000000

static void derive(GBytes *master, const char *purpose, const char *message_key,
                   uint8_t out[DIGEST_SHA256_LEN])
{
    g_autofree char *text = g_strconcat(purpose, "\n", message_key, NULL);
    gsize len = 0;
    const void *key = g_bytes_get_data(master, &len);
    digest_hmac_sha256(key, len, text, strlen(text), out);
}

static void digest_token(const char *token, char digest[LINK_DIGEST_LEN + 1])
{
    g_autofree char *hex = digest_sha256_hex(token, LINK_TOKEN_LEN);
    memcpy(digest, hex, LINK_DIGEST_LEN + 1);
}

void link_make(struct link *l, GBytes *master, const char *message_key)
{
    uint8_t mac[DIGEST_SHA256_LEN];
    derive(master, "liaisond link v1", message_key, mac);
    g_autofree char *token = digest_base64url(mac, TOKEN_BYTES);
    memcpy(l->token, token, sizeof l->token);
    digest_token(l->token, l->digest);
    derive(master, "liaisond code v1", message_key, mac);
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof number; i++)
        number = number << 8 | mac[i];
    g_snprintf(l->code, sizeof l->code, "%0*" G_GUINT64_FORMAT, LINK_CODE_LEN, number % CODES);
}

void link_fingerprint(GBytes *master, char out[LINK_FINGERPRINT_LEN + 1])
{
    gsize len = 0;
    const void *key = g_bytes_get_data(master, &len);
    g_autofree char *hex = digest_sha256_hex(key, len);
    memcpy(out, hex, LINK_FINGERPRINT_LEN);
    out[LINK_FINGERPRINT_LEN] = '\0';
}

GBytes *link_master(const GPtrArray *masters, const char *fingerprint)
{
    for (guint i = 0; masters && i < masters->len; i++) {
        char own[LINK_FINGERPRINT_LEN + 1];
        link_fingerprint(masters->pdata[i], own);
        if (!strcmp(own, fingerprint))
            return masters->pdata[i];
    }
    return NULL;
}

bool link_digest_of(const char *token, char digest[LINK_DIGEST_LEN + 1])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                   "0123456789-_";
    if (strlen(token) != LINK_TOKEN_LEN || strspn(token, alphabet) != LINK_TOKEN_LEN)
        return false;
    digest_token(token, digest);
    return true;
}

static bool is_passed_over(gunichar c)
{
    return g_unichar_isspace(c) || g_unichar_type(c) == G_UNICODE_DASH_PUNCTUATION;
}

static bool read_code(const char *typed, char digits[LINK_CODE_LEN])
{
    size_t n = 0;
    if (!g_utf8_validate(typed, -1, NULL))
        return false;
    for (const char *p = typed; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_passed_over(c))
            continue;
        int digit = g_unichar_digit_value(c);
        if (digit < 0 || n == LINK_CODE_LEN)
            return false;
        digits[n++] = (char)('0' + digit);
    }
    return n == LINK_CODE_LEN;
}

bool link_is_code(const char *typed)
{
    char digits[LINK_CODE_LEN];
    return read_code(typed, digits);
}

bool link_code_is(const struct link *l, const char *typed)
{
    char digits[LINK_CODE_LEN];
    return read_code(typed, digits) && digest_equal(digits, l->code, sizeof digits);
}
