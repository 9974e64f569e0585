#include "wire/mail_attach.h"

#include <string.h>

#include "base/text.h"
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

static GMimeObject *attachment(const struct resource *r, guint number)
{
    const struct harmless *type = type_of(r->media_type);
    g_autofree char *name = g_strdup_printf("attachment-%u.%s", number, type->ending);
    g_autofree char *line = mail_text(r->description);
    g_autofree char *shown = text_ellipsize(line, DESCRIPTION_MAX_CHARS);
    gsize len;
    const char *bytes = g_bytes_get_data(r->content, &len);
    GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, len);
    GMimeDataWrapper *content =
        g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_DEFAULT);
    GMimePart *part = g_mime_part_new_with_type(type->type, type->subtype);
    g_mime_part_set_content(part, content);
    g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
    g_mime_object_set_disposition(GMIME_OBJECT(part), GMIME_DISPOSITION_ATTACHMENT);
    g_mime_part_set_filename(part, name);
    if (*shown)
        g_mime_object_set_header(GMIME_OBJECT(part), "Content-Description", shown, "utf-8");
    g_object_unref(content);
    g_object_unref(stream);
    return GMIME_OBJECT(part);
}

/* Who is told that it is over, or only that there is something, gets nothing to look at. */
static bool carries(const struct notice *n)
{
    return n->broadcast->resources && n->broadcast->handling == HANDLING_FULL &&
           !notice_part_is_over(notice_part(n));
}

static GMimeMultipart *mixed_of(const struct notice *n, GMimeObject *body)
{
    GMimeMultipart *mixed = g_mime_multipart_new_with_subtype("mixed");
    /* Another one than the body's; base64 has no "_". */
    g_autofree char *key = notification_message_key(n->broadcast->id, n->notification->id);
    g_autofree char *boundary = g_strdup_printf("=_mixed_%s", key);
    g_mime_multipart_set_boundary(mixed, boundary);
    g_mime_multipart_add(mixed, body);
    return mixed;
}

GMimeObject *mail_attach(const struct notice *n, GMimeObject *body, int64_t max_bytes)
{
    GMimeMultipart *mixed = NULL;
    int64_t left = max_bytes;
    guint all = carries(n) ? n->broadcast->resources->len : 0;
    for (guint i = 0; i < all; i++) {
        const struct resource *r = n->broadcast->resources->pdata[i];
        int64_t size = (int64_t)g_bytes_get_size(r->content);
        if (size > left)
            continue;
        left -= size;
        if (!mixed)
            mixed = mixed_of(n, body);
        GMimeObject *part = attachment(r, i + 1);
        g_mime_multipart_add(mixed, part);
        g_object_unref(part);
    }
    if (!mixed)
        return body;
    g_object_unref(body);
    return GMIME_OBJECT(mixed);
}
