#include "wire/mail_message.h"

#include <string.h>

#include "base/text.h"
#include "wire/mail_attach.h"
#include "wire/mail_encode.h"
#include "wire/notice_json.h"
#include "wire/notice_own.h"

#define USUAL_BYTES 16384 /* of a mail */

struct body { /* of one mail */
    const struct template *text, *html;
    const struct notice_own *own;
    json_t *value; /* owned; NULL: they are a form's, with what is own still to be filled in */
};

static bool check_address(const char *address, const char *what, GError **error)
{
    const char *why = NULL;
    if (text_is_mailbox(address, &why))
        return true;
    g_autofree char *shown = text_printable(address, -1);
    g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE, "%s \"%s\": %s", what,
                shown, why);
    return false;
}

static void append_text_part(GString *mail, const struct template *t, const struct body *b,
                             const char *subtype)
{
    g_string_append(mail, "Content-Type: text/");
    g_string_append(mail, subtype);
    g_string_append(mail, "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
    if (b->value)
        template_render_encoded(t, b->value, mail_encode_quoted, mail);
    else
        template_fill(t, b->own->texts, mail);
}

static void append_boundary(GString *mail, const char *key, const char *end)
{
    g_string_append(mail, "\r\n--=_");
    g_string_append(mail, key);
    g_string_append(mail, end);
}

/* The boundary is ours instead of a random one, so that a retry is the same mail; quoted-printable
 * never has "=_". */
static void append_body(GString *mail, const struct body *b)
{
    const char *key = b->own->texts[OWN_MESSAGE];
    g_string_append(mail, "Content-Type: multipart/alternative;\r\n\tboundary=\"=_");
    g_string_append(mail, key);
    g_string_append(mail, "\"\r\n");
    append_boundary(mail, key, "\r\n");
    append_text_part(mail, b->text, b, "plain");
    append_boundary(mail, key, "\r\n");
    append_text_part(mail, b->html, b, "html");
    append_boundary(mail, key, "--\r\n");
}

/* All of it. */
static struct body body_of(const struct notice *n, const struct template_set *t,
                           const struct notice_own *own)
{
    const char *language = "en";
    const json_t *phrases = template_set_phrases(t, n->notification->language, &language);
    const bool desk = notice_is_for_desk(n);
    return (
        struct body){ template_set_get(t, desk ? TEMPLATE_DESK_TEXT : TEMPLATE_REPRESENTATIVE_TEXT),
                      template_set_get(t, desk ? TEMPLATE_DESK_HTML : TEMPLATE_REPRESENTATIVE_HTML),
                      own, notice_json(n, phrases, language) };
}

static void append_head(GString *mail, const struct notice *n, const struct template_set *t,
                        const struct mail_settings *s, const struct mail_form *form,
                        const char *key)
{
    struct mail_head *own = form ? NULL : mail_head_new(n, t, s);
    mail_head_append(mail, form ? form->head : own, n, s, key);
    mail_head_free(own);
    g_string_append(mail, "MIME-Version: 1.0\r\n");
}

static GBytes *render(const struct notice *n, const struct template_set *t,
                      const struct mail_settings *s, const struct mail_form *form,
                      const struct notice_own *own)
{
    struct body body =
        form ? (struct body){ form->text, form->html, own, NULL } : body_of(n, t, own);
    GString *mail = g_string_sized_new(USUAL_BYTES);
    append_head(mail, n, t, s, form, own->texts[OWN_MESSAGE]);
    g_autoptr(GPtrArray) attached = mail_attach_choose(n, s->attach_bytes);
    if (attached->len)
        mail_attach_begin(mail, n);
    append_body(mail, &body);
    if (attached->len)
        mail_attach_end(mail, n, attached);
    json_decref(body.value);
    return g_string_free_to_bytes(mail);
}

GBytes *mail_message_render(const struct notice *n, const struct template_set *t,
                            const struct mail_settings *s, struct mail_press *press, GError **error)
{
    if (!check_address(mail_head_sender(s, n->broadcast->status), "sender", error) ||
        !check_address(mail_head_recipient(n), "recipient", error))
        return NULL;
    struct notice_own own;
    const char *language;
    notice_own_init(&own, n, template_set_phrases(t, n->notification->language, &language));
    const struct mail_form *form =
        press ? mail_press_form(press, n, t, s, notice_own_empty(&own)) : NULL;
    GBytes *mail = render(n, t, s, form, &own);
    notice_own_clear(&own);
    return mail;
}
