#include "wire/page.h"

#include "wire/json_text.h"
#include "wire/page_shell.h"
#include "wire/phrases.h"

/* The phrases of each answer, in the order of the form. */
static const struct choice {
    enum answer answer;
    const char *label, *hint, *thanks, *more;
} choices[] = {
    { ANSWER_UNDERSTOOD, "answer_understood", "answer_understood_hint", "thanks_understood",
      "thanks_close" },
    { ANSWER_NEED_ASSISTANCE, "answer_need_assistance", "answer_need_assistance_hint",
      "thanks_need_assistance", "thanks_need_assistance_more" },
    { ANSWER_NOT_AFFECTED, "answer_not_affected", "answer_not_affected_hint", "thanks_not_affected",
      "thanks_close" },
    { ANSWER_WRONG_PERSON, "answer_wrong_person", "answer_wrong_person_hint", "thanks_wrong_person",
      "thanks_wrong_person_more" },
};
/* To what a representative is asked in a message that is no broadcast, "is this right?", the answer
 * is another. */
static const struct choice confirms = { ANSWER_UNDERSTOOD, "answer_confirm", "answer_confirm_hint",
                                        "thanks_understood", "thanks_close" };

/* About what has become of the broadcast; the answer is taken all the same. */
static const struct version {
    enum broadcast_state state;
    const char *title, *line;
} versions[] = {
    { BROADCAST_SUPERSEDED, "version_superseded", "version_superseded_line" },
    { BROADCAST_CANCELLED, "version_cancelled", "version_cancelled_line" },
    { BROADCAST_EXPIRED, "version_over", "version_over_line" },
};

static bool is_for_partner(const struct notice *n)
{
    const struct obligation *o = n->obligations->len ? n->obligations->pdata[0] : NULL;
    return o && o->kind == OBLIGATION_PARTNER;
}

static bool is_administrative(const struct notice *n)
{
    return n->broadcast->status == STATUS_SYSTEM && !is_for_partner(n);
}

/* NULL: nobody is asked that here. */
static const struct choice *choice_of(const struct notice *n, enum answer a)
{
    bool few = is_administrative(n) || is_for_partner(n);
    if (few && (a == ANSWER_NEED_ASSISTANCE || a == ANSWER_NOT_AFFECTED))
        return NULL;
    if (a == ANSWER_UNDERSTOOD && is_administrative(n))
        return &confirms;
    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
        if (choices[i].answer == a)
            return &choices[i];
    }
    return NULL;
}

/* Law enforcement represents no mission. */
static const char *hint_of(const struct notice *n, const struct choice *c, const json_t *phrases)
{
    bool about_missions = c->answer == ANSWER_WRONG_PERSON;
    return about_missions && is_for_partner(n) ? "" : phrases_get(phrases, c->hint);
}

static void set_group_labels(json_t *page, const json_t *phrases)
{
    json_t *group;
    size_t i;
    json_array_foreach(json_object_get(page, "groups"), i, group)
    {
        json_object_set_new(group, "label", json_text(phrases_get(phrases, "group_concerned")));
    }
}

static json_t *answers_json(const struct page_answer *p, const json_t *phrases)
{
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
        const struct choice *c = choice_of(p->notice, choices[i].answer);
        if (!c)
            continue;
        /* What was said once is not what is said next. */
        bool checked = p->event != PAGE_ANSWERED && p->event != PAGE_ASKS && p->answer == c->answer;
        json_array_append_new(
            list, json_pack("{s:s, s:o, s:o, s:b}", "value", answer_names[c->answer], "label",
                            json_text(phrases_get(phrases, c->label)), "hint",
                            json_text(hint_of(p->notice, c, phrases)), "checked", checked));
    }
    return list;
}

static json_t *form_json(const struct page_answer *p, const json_t *phrases)
{
    bool wrong = p->event == PAGE_WRONG_CODE, missing = p->event == PAGE_NO_ANSWER;
    const char *note = p->event == PAGE_ANSWERED || !p->note ? "" : p->note;
    return json_pack(
        "{s:s, s:b, s:o, s:o, s:o, s:i, s:o}", "action", p->action, "again",
        p->event == PAGE_ANSWERED, "code_error",
        json_text(wrong ? phrases_get(phrases, "answer_wrong_code") : ""), "answer_error",
        json_text(missing ? phrases_get(phrases, "answer_missing") : ""), "note", json_text(note),
        "note_max", PAGE_NOTE_MAX_CHARS, "answers", answers_json(p, phrases));
}

static void add_thanks(json_t *page, const struct page_answer *p, const json_t *phrases)
{
    const struct choice *c = choice_of(p->notice, p->answer);
    if (!c || !p->answered_ms)
        return;
    page_shell_note(page, "good", phrases_get(phrases, c->thanks), phrases_get(phrases, c->more));
    page_shell_note_time(page, p->notice, phrases, p->answered_ms);
}

static void add_version(json_t *page, const struct page_answer *p, const json_t *phrases)
{
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        if (versions[i].state == p->version)
            page_shell_note(page, "info", phrases_get(phrases, versions[i].title),
                            phrases_get(phrases, versions[i].line));
    }
}

char *page_answer(const struct page_answer *p, const struct template_set *t)
{
    const json_t *phrases = NULL;
    json_t *page = page_shell(p->notice, t, &phrases);
    if (p->event == PAGE_WRONG_CODE || p->event == PAGE_NO_ANSWER)
        page_shell_note(page, "bad", phrases_get(phrases, "answer_nothing_yet"),
                        phrases_get(phrases, p->event == PAGE_WRONG_CODE ? "answer_wrong_code"
                                                                         : "answer_missing"));
    else
        add_thanks(page, p, phrases);
    add_version(page, p, phrases);
    if (is_for_partner(p->notice))
        set_group_labels(page, phrases);
    json_object_set_new(page, "form", form_json(p, phrases));
    json_object_set_new(page, "contact_path", json_text(p->contact ? p->contact : ""));
    return page_shell_render(page, t);
}

char *page_plain(enum page_plain kind, const char *languages, int64_t wait_s,
                 const struct directory *d, const struct template_set *t)
{
    static const char *const words[][2] = {
        [PAGE_UNKNOWN_LINK] = { "link_unknown", "link_unknown_line" },
        [PAGE_TOO_MANY_TRIES] = { "link_tries", "link_tries_line" },
        [PAGE_TROUBLE] = { "link_trouble", "link_trouble_line" },
    };
    const json_t *phrases = NULL;
    json_t *page = page_shell_plain(languages, d, t, &phrases);
    const char *title = phrases_get(phrases, words[kind][0]);
    g_autofree char *minutes = g_strdup_printf("%d", (int)((wait_s + 59) / 60));
    g_autofree char *line = phrases_fill(phrases, words[kind][1], "minutes", minutes, NULL);
    page_shell_note(page, "bad", title, line);
    json_object_set_new(page, "title", json_text(title));
    return page_shell_render(page, t);
}
