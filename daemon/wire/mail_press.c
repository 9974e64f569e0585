#include "wire/mail_press.h"

#include "wire/mail_encode.h"
#include "wire/notice_call.h"
#include "wire/notice_forms.h"
#include "wire/notice_json.h"

struct mail_press {
    struct notice_forms *forms; /* struct mail_form * */
};

struct making {
    const struct template_set *templates;
    const struct mail_settings *settings;
};

static void form_free(gpointer data)
{
    struct mail_form *f = data;
    mail_head_free(f->head);
    template_free(f->text);
    template_free(f->html);
    json_decref(f->calls);
    g_free(f);
}

static void *form_new(const struct notice *n, void *ctx)
{
    const struct making *m = ctx;
    const struct template_set *t = m->templates;
    struct mail_form *f = g_new0(struct mail_form, 1);
    const char *language = "en";
    const json_t *phrases = template_set_phrases(t, n->notification->language, &language);
    json_t *shared = notice_json_shared(n, phrases, language);
    f->head = mail_head_new(n, t, m->settings);
    f->text = template_fix(template_set_get(t, TEMPLATE_REPRESENTATIVE_TEXT), shared);
    f->html = template_fix(template_set_get(t, TEMPLATE_REPRESENTATIVE_HTML), shared);
    template_encode_lines(f->text, mail_encode_quoted);
    template_encode_lines(f->html, mail_encode_quoted);
    f->calls = notice_calls_json(n, phrases);
    json_decref(shared);
    return f;
}

struct mail_press *mail_press_new(void)
{
    struct mail_press *p = g_new0(struct mail_press, 1);
    p->forms = notice_forms_new(form_free);
    return p;
}

void mail_press_free(struct mail_press *p)
{
    if (!p)
        return;
    notice_forms_free(p->forms);
    g_free(p);
}

const struct mail_form *mail_press_form(struct mail_press *p, const struct notice *n,
                                        const struct template_set *t, const struct mail_settings *s)
{
    struct making m = { t, s };
    return notice_forms_get(p->forms, n, form_new, &m);
}
