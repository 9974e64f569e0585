#include "wire/mail_attach.h"

#include <string.h>

#include "base/text.h"
#include "wire/mail_encode.h"
#include "wire/mail_head.h"
#include "wire/mail_text.h"
#include "wire/notice_part.h"

#define DESCRIPTION_MAX_CHARS 100

/* Types that a mail program shows or plays and that run nothing. */
static const struct harmless {
    const char *written, *type, *subtype, *ending;
} harmless[] = {
    { "image/png", "image", "png", "png" },
    { "image/jpeg", "image", "jpeg", "jpg" },
    { "image/gif", "image", "gif", "gif" },
    { "image/webp", "image", "webp", "webp" },
    { "audio/mpeg", "audio", "mpeg", "mp3" },
    { "audio/x-ipaws-audio-mp3", "audio", "mpeg", "mp3" },
    { "audio/wav", "audio", "wav", "wav" },
    { "audio/x-wav", "audio", "wav", "wav" },
    { "audio/ogg", "audio", "ogg", "ogg" },
    { "video/mp4", "video", "mp4", "mp4" },
    { "application/pdf", "application", "pdf", "pdf" },
};
static const struct harmless unknown = { NULL, "application", "octet-stream", "bin" };

static const struct harmless *type_of(const char *written)
{
    for (size_t i = 0; i < G_N_ELEMENTS(harmless); i++)
        if (!g_ascii_strcasecmp(harmless[i].written, written))
            return &harmless[i];
    return &unknown;
}

static void append_attachment(GString *mail, const struct resource *r, guint number)
{
    const struct harmless *type = type_of(r->media_type);
    g_autofree char *name = g_strdup_printf("attachment-%u.%s", number, type->ending);
    g_autofree char *line = mail_text(r->description);
    g_autofree char *shown = text_ellipsize(line, DESCRIPTION_MAX_CHARS);
    gsize len;
    const char *bytes = g_bytes_get_data(r->content, &len);
    g_string_append_printf(mail,
                           "Content-Type: %s/%s; name=%s\r\n"
                           "Content-Transfer-Encoding: base64\r\n"
                           "Content-Disposition: attachment; filename=%s\r\n",
                           type->type, type->subtype, name, name);
    if (*shown)
        mail_head_append_text(mail, "Content-Description", shown);
    g_string_append(mail, "\r\n");
    mail_encode_base64(mail, bytes, len);
}

/* Who is told that it is over, or only that there is something, gets nothing to look at. */
static bool carries(const struct notice *n)
{
    return n->broadcast->resources && n->broadcast->handling == HANDLING_FULL &&
           !notice_part_is_over(notice_part(n));
}

GPtrArray *mail_attach_choose(const struct notice *n, int64_t max_bytes)
{
    GPtrArray *chosen = g_ptr_array_new();
    int64_t left = max_bytes;
    bool any = false;
    guint all = carries(n) ? n->broadcast->resources->len : 0;
    for (guint i = 0; i < all; i++) {
        struct resource *r = n->broadcast->resources->pdata[i];
        const int64_t size = (int64_t)g_bytes_get_size(r->content);
        const bool fits = size <= left;
        left -= fits ? size : 0;
        any |= fits;
        g_ptr_array_add(chosen, fits ? r : NULL);
    }
    if (!any)
        g_ptr_array_set_size(chosen, 0);
    return chosen;
}

/* Another boundary than the body's; base64 has no "_". */
static char *boundary_of(const struct notice *n)
{
    g_autofree char *key = notification_message_key(n->broadcast->id, n->notification->id);
    return g_strdup_printf("=_mixed_%s", key);
}

void mail_attach_begin(GString *mail, const struct notice *n)
{
    g_autofree char *boundary = boundary_of(n);
    g_string_append_printf(mail,
                           "Content-Type: multipart/mixed;\r\n\tboundary=\"%s\"\r\n\r\n--%s\r\n",
                           boundary, boundary);
}

void mail_attach_end(GString *mail, const struct notice *n, const GPtrArray *chosen)
{
    g_autofree char *boundary = boundary_of(n);
    for (guint i = 0; i < chosen->len; i++) {
        const struct resource *r = chosen->pdata[i];
        if (!r)
            continue;
        g_string_append_printf(mail, "\r\n--%s\r\n", boundary);
        append_attachment(mail, r, i + 1);
    }
    g_string_append_printf(mail, "\r\n--%s--\r\n", boundary);
}
