#include "wire/page_contact.h"

#include "wire/json_text.h"
#include "wire/page_shell.h"
#include "wire/phrases.h"
#include <string.h>

const char *const page_contact_fields[] = { "change",   "representative", "name",    "language",
                                            "email",    "phone",          "webhook", "valid_from",
                                            "valid_to", "note",           NULL };

/* Those of the fields that are one line of typing.  dir "ltr": Latin letters and digits, whatever
 * the language of the page. */
static const struct line_field {
    const char *name, *type, *dir;
    int max;
} lines[] = {
    { "representative", "number", "ltr", 3 },
    { "name", "text", "auto", 200 },
    { "language", "text", "ltr", 35 },
    { "email", "email", "ltr", 254 },
    { "phone", "tel", "ltr", 40 },
    { "webhook", "url", "ltr", 2000 },
    { "valid_from", "date", "ltr", 10 },
    { "valid_to", "date", "ltr", 10 },
};

static const char *value_of(const struct page_contact *p, const char *name)
{
    for (size_t i = 0; p->values && page_contact_fields[i]; i++) {
        if (g_str_equal(page_contact_fields[i], name))
            return p->values[i] ? p->values[i] : "";
    }
    return "";
}

/* The last step of a fault's place is the field. */
static bool is_bad(const struct page_contact *p, const char *name)
{
    for (guint i = 0; p->faults && i < p->faults->errors->len; i++) {
        const struct fault *f = p->faults->errors->pdata[i];
        const char *last = strrchr(f->place, '/');
        if (last && g_str_equal(last + 1, name))
            return true;
    }
    return false;
}

static json_t *error_json(const struct page_contact *p, const json_t *phrases, const char *name)
{
    return json_text(is_bad(p, name) ? phrases_get(phrases, "contact_bad") : "");
}

static json_t *fields_json(const struct page_contact *p, const json_t *phrases)
{
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        const struct line_field *f = &lines[i];
        g_autofree char *hint = g_strconcat("contact_", f->name, "_hint", NULL);
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o, s:s, s:s, s:i, s:o, s:o}", "name", f->name, "label",
                            json_text(phrases_for(phrases, "contact", f->name)), "hint",
                            json_text(phrases_get(phrases, hint)), "type", f->type, "dir", f->dir,
                            "max", f->max, "value", json_text(value_of(p, f->name)), "error",
                            error_json(p, phrases, f->name)));
    }
    return list;
}

static json_t *changes_json(const struct page_contact *p, const json_t *phrases)
{
    static const char *const changes[] = { "changed", "new", "departing" };
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:b}", "value", changes[i], "label",
                                        json_text(phrases_for(phrases, "contact", changes[i])),
                                        "checked", g_str_equal(value_of(p, "change"), changes[i])));
    }
    return list;
}

static json_t *form_json(const struct page_contact *p, const json_t *phrases)
{
    bool wrong = p->event == PAGE_CONTACT_WRONG_CODE;
    return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "action", p->action, "back",
                     p->back, "sent", p->event == PAGE_CONTACT_RECEIVED, "code_error",
                     json_text(wrong ? phrases_get(phrases, "answer_wrong_code") : ""),
                     "change_error", error_json(p, phrases, "change"), "note",
                     json_text(value_of(p, "note")), "note_error", error_json(p, phrases, "note"),
                     "changes", changes_json(p, phrases), "fields", fields_json(p, phrases));
}

char *page_contact(const struct page_contact *p, const struct template_set *t)
{
    static const struct {
        const char *tone, *title, *line;
    } notes[] = {
        [PAGE_CONTACT_ASKS] = { NULL, NULL, NULL },
        [PAGE_CONTACT_WRONG_CODE] = { "bad", "answer_nothing_yet", "answer_wrong_code" },
        [PAGE_CONTACT_REFUSED] = { "bad", "contact_refused", NULL },
        [PAGE_CONTACT_RECEIVED] = { "good", "contact_received", "contact_received_line" },
    };
    const json_t *phrases = NULL;
    json_t *page = page_shell(p->notice, t, &phrases);
    json_object_set_new(page, "title", json_text(phrases_get(phrases, "contact_title")));
    if (notes[p->event].tone) {
        const char *line = notes[p->event].line;
        page_shell_note(page, notes[p->event].tone, phrases_get(phrases, notes[p->event].title),
                        line ? phrases_get(phrases, line) : "");
    }
    if (p->event == PAGE_CONTACT_RECEIVED)
        page_shell_note_time(page, p->notice, phrases, p->notice->now_ms);
    json_object_set_new(page, "contact_form", form_json(p, phrases));
    return page_shell_render(page, t);
}
