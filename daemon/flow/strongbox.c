#include "flow/strongbox.h"

#include "base/digest.h"
#include "base/log.h"
#include "base/vault.h"
#include <string.h>

#define STORED_AS "store.key"     /* among the named values: id of the file's key, blank, seal */
#define SEALED_FOR "store key v1" /* purposes, see base/vault */
#define TOKEN_FOR "token digest v1"
#define KEYED "hmac:" /* before a digest that needs the key */

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool refuse(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    *error = g_error_new_valist(g_quark_from_static_string("liaisond-strongbox"), 0, format, args);
    va_end(args);
    return false;
}

/* --- tokens --- */

static char *keyed(GBytes *key, const char *sha256_hex)
{
    g_autofree char *mac = vault_mac(key, TOKEN_FOR, sha256_hex);
    return g_strconcat(KEYED, mac, NULL);
}

char *strongbox_token_digest(GBytes *key, const char *token)
{
    g_autofree char *plain = digest_sha256_hex(token, strlen(token));
    return key ? keyed(key, plain) : g_steal_pointer(&plain);
}

static bool change_tokens_over(struct store *s, GBytes *key, GError **error)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)token_row_free);
    if (!s->ops->token_list(s, rows, error))
        return false;
    for (guint i = 0; i < rows->len; i++) {
        const struct token_row *t = g_ptr_array_index(rows, i);
        g_autofree char *digest = keyed(key, t->digest);
        if (!s->ops->token_set_digest(s, t->id, digest, error))
            return false;
    }
    return true;
}

/* --- the key --- */

static bool put(struct store *s, GBytes *file_key, GBytes *key, GError **error)
{
    g_autofree char *id = vault_key_id(file_key);
    g_autofree char *seal = vault_seal(file_key, SEALED_FOR, key);
    g_autofree char *value = g_strconcat(id, " ", seal, NULL);
    return s->ops->meta_set(s, STORED_AS, value, error);
}

static GBytes *unseal(const GPtrArray *keys, const char *seal, guint *which)
{
    GBytes *key = NULL;
    for (*which = 0; *which < keys->len; ++*which)
        if ((key = vault_open(g_ptr_array_index(keys, *which), SEALED_FOR, seal)))
            break;
    return key;
}

static bool make(struct store *s, const GPtrArray *keys, GBytes **key, GError **error)
{
    *key = vault_key_new();
    return put(s, g_ptr_array_index(keys, 0), *key, error) && change_tokens_over(s, *key, error);
}

static bool reopen(struct store *s, const GPtrArray *keys, const char *stored, GBytes **key,
                   enum strongbox_said *said, GError **error)
{
    g_auto(GStrv) word = g_strsplit(stored, " ", 2);
    guint which = 0;
    if (!keys)
        return refuse(error,
                      "the store's secrets are sealed under the key %s, and store.key_file is not "
                      "set: set it to the file that has this key",
                      word[0]);
    *key = word[0] && word[1] ? unseal(keys, word[1], &which) : NULL;
    if (!*key)
        return refuse(
            error,
            "the store's secrets are sealed under the key %s, which none of the %u keys of "
            "store.key_file is: put that key back into the file, on a line of its own after "
            "the newest",
            word[0], keys->len);
    *said = which > 0 ? STRONGBOX_SEALED_ANEW : STRONGBOX_AS_IT_WAS;
    return which == 0 || put(s, g_ptr_array_index(keys, 0), *key, error);
}

bool strongbox_open(struct store *s, const GPtrArray *keys, GBytes **key, enum strongbox_said *said,
                    GError **error)
{
    g_autofree char *stored = NULL;
    *key = NULL;
    *said = STRONGBOX_AS_IT_WAS;
    if (!s->ops->meta_get(s, STORED_AS, &stored, error))
        return false;
    if (!stored && !keys)
        return true;
    *said = stored ? STRONGBOX_AS_IT_WAS : STRONGBOX_MADE;
    bool ok = stored ? reopen(s, keys, stored, key, said, error) : make(s, keys, key, error);
    if (!ok)
        g_clear_pointer(key, g_bytes_unref);
    return ok;
}

/* --- reload --- */

struct resealing {
    GPtrArray *keys;
    GBytes *key;
    enum strongbox_said said;
};

static bool seal_anew(struct store *s, void *arg, GError **error)
{
    struct resealing *r = arg;
    return strongbox_open(s, r->keys, &r->key, &r->said, error);
}

void strongbox_say(enum strongbox_said said)
{
    if (said != STRONGBOX_AS_IT_WAS)
        log_event(LOG_LEVEL_INFO,
                  said == STRONGBOX_MADE ? "store_key.made" : "store_key.sealed_anew");
}

static void sealed(void *arg, const GError *error)
{
    struct resealing *r = arg;
    if (error)
        log_event(LOG_LEVEL_ERROR, "store_key.refused", LOG_STR("reason", error->message),
                  LOG_STR("effect", "the next start will fail"));
    else
        strongbox_say(r->said);
    g_ptr_array_unref(r->keys);
    g_clear_pointer(&r->key, g_bytes_unref);
    g_free(r);
}

void strongbox_reload(struct store_thread *t, GPtrArray *keys)
{
    struct resealing *r = g_new0(struct resealing, 1);
    r->keys = g_ptr_array_ref(keys);
    store_thread_submit(t, seal_anew, sealed, r);
}
