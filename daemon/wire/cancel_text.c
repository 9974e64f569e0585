#include "wire/cancel_text.h"

#include <string.h>

#include "base/text.h"
#include "wire/broadcast_json.h"
#include "wire/phrases.h"

#define REASON_MAX_CHARS 1000

struct words {
    bool false_alarm;
    char *reason; /* owned, "" for none */
};

/* The title with as much of the headline as fits. */
static char *title_of(const struct words *w, const json_t *phrases, const char *headline)
{
    const char *key = w->false_alarm ? "false_alarm_title" : "cancel_title";
    size_t max_chars = MIN((size_t)g_utf8_strlen(headline, -1), BROADCAST_JSON_MAX_HEADLINE);
    for (;; max_chars--) {
        g_autofree char *shown = text_ellipsize(headline, max_chars);
        char *title = phrases_fill(phrases, key, "headline", shown, NULL);
        if (strlen(title) <= BROADCAST_JSON_MAX_HEADLINE || max_chars <= 1)
            return title;
        g_free(title);
    }
}

static char *body_of(const struct words *w, const json_t *phrases, const char *headline)
{
    const char *key = w->false_alarm ? "false_alarm_text" : "cancel_text";
    g_autofree char *text = phrases_fill(phrases, key, "headline", headline, NULL);
    if (!*w->reason)
        return g_steal_pointer(&text);
    g_autofree char *reason = phrases_fill(phrases, "cancel_reason", "reason", w->reason, NULL);
    return g_strconcat(text, "\n\n", reason, NULL);
}

static gpointer copy_text(gconstpointer text, gpointer ctx)
{
    (void)ctx;
    return g_strdup(text);
}

/* For the missions whose text it cancels; its levels stay, its times do not. */
static void set_own(struct message *to, const struct message *of)
{
    to->place = g_strdup(of->place);
    if (of->missions)
        to->missions = g_ptr_array_copy(of->missions, copy_text, NULL);
    if (to->missions)
        g_ptr_array_set_free_func(to->missions, g_free);
    if (!of->own)
        return;
    to->own = g_memdup2(of->own, sizeof *of->own);
    to->own->effective = to->own->expires = (struct timestamp){ 0, 0 };
}

static struct message *add_message(struct broadcast *b, const struct words *w,
                                   const json_t *phrases, const char *language,
                                   const char *headline)
{
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup(language);
    m->headline = title_of(w, phrases, headline);
    m->description = body_of(w, phrases, headline);
    m->instruction = g_strdup(phrases_get(phrases, "cancel_instruction"));
    g_ptr_array_add(b->messages, m);
    return m;
}

static void add_messages(struct broadcast *b, const struct broadcast *of,
                         const struct template_set *t, const struct words *w)
{
    const char *actual = NULL;
    for (guint i = 0; i < of->messages->len; i++) {
        const struct message *m = of->messages->pdata[i];
        const json_t *phrases = template_set_phrases(t, m->language, &actual);
        set_own(add_message(b, w, phrases, m->language, m->headline), m);
    }
    if (!b->messages->len)
        add_message(b, w, template_set_phrases(t, "en", &actual), "en", of->identifier);
}

static void refer_to(struct broadcast *b, const struct broadcast *of)
{
    struct reference *r = g_new0(struct reference, 1);
    r->identifier = g_strdup(of->identifier);
    r->sender = g_strdup(of->sender);
    r->sent = of->sent;
    g_ptr_array_add(b->references, r);
}

struct broadcast *cancel_text_compose(const struct broadcast *of, const struct template_set *t,
                                      const char *identifier, const char *sender,
                                      const struct timestamp *sent, bool false_alarm,
                                      const char *reason)
{
    g_autofree char *line = text_clean_line(reason ? reason : "");
    struct words w = { false_alarm, text_ellipsize(line, REASON_MAX_CHARS) };
    struct broadcast *b = broadcast_new();
    b->identifier = g_strdup(identifier);
    b->sender = g_strdup(sender);
    b->sent = *sent;
    b->status = of->status;
    b->type = TYPE_CANCEL;
    b->urgency = of->urgency;
    b->severity = of->severity;
    b->certainty = of->certainty;
    b->handling = of->handling;
    b->incident = g_strdup(of->incident);
    refer_to(b, of);
    add_messages(b, of, t, &w);
    g_free(w.reason);
    return b;
}
