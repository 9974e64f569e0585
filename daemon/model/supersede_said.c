#include "model/supersede_said.h"

#include "model/message.h"
#include <string.h>

static bool same_responses(const struct broadcast *x, const struct broadcast *y)
{
    bool same = x->responses->len == y->responses->len;
    for (guint i = 0; same && i < x->responses->len; i++)
        same = !g_strcmp0(x->responses->pdata[i], y->responses->pdata[i]);
    return same;
}

static bool same_message(const struct message *x, const struct message *y)
{
    if (!x || !y)
        return x == y;
    const char *no_instruction = "";
    return !g_ascii_strcasecmp(x->language, y->language) && g_str_equal(x->headline, y->headline) &&
           g_str_equal(x->description, y->description) &&
           g_str_equal(x->instruction ? x->instruction : no_instruction,
                       y->instruction ? y->instruction : no_instruction);
}

static bool same_missions(const GPtrArray *x, const GPtrArray *y)
{
    bool same = (x == NULL) == (y == NULL) && (!x || x->len == y->len);
    for (guint i = 0; same && x && i < x->len; i++)
        same = g_str_equal(x->pdata[i], y->pdata[i]);
    return same;
}

/* Where texts differ by mission: every one of them. */
static bool same_messages(const struct broadcast *before, const struct broadcast *after)
{
    bool same = before->messages->len == after->messages->len;
    for (guint i = 0; same && i < before->messages->len; i++) {
        const struct message *x = before->messages->pdata[i], *y = after->messages->pdata[i];
        same = same_message(x, y) && same_missions(x->missions, y->missions);
    }
    return same;
}

static bool same_texts(const struct broadcast *before, const struct broadcast *after,
                       const char *language)
{
    if (message_differ(before) || message_differ(after))
        return same_messages(before, after);
    return same_message(broadcast_message_for(before, language),
                        broadcast_message_for(after, language));
}

bool supersede_same_words(const struct broadcast *before, const struct broadcast *after,
                          const char *language)
{
    return (before->type == TYPE_CANCEL) == (after->type == TYPE_CANCEL) &&
           before->status == after->status && before->urgency == after->urgency &&
           before->severity == after->severity && before->certainty == after->certainty &&
           before->handling == after->handling && same_responses(before, after) &&
           same_texts(before, after, language);
}

/* The same of what one mission is told. */
static bool same_words_for(const struct broadcast *before, const struct broadcast *after,
                           const char *language, const char *mission)
{
    struct broadcast *x =
        message_narrow(before, language, mission ? &mission : NULL, 1, UNNAMED_NONE);
    struct broadcast *y =
        message_narrow(after, language, mission ? &mission : NULL, 1, UNNAMED_NONE);
    bool same = supersede_same_words(x, y, language);
    broadcast_unref(x);
    broadcast_unref(y);
    return same;
}

static struct history_word *word_at(const struct said *s, guint i)
{
    return &g_array_index(s->h->words, struct history_word, i);
}

bool said_is_affected(const struct said *s, guint mission)
{
    return mission != HISTORY_NO_MISSION &&
           g_array_index(s->h->missions, struct history_mission, mission).is_affected;
}

/* It certainly knows that this is over for it. */
static bool is_over(const struct history_word *word)
{
    enum obligation_part part = word->obligation->part;
    return word->told == TOLD_YES && (part == PART_RELEASE || part == PART_CANCEL);
}

static bool has_these_words(const struct said *s, const struct history_word *word, guint mission,
                            const char *language)
{
    const char *id =
        mission == HISTORY_NO_MISSION
            ? NULL
            : g_array_index(s->h->missions, struct history_mission, mission).mission->id;
    enum obligation_part part = word->obligation->part;
    return word->told == TOLD_YES && (part == PART_FULL || part == PART_UPDATE) &&
           same_words_for(s->versions[word->version].broadcast, s->b, language, id);
}

/* Must an endpoint be told something about what the new plan does not tell it of any more? */
bool said_must_say(const struct said *s, const struct history_endpoint *e,
                   const struct history_topic *t, const struct history_word *word)
{
    if (s->b->type == TYPE_CANCEL)
        return !(word->told == TOLD_YES && word->obligation->part == PART_CANCEL);
    if (is_over(word))
        return said_is_affected(s, t->mission);
    return !said_is_affected(s, t->mission) ||
           !has_these_words(s, word, t->mission, e->last->language);
}

static bool has_more_to_hear(const struct said *s, const struct history_endpoint *e)
{
    for (guint i = e->topic; i != HISTORY_NONE;) {
        const struct history_topic *t = &g_array_index(s->h->topics, struct history_topic, i);
        for (guint k = t->covered ? HISTORY_NONE : t->word; k != HISTORY_NONE;
             k = word_at(s, k)->next) {
            if (said_must_say(s, e, t, word_at(s, k)))
                return true;
        }
        i = t->next;
    }
    return false;
}

/* The new plan's message for an endpoint says what the endpoint certainly has, for this reason. */
static bool knows(const struct said *s, guint endpoint, const struct obligation *o, guint mission,
                  const char *language)
{
    const struct history_topic *t = history_find_topic(s->h, endpoint, mission);
    bool reason = false;
    for (guint k = t ? t->word : HISTORY_NONE; k != HISTORY_NONE; k = word_at(s, k)->next) {
        if (!has_these_words(s, word_at(s, k), mission, language))
            return false;
        reason = reason || g_str_equal(word_at(s, k)->obligation->reason, o->reason);
    }
    return reason;
}

bool said_knows_all(const struct said *s, const GPtrArray *obligations, guint endpoint,
                    const struct notification *n)
{
    if (endpoint == HISTORY_NONE ||
        has_more_to_hear(s, &g_array_index(s->h->endpoints, struct history_endpoint, endpoint)))
        return false;
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o =
            obligations->pdata[g_array_index(n->obligations, uint32_t, i) - 1];
        for (guint k = 0; k < history_topics_of(o); k++) {
            guint mission = history_mission_of(s->h, o, k);
            if (!knows(s, endpoint, o, mission, n->language))
                return false;
        }
    }
    return true;
}

/* Was the endpoint told of it, and not told since that it is over? */
bool said_was_told(const struct said *s, guint endpoint, guint mission)
{
    const struct history_topic *t =
        endpoint == HISTORY_NONE ? NULL : history_find_topic(s->h, endpoint, mission);
    for (guint k = t ? t->word : HISTORY_NONE; k != HISTORY_NONE; k = word_at(s, k)->next) {
        if (!is_over(word_at(s, k)))
            return true;
    }
    return false;
}
