#include "base/vault.h"

#include "base/digest.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#define NONCE 12
#define TAG 16
#define ID_LEN 16
#define SECRET_MAX 65536 /* bytes */

static void key_for(GBytes *key, const char *purpose, uint8_t out[DIGEST_SHA256_LEN])
{
    g_autofree char *text = g_strconcat("liaisond ", purpose, NULL);
    gsize len = 0;
    const void *bytes = g_bytes_get_data(key, &len);
    digest_hmac_sha256(bytes, len, text, strlen(text), out);
}

GBytes *vault_key_new(void)
{
    uint8_t raw[VAULT_KEY_BYTES];
    digest_random(raw, sizeof raw);
    GBytes *key = g_bytes_new(raw, sizeof raw);
    OPENSSL_cleanse(raw, sizeof raw);
    return key;
}

char *vault_key_id(GBytes *key)
{
    uint8_t mac[DIGEST_SHA256_LEN];
    key_for(key, "key id v1", mac);
    return digest_hex(mac, ID_LEN / 2);
}

char *vault_mac(GBytes *key, const char *purpose, const char *text)
{
    uint8_t own[DIGEST_SHA256_LEN], mac[DIGEST_SHA256_LEN];
    key_for(key, purpose, own);
    digest_hmac_sha256(own, sizeof own, text, strlen(text), mac);
    OPENSSL_cleanse(own, sizeof own);
    return digest_hex(mac, sizeof mac);
}

/* Encrypts or decrypts len bytes; the tag is written or compared.  False: it does not fit. */
static bool transform(GBytes *key, const char *purpose, bool seal, const uint8_t *nonce,
                      const uint8_t *from, int len, uint8_t *to, uint8_t tag[TAG])
{
    uint8_t own[DIGEST_SHA256_LEN];
    int n = 0, rest = 0;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    key_for(key, purpose, own);
    bool ok = ctx && EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, own, nonce, seal) == 1 &&
              EVP_CipherUpdate(ctx, to, &n, from, len) == 1 &&
              (seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1) &&
              EVP_CipherFinal_ex(ctx, to + n, &rest) == 1 &&
              (!seal || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1);
    EVP_CIPHER_CTX_free(ctx);
    OPENSSL_cleanse(own, sizeof own);
    return ok;
}

char *vault_seal(GBytes *key, const char *purpose, GBytes *secret)
{
    gsize len = 0;
    const uint8_t *text = g_bytes_get_data(secret, &len);
    g_assert(len > 0 && len <= SECRET_MAX);
    g_autofree uint8_t *out = g_malloc(NONCE + len + TAG);
    digest_random(out, NONCE);
    if (!transform(key, purpose, true, out, text, (int)len, out + NONCE, out + NONCE + len))
        g_error("libcrypto cannot encrypt with AES-256-GCM");
    return digest_base64url(out, NONCE + len + TAG);
}

static guchar *decode(const char *sealed, gsize *len)
{
    g_autoptr(GString) text = g_string_new(sealed);
    g_strdelimit(g_strdelimit(text->str, "-", '+'), "_", '/');
    while (text->len % 4)
        g_string_append_c(text, '=');
    return g_base64_decode(text->str, len);
}

GBytes *vault_open(GBytes *key, const char *purpose, const char *sealed)
{
    gsize len = 0;
    g_autofree guchar *in = decode(sealed, &len);
    if (len <= NONCE + TAG || len > NONCE + SECRET_MAX + TAG)
        return NULL;
    len -= NONCE + TAG;
    guchar *out = g_malloc(len);
    if (transform(key, purpose, false, in, in + NONCE, (int)len, out, in + NONCE + len))
        return g_bytes_new_take(out, len);
    g_free(out);
    return NULL;
}
