#include "wire/webhook_signature.h"

#include "base/digest.h"
#include "base/text.h"
#include <string.h>

#define SIGNATURES_MAX 16 /* that are looked at in one header */
#define VERSION "v1,"

static char *sign(const GBytes *master, const char *endpoint, const GByteArray *content)
{
    uint8_t key[DIGEST_SHA256_LEN], mac[DIGEST_SHA256_LEN];
    webhook_message_key(master, endpoint, key);
    digest_hmac_sha256(key, sizeof key, content->data, content->len, mac);
    g_autofree char *base64 = g_base64_encode(mac, sizeof mac);
    return g_strconcat(VERSION, base64, NULL);
}

static GByteArray *content_of(const char *id, const char *timestamp, const char *body, size_t len)
{
    g_autofree char *head = g_strconcat(id, ".", timestamp, ".", NULL);
    const guint head_len = (guint)strlen(head);
    GByteArray *content = g_byte_array_sized_new(head_len + (guint)len);
    g_byte_array_append(content, (const guint8 *)head, head_len);
    g_byte_array_append(content, (const guint8 *)body, (guint)len);
    return content;
}

char *webhook_signature_make(const struct webhook_keys *keys, const char *endpoint, const char *id,
                             const char *timestamp, const char *body)
{
    g_autoptr(GByteArray) content = content_of(id, timestamp, body, strlen(body));
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < keys->masters->len; i++) {
        g_autofree char *one = sign(keys->masters->pdata[i], endpoint, content);
        g_string_append_printf(out, "%s%s", i ? " " : "", one);
    }
    return g_string_free(out, FALSE);
}

static bool is_recent(const char *timestamp, int64_t now_ms)
{
    gint64 at_s, now_s = now_ms / 1000;
    return g_ascii_string_to_signed(timestamp, 10, 0, G_MAXINT64 / 1000, &at_s, NULL) &&
           at_s >= now_s - WEBHOOK_SIGNATURE_MAX_AGE_S &&
           at_s <= now_s + WEBHOOK_SIGNATURE_MAX_AGE_S;
}

static bool is_among(char *const *given, const char *want)
{
    bool found = false;
    for (size_t i = 0; given[i]; i++)
        found |= strlen(given[i]) == strlen(want) && digest_equal(given[i], want, strlen(want));
    return found;
}

const char *webhook_signature_check(const struct webhook_keys *keys, const char *endpoint,
                                    const struct webhook_signed *s, int64_t now_ms)
{
    if (!s->id || !s->timestamp || !s->signatures)
        return "the headers webhook-id, webhook-timestamp and webhook-signature are needed";
    if (*s->id == '\0' || strlen(s->id) > WEBHOOK_ID_MAX || text_has_control(s->id))
        return "webhook-id is empty, too long, or no text";
    if (!is_recent(s->timestamp, now_ms))
        return "webhook-timestamp is not within five minutes of now";
    g_autoptr(GByteArray) content = content_of(s->id, s->timestamp, s->body, s->body_len);
    g_auto(GStrv) given = g_strsplit(s->signatures, " ", SIGNATURES_MAX);
    for (guint i = 0; keys && keys->masters && i < keys->masters->len; i++) {
        g_autofree char *want = sign(keys->masters->pdata[i], endpoint, content);
        if (is_among(given, want))
            return NULL;
    }
    return "webhook-signature does not fit the endpoint's secret and the body";
}
