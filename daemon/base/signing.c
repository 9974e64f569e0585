#include "base/signing.h"

#include <glib.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/digest.h"

#define KEY_BYTES 32
#define SIGNATURE_BYTES 64
#define PEM_BEGIN "-----BEGIN "

struct key {
    EVP_PKEY *pair;
    char *public; /* base64url */
};

struct signing_keys {
    gint refs;
    GArray *keys; /* struct key, newest first */
};

static void clear_key(gpointer p)
{
    struct key *k = p;
    EVP_PKEY_free(k->pair); /* cleans it */
    g_free(k->public);
}

/* Takes pair; false: it is no Ed25519 key with a private part. */
static bool add(struct signing_keys *k, EVP_PKEY *pair)
{
    unsigned char public[KEY_BYTES], seed[KEY_BYTES];
    size_t n = sizeof public, m = sizeof seed;
    bool fits = pair && EVP_PKEY_get_base_id(pair) == EVP_PKEY_ED25519 &&
                EVP_PKEY_get_raw_private_key(pair, seed, &m) == 1 &&
                EVP_PKEY_get_raw_public_key(pair, public, &n) == 1 && n == sizeof public;
    OPENSSL_cleanse(seed, sizeof seed);
    if (!fits) {
        EVP_PKEY_free(pair);
        return false;
    }
    struct key key = { pair, digest_base64url(public, sizeof public) };
    g_array_append_val(k->keys, key);
    return true;
}

/* No passphrase: a key that has one could not be read again without a person. */
static int no_passphrase(char *buf, int size, int rwflag, void *ctx)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)ctx;
    return -1;
}

static void read_pem(struct signing_keys *k, const char *text, char **why)
{
    BIO *from = BIO_new_mem_buf(text, -1);
    const char *at = text;

    for (unsigned n = 1; (at = strstr(at, PEM_BEGIN)); n++, at++) {
        if (add(k, PEM_read_bio_PrivateKey(from, NULL, no_passphrase, NULL)))
            continue;
        *why = g_strdup_printf("block %u is no private Ed25519 key in PEM without a passphrase", n);
        break;
    }
    BIO_free(from);
}

/* So many bytes in either alphabet, padded or not, written in the one way there is; NULL: else. */
static guchar *decode(const char *text, size_t bytes)
{
    g_autofree char *padded = g_strconcat(text, "==", NULL);
    size_t out = 0, len = strcspn(padded, "=");
    g_strdelimit(g_strdelimit(padded, "-", '+'), "_", '/');
    padded[MIN(len + (4 - len % 4) % 4, strlen(padded))] = '\0';
    guchar *raw = len == (bytes * 4 + 2) / 3 ? g_base64_decode(padded, &out) : NULL;
    g_autofree char *again = raw ? g_base64_encode(raw, out) : NULL;
    bool fits = again && out == bytes && g_str_equal(again, padded);
    OPENSSL_cleanse(padded, strlen(padded));
    if (again)
        OPENSSL_cleanse(again, strlen(again));
    if (!fits)
        g_clear_pointer(&raw, g_free);
    return raw;
}

static void read_seeds(struct signing_keys *k, const char *text, char **why)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (guint i = 0; lines[i] && !*why; i++) {
        char *line = g_strstrip(lines[i]);
        if (!*line || *line == '#')
            continue;
        g_autofree guchar *seed = decode(line, KEY_BYTES);
        if (!seed || !add(k, EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, KEY_BYTES)))
            *why = g_strdup_printf("line %u is no seed of 32 bytes in base64", i + 1);
        if (seed)
            OPENSSL_cleanse(seed, KEY_BYTES);
        OPENSSL_cleanse(line, strlen(line));
    }
}

struct signing_keys *signing_keys_read(const char *text, char **why)
{
    struct signing_keys *k = g_new0(struct signing_keys, 1);
    k->refs = 1;
    k->keys = g_array_new(FALSE, TRUE, sizeof(struct key));
    g_array_set_clear_func(k->keys, clear_key);
    *why = NULL;
    if (strstr(text, PEM_BEGIN))
        read_pem(k, text, why);
    else
        read_seeds(k, text, why);
    if (!*why && k->keys->len == 0)
        *why = g_strdup("there is no key in it");
    if (!*why)
        return k;
    signing_keys_unref(k);
    return NULL;
}

struct signing_keys *signing_keys_ref(struct signing_keys *k)
{
    g_atomic_int_inc(&k->refs);
    return k;
}

void signing_keys_unref(struct signing_keys *k)
{
    if (!k || !g_atomic_int_dec_and_test(&k->refs))
        return;
    g_array_unref(k->keys);
    g_free(k);
}

const char *signing_public(const struct signing_keys *k, unsigned i)
{
    return i < k->keys->len ? g_array_index(k->keys, struct key, i).public : NULL;
}

int signing_find(const struct signing_keys *k, const char *public_key)
{
    for (guint i = 0; i < k->keys->len; i++)
        if (g_str_equal(g_array_index(k->keys, struct key, i).public, public_key))
            return (int)i;
    return -1;
}

char *signing_sign(const struct signing_keys *k, unsigned i, const void *data, size_t len)
{
    unsigned char signature[SIGNATURE_BYTES];
    size_t n = sizeof signature;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY *pair = g_array_index(k->keys, struct key, i).pair;
    if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, pair) != 1 ||
        EVP_DigestSign(ctx, signature, &n, data, len) != 1 || n != sizeof signature)
        g_error("libcrypto cannot sign with Ed25519");
    EVP_MD_CTX_free(ctx);
    return digest_base64url(signature, sizeof signature);
}

bool signing_holds(const char *public_key, const void *data, size_t len, const char *signature)
{
    g_autofree guchar *key = decode(public_key, KEY_BYTES);
    g_autofree guchar *raw = decode(signature, SIGNATURE_BYTES);
    if (!key || !raw)
        return false;
    EVP_PKEY *public = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key, KEY_BYTES);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool holds = public && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, public) == 1 &&
                 EVP_DigestVerify(ctx, raw, SIGNATURE_BYTES, data, len) == 1;
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(public);
    return holds;
}

static char *public_of_pem(const char *text)
{
    unsigned char raw[KEY_BYTES];
    size_t n = sizeof raw;
    BIO *from = BIO_new_mem_buf(text, -1);
    EVP_PKEY *public = PEM_read_bio_PUBKEY(from, NULL, no_passphrase, NULL);
    bool fits = public && EVP_PKEY_get_base_id(public) == EVP_PKEY_ED25519 &&
                EVP_PKEY_get_raw_public_key(public, raw, &n) == 1 && n == sizeof raw;
    EVP_PKEY_free(public);
    BIO_free(from);
    return fits ? digest_base64url(raw, sizeof raw) : NULL;
}

char *signing_public_of(const char *text)
{
    g_autofree char *line = g_strstrip(g_strdup(text));
    if (strstr(text, PEM_BEGIN "PUBLIC KEY"))
        return public_of_pem(text);
    g_autofree guchar *raw = decode(line, KEY_BYTES);
    return raw ? digest_base64url(raw, KEY_BYTES) : NULL;
}
