#include "wire/mail_sign.h"

#include "base/digest.h"
#include "wire/mail_encode.h"
#include <string.h>

#define BOUNDARY_DIGITS 32

/* These describe the body, and so are signed with it. */
static bool is_of_the_body(const char *line)
{
    return g_ascii_strncasecmp(line, "Content-Type:", 13) == 0 ||
           g_ascii_strncasecmp(line, "Content-Transfer-Encoding:", 26) == 0;
}

/* Shares the header's lines, folded ones with the first of theirs, out between the two. */
static void split_header(const char *from, const char *end, GString *outer, GString *inner)
{
    GString *to = outer;
    while (from < end) {
        const char *next = memchr(from, '\n', (size_t)(end - from));
        next = next ? next + 1 : end;
        if (*from != ' ' && *from != '\t')
            to = is_of_the_body(from) ? inner : outer;
        g_string_append_len(to, from, next - from);
        from = next;
    }
}

/* The line break before a boundary is the boundary's. */
static GBytes *put_together(GString *header, const GString *body, GBytes *signature)
{
    g_autofree char *digest = digest_sha256_hex(body->str, body->len);
    g_autofree char *boundary = g_strdup_printf("=_signed_%.*s", BOUNDARY_DIGITS, digest);
    g_string_append_printf(header,
                           "Content-Type: multipart/signed; protocol=\"application/"
                           "pkcs7-signature\";\r\n micalg=sha-256; boundary=\"%s\"\r\n\r\n--%s\r\n",
                           boundary, boundary);
    g_string_append_len(header, body->str, (gssize)body->len);
    gsize len;
    const void *der = g_bytes_get_data(signature, &len);
    g_string_append_printf(header,
                           "\r\n--%s\r\n"
                           "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
                           "Content-Transfer-Encoding: base64\r\n"
                           "Content-Disposition: attachment; filename=smime.p7s\r\n\r\n",
                           boundary);
    mail_encode_base64(header, der, len);
    g_string_append_printf(header, "--%s--\r\n", boundary);
    return g_string_free_to_bytes(header);
}

GBytes *mail_sign(GBytes *message, const struct cms_signer *s, const char **why)
{
    gsize len;
    const char *text = g_bytes_get_data(message, &len);
    const char *body = memmem(text, len, "\r\n\r\n", 4);
    g_assert(body); /* a mail of ours has a header */
    GString *outer = g_string_sized_new(len + len / 32 + 8192);
    g_autoptr(GString) inner = g_string_sized_new(len);
    split_header(text, body + 2, outer, inner);
    g_string_append_len(inner, body + 2, text + len - (body + 2));
    g_autoptr(GBytes) signature = cms_sign(s, inner->str, inner->len, why);
    if (signature)
        return put_together(outer, inner, signature);
    g_string_free(outer, TRUE);
    return NULL;
}
