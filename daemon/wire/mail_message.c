#include "wire/mail_message.h"

#include <string.h>

#include "base/text.h"
#include "wire/mail_attach.h"
#include "wire/mail_encode.h"
#include "wire/notice_json.h"

#define USUAL_BYTES 16384 /* of a mail */

struct body { /* of one mail */
    const struct template *text, *html;
    json_t *value; /* owned: what is still to be filled in */
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

static void append_text_part(GString *mail, const struct template *t, const json_t *value,
                             const char *subtype)
{
    g_string_append_printf(mail,
                           "Content-Type: text/%s; charset=utf-8\r\n"
                           "Content-Transfer-Encoding: quoted-printable\r\n\r\n",
                           subtype);
    template_render_encoded(t, value, mail_encode_quoted, mail);
}

/* The boundary is ours instead of a random one, so that a retry is the same mail; quoted-printable
 * never has "=_". */
static void append_body(GString *mail, const struct notice *n, const struct body *b)
{
    g_autofree char *key = notification_message_key(n->broadcast->id, n->notification->id);
    g_string_append_printf(
        mail, "Content-Type: multipart/alternative;\r\n\tboundary=\"=_%s\"\r\n\r\n--=_%s\r\n", key,
        key);
    append_text_part(mail, b->text, b->value, "plain");
    g_string_append_printf(mail, "\r\n--=_%s\r\n", key);
    append_text_part(mail, b->html, b->value, "html");
    g_string_append_printf(mail, "\r\n--=_%s--\r\n", key);
}

/* All of it but what the form has, which NULL has not. */
static struct body body_of(const struct notice *n, const struct template_set *t,
                           const struct mail_form *form)
{
    const char *language = "en";
    const json_t *phrases = template_set_phrases(t, n->notification->language, &language);
    const bool desk = notice_is_for_desk(n);
    if (form)
        return (struct body){ form->text, form->html, notice_json_own(n, phrases, form->calls) };
    return (
        struct body){ template_set_get(t, desk ? TEMPLATE_DESK_TEXT : TEMPLATE_REPRESENTATIVE_TEXT),
                      template_set_get(t, desk ? TEMPLATE_DESK_HTML : TEMPLATE_REPRESENTATIVE_HTML),
                      notice_json(n, phrases, language) };
}

static void append_head(GString *mail, const struct notice *n, const struct template_set *t,
                        const struct mail_settings *s, const struct mail_form *form)
{
    struct mail_head *own = form ? NULL : mail_head_new(n, t, s);
    mail_head_append(mail, form ? form->head : own, n, s);
    mail_head_free(own);
    g_string_append(mail, "MIME-Version: 1.0\r\n");
}

GBytes *mail_message_render(const struct notice *n, const struct template_set *t,
                            const struct mail_settings *s, struct mail_press *press, GError **error)
{
    if (!check_address(mail_head_sender(s, n->broadcast->status), "sender", error) ||
        !check_address(mail_head_recipient(n), "recipient", error))
        return NULL;
    const struct mail_form *form = press ? mail_press_form(press, n, t, s) : NULL;
    struct body body = body_of(n, t, form);
    GString *mail = g_string_sized_new(USUAL_BYTES);
    append_head(mail, n, t, s, form);
    g_autoptr(GPtrArray) attached = mail_attach_choose(n, s->attach_bytes);
    if (attached->len)
        mail_attach_begin(mail, n);
    append_body(mail, n, &body);
    if (attached->len)
        mail_attach_end(mail, n, attached);
    json_decref(body.value);
    return g_string_free_to_bytes(mail);
}
