#include "base/digest.h"
#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <string.h>

/* OpenSSL takes NULL for "go on with what you have", not for an empty input. */
static const void *or_empty(const void *data)
{
    return data ? data : "";
}

/* Looking an algorithm up costs more than a short text's digest: once is enough. */
static const EVP_MD *sha256(void)
{
    static gsize found;
    if (g_once_init_enter(&found)) {
        EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL);
        if (!md)
            g_error("libcrypto has no SHA-256");
        g_once_init_leave(&found, (gsize)md);
    }
    return (const EVP_MD *)found; /* kept until the process ends */
}

/* And so does making a context: each thread keeps one. */
static EVP_MD_CTX *context(void)
{
    static GPrivate own = G_PRIVATE_INIT((GDestroyNotify)EVP_MD_CTX_free);
    EVP_MD_CTX *ctx = g_private_get(&own);
    if (ctx)
        return ctx;
    ctx = EVP_MD_CTX_new();
    if (!ctx)
        g_error("libcrypto has no memory for SHA-256");
    g_private_set(&own, ctx);
    return ctx;
}

void digest_sha256(const void *data, size_t len, uint8_t out[DIGEST_SHA256_LEN])
{
    EVP_MD_CTX *ctx = context();
    if (EVP_DigestInit_ex(ctx, sha256(), NULL) != 1 ||
        EVP_DigestUpdate(ctx, or_empty(data), len) != 1 || EVP_DigestFinal_ex(ctx, out, NULL) != 1)
        g_error("libcrypto cannot compute SHA-256");
}

void digest_hex_to(const void *bytes, size_t len, char *out)
{
    static const char hex[] = "0123456789abcdef";
    const uint8_t *from = bytes;
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = hex[from[i] >> 4];
        out[2 * i + 1] = hex[from[i] & 15];
    }
    out[2 * len] = '\0';
}

char *digest_hex(const void *bytes, size_t len)
{
    char *text = g_malloc(2 * len + 1);
    digest_hex_to(bytes, len, text);
    return text;
}

void digest_sha256_hex_to(const void *data, size_t len, char out[DIGEST_SHA256_HEX + 1])
{
    uint8_t sum[DIGEST_SHA256_LEN];
    digest_sha256(data, len, sum);
    digest_hex_to(sum, sizeof sum, out);
}

char *digest_sha256_hex(const void *data, size_t len)
{
    char *text = g_malloc(DIGEST_SHA256_HEX + 1);
    digest_sha256_hex_to(data, len, text);
    return text;
}

/* One for each thread, for the same reason. */
static EVP_MAC_CTX *hmac(void)
{
    static GPrivate own = G_PRIVATE_INIT((GDestroyNotify)EVP_MAC_CTX_free);
    EVP_MAC_CTX *ctx = g_private_get(&own);
    if (ctx)
        return ctx;
    const OSSL_PARAM params[] = { OSSL_PARAM_construct_utf8_string("digest", (char *)"SHA256", 0),
                                  OSSL_PARAM_construct_end() };
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (!ctx || EVP_MAC_CTX_set_params(ctx, params) != 1)
        g_error("libcrypto has no HMAC-SHA-256");
    g_private_set(&own, ctx);
    return ctx;
}

void digest_hmac_sha256(const void *key, size_t key_len, const void *data, size_t len,
                        uint8_t out[DIGEST_SHA256_LEN])
{
    EVP_MAC_CTX *ctx = hmac();
    size_t n = 0;
    if (EVP_MAC_init(ctx, or_empty(key), key_len, NULL) != 1 ||
        EVP_MAC_update(ctx, or_empty(data), len) != 1 ||
        EVP_MAC_final(ctx, out, &n, DIGEST_SHA256_LEN) != 1)
        g_error("libcrypto cannot compute HMAC-SHA-256");
}

void digest_random(void *out, size_t len)
{
    g_assert(len <= G_MAXINT);
    if (len > 0 && RAND_bytes(out, (int)len) != 1)
        g_error("libcrypto has no randomness to give");
}

/* RFC 4648, 5: the alphabet that is safe in a URL and in a file name. */
char *digest_base64url(const void *data, size_t len)
{
    char *text = g_base64_encode(or_empty(data), len);
    text[strcspn(text, "=")] = '\0';
    return g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
}

char *digest_random_base64url(size_t bytes)
{
    g_autofree guchar *raw = g_malloc(bytes + 1);
    digest_random(raw, bytes);
    char *text = digest_base64url(raw, bytes);
    OPENSSL_cleanse(raw, bytes);
    return text;
}

bool digest_equal(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
