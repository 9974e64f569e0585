#include "wire/mail_press.h"

#include "wire/notice_call.h"
#include "wire/notice_json.h"
#include "wire/notice_part.h"

#define MINUTE_MS 60000

struct mail_press {
    GHashTable *forms; /* char *, what such mails have in common -> struct form * */
    int64_t minute;    /* in which they were made */
    const struct directory *directory;
};

struct form {
    struct mail_form form;
    struct broadcast *broadcast; /* held, so that its address stays its own */
};

static void form_free(gpointer data)
{
    struct form *f = data;
    mail_head_free(f->form.head);
    template_free(f->form.text);
    template_free(f->form.html);
    json_decref(f->form.calls);
    broadcast_unref(f->broadcast);
    g_free(f);
}

struct mail_press *mail_press_new(void)
{
    struct mail_press *p = g_new0(struct mail_press, 1);
    p->forms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, form_free);
    return p;
}

void mail_press_free(struct mail_press *p)
{
    if (!p)
        return;
    g_hash_table_unref(p->forms);
    g_free(p);
}

/* All that notice_json_shared(), the subject and the calls go by; NULL: it is of its own kind. */
static char *kind_of(const struct notice *n)
{
    if (n->missions->len != 1 || notice_is_for_desk(n))
        return NULL;
    const struct affected_mission *m = n->missions->pdata[0];
    const char *words[] = { m->office, m->kind, m->state, m->timezone, n->notification->language };
    GString *key = g_string_sized_new(128);
    g_string_append_printf(key, "%p %d %d", (const void *)n->broadcast, notice_part(n),
                           n->notification->purpose);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_string_append_c(key, '\n');
        g_string_append(key, words[i] ? words[i] : "");
    }
    return g_string_free(key, FALSE);
}

static struct form *form_new(const struct notice *n, const struct template_set *t,
                             const struct mail_settings *s)
{
    struct form *f = g_new0(struct form, 1);
    const char *language = "en";
    const json_t *phrases = template_set_phrases(t, n->notification->language, &language);
    json_t *shared = notice_json_shared(n, phrases, language);
    f->broadcast = broadcast_ref((struct broadcast *)n->broadcast);
    f->form.head = mail_head_new(n, t, s);
    f->form.text = template_fix(template_set_get(t, TEMPLATE_REPRESENTATIVE_TEXT), shared);
    f->form.html = template_fix(template_set_get(t, TEMPLATE_REPRESENTATIVE_HTML), shared);
    f->form.calls = notice_calls_json(n, phrases);
    json_decref(shared);
    return f;
}

/* What was made in another minute names the numbers of that one. */
static void drop_what_is_old(struct mail_press *p, const struct notice *n)
{
    const int64_t minute = n->now_ms / MINUTE_MS;
    if (p->minute == minute && p->directory == n->directory &&
        g_hash_table_size(p->forms) < MAIL_PRESS_MAX)
        return;
    g_hash_table_remove_all(p->forms);
    p->minute = minute;
    p->directory = n->directory;
}

const struct mail_form *mail_press_form(struct mail_press *p, const struct notice *n,
                                        const struct template_set *t, const struct mail_settings *s)
{
    char *kind = kind_of(n);
    if (!kind)
        return NULL;
    struct form *f = NULL;
    if (p->minute == n->now_ms / MINUTE_MS && p->directory == n->directory)
        f = g_hash_table_lookup(p->forms, kind);
    if (f) {
        g_free(kind);
    } else {
        drop_what_is_old(p, n);
        f = form_new(n, t, s);
        g_hash_table_insert(p->forms, kind, f);
    }
    return &f->form;
}
