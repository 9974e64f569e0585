#include "wire/matter_text.h"

#include "model/broadcast.h"
#include "wire/notice_time.h"
#include "wire/phrases.h"

/* A saying without a text of its own says its title again. */
static const struct saying {
    const char *title, *text;
} sayings[] = {
    [MATTER_SAYS_RECEIVED] = { "matter_received_title", "matter_received" },
    [MATTER_SAYS_CONFIRMED] = { "matter_confirmed", NULL },
    [MATTER_SAYS_REFUSED] = { "matter_refused", NULL },
    [MATTER_SAYS_ANSWERED] = { "matter_answered", NULL },
    [MATTER_SAYS_ACKNOWLEDGED] = { "matter_acknowledged", NULL },
    [MATTER_SAYS_CLOSED] = { "matter_closed", NULL },
    [MATTER_SAYS_EXPIRED] = { "matter_expired", NULL },
    [MATTER_SAYS_PROVE] = { "proof_title", "proof_text" },
    [MATTER_SAYS_CAMPAIGN] = { "campaign_title", "campaign_text" },
};

static char *fill(const json_t *phrases, const char *key, const struct matter_words *w)
{
    g_autofree char *number = g_strdup_printf("%" G_GINT64_FORMAT, w->no);
    g_autofree char *time = w->until_ms ? notice_time_utc(w->until_ms) : g_strdup("");
    return phrases_fill(phrases, key, "number", number, "owner", w->owner ? w->owner : "", "note",
                        w->note ? w->note : "", "name", w->name ? w->name : "", "mission",
                        w->mission ? w->mission : "", "time", time, NULL);
}

static struct message *say(const json_t *phrases, const char *language, enum matter_saying what,
                           const struct matter_words *w)
{
    const struct saying *s = &sayings[what];
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup(language);
    m->headline = fill(phrases, s->title, w);
    g_autofree char *sentence = fill(phrases, s->text ? s->text : s->title, w);
    g_autofree char *note = w->note && *w->note ? fill(phrases, "matter_words", w) : NULL;
    const char *copy = w->copy && *w->copy ? w->copy : NULL;
    m->description = g_strconcat(sentence, note ? "\n\n" : "", note ? note : "", copy ? "\n\n" : "",
                                 copy ? copy : "", NULL);
    return m;
}

GPtrArray *matter_text(const struct template_set *t, enum matter_saying what,
                       const struct matter_words *w)
{
    GPtrArray *out = g_ptr_array_new();
    const char *actual = NULL;
    g_ptr_array_add(out, say(template_set_phrases(t, "en", &actual), "en", what, w));
    for (const char *const *l = template_set_languages(t); *l; l++)
        if (!g_str_equal(*l, "en"))
            g_ptr_array_add(out, say(template_set_phrases(t, *l, &actual), *l, what, w));
    return out;
}
