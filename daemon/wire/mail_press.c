#include "wire/mail_press.h"

#include "wire/mail_encode.h"
#include "wire/notice_forms.h"
#include "wire/notice_json.h"
#include "wire/notice_own.h"

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
    g_free(f);
}

static void *form_new(const struct notice *n, void *ctx)
{
    const struct making *m = ctx;
    const struct template_set *t = m->templates;
    struct mail_form *f = g_new0(struct mail_form, 1);
    const char *language = "en";
    const json_t *phrases = template_set_phrases(t, n->notification->language, &language);
    const bool desk = notice_is_for_desk(n);
    const json_t *places[NOTICE_OWN_TEXTS];
    json_t *value = notice_json(n, phrases, language);
    notice_own_places(n, value, places);
    f->head = mail_head_new(n, t, m->settings);
    f->text =
        template_fix(template_set_get(t, desk ? TEMPLATE_DESK_TEXT : TEMPLATE_REPRESENTATIVE_TEXT),
                     value, places, NOTICE_OWN_TEXTS, mail_encode_quoted);
    f->html =
        template_fix(template_set_get(t, desk ? TEMPLATE_DESK_HTML : TEMPLATE_REPRESENTATIVE_HTML),
                     value, places, NOTICE_OWN_TEXTS, mail_encode_quoted);
    json_decref(value);
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
                                        const struct template_set *t, const struct mail_settings *s,
                                        unsigned empty)
{
    struct making m = { t, s };
    return notice_forms_get(p->forms, n, empty, form_new, &m);
}
