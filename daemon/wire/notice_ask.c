#include "wire/notice_ask.h"

#include "model/answer.h"
#include "wire/json_text.h"
#include "wire/phrases.h"

#define PAGES "/a/"
#define ANSWERS "/v1/acknowledgements"

char *notice_ask_url(const struct notice *n)
{
    return n->link ? g_strconcat(n->base_url, PAGES, n->link->token, NULL) : NULL;
}

char *notice_ask_spaced(const struct notice *n)
{
    return g_strdup_printf("%.3s %s", n->link->code, n->link->code + 3);
}

bool notice_ask_is_reminder(const struct notice *n)
{
    return n->notification->purpose == PURPOSE_REMIND;
}

json_t *notice_ask_json(const struct notice *n)
{
    if (!n->link)
        return json_object();
    g_autofree char *url = notice_ask_url(n);
    g_autofree char *spaced = notice_ask_spaced(n);
    return json_pack("{s:o, s:o, s:o}", "url", json_text(url), "code", json_text(n->link->code),
                     "spaced", json_text(spaced));
}

json_t *notice_ask_reminder(const struct notice *n, const json_t *phrases)
{
    if (!notice_ask_is_reminder(n))
        return json_object();
    return json_pack("{s:o, s:o}", "label", json_text(phrases_get(phrases, "reminder_label")),
                     "line", json_text(phrases_get(phrases, "reminder_line")));
}

json_t *notice_ask_data(const struct notice *n)
{
    if (!n->link)
        return NULL;
    g_autofree char *url = notice_ask_url(n), *post = g_strconcat(n->base_url, ANSWERS, NULL);
    json_t *answers = json_array();
    for (size_t i = 0; answer_names[i]; i++)
        json_array_append_new(answers, json_string(answer_names[i]));
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "url", json_text(url), "token",
                     json_text(n->link->token), "code", json_text(n->link->code), "post",
                     json_text(post), "answers", answers);
}
