#include "model/message.h"

#include "model/resource.h"

#include <stdlib.h>
#include <string.h>

static const struct message *find_language(const GPtrArray *messages, const char *language)
{
    for (guint i = 0; i < messages->len; i++) {
        const struct message *m = messages->pdata[i];
        if (!g_ascii_strcasecmp(m->language, language))
            return m;
    }
    return NULL;
}

/* The first whose primary subtag is that of language: "pt-BR" serves a reader of "pt". */
static const struct message *find_primary(const GPtrArray *messages, const char *language)
{
    size_t want = strcspn(language, "-");
    for (guint i = 0; i < messages->len; i++) {
        const struct message *m = messages->pdata[i];
        if (strcspn(m->language, "-") == want && !g_ascii_strncasecmp(m->language, language, want))
            return m;
    }
    return NULL;
}

const struct message *message_in(const GPtrArray *messages, const char *language)
{
    const struct message *m = NULL;
    if (language && *language && !(m = find_language(messages, language)))
        m = find_primary(messages, language);
    if (!m && !(m = find_language(messages, "en")))
        m = find_primary(messages, "en");
    if (!m && messages->len)
        m = messages->pdata[0];
    return m;
}

static int by_text(const void *key, const void *element)
{
    return strcmp(key, *(const char *const *)element);
}

bool message_is_for(const struct message *m, const char *mission)
{
    return !m->missions ||
           bsearch(mission, m->missions->pdata, m->missions->len, sizeof(gpointer), by_text);
}

bool message_differ(const struct broadcast *b)
{
    for (guint i = 0; i < b->messages->len; i++)
        if (((const struct message *)b->messages->pdata[i])->missions)
            return true;
    return false;
}

/* Adds to chosen what one mission (NULL: whoever) is told; false: nothing. */
static bool choose_one(const struct broadcast *b, const char *language, const char *mission,
                       GHashTable *chosen)
{
    g_autoptr(GPtrArray) own = g_ptr_array_new();
    for (guint i = 0; i < b->messages->len; i++)
        if (!mission || message_is_for(b->messages->pdata[i], mission))
            g_ptr_array_add(own, b->messages->pdata[i]);
    const struct message *lead = message_in(own, language);
    for (guint i = 0; i < own->len; i++)
        if (!strcmp(((const struct message *)own->pdata[i])->language, lead->language))
            g_hash_table_add(chosen, own->pdata[i]);
    return own->len > 0;
}

GPtrArray *message_choose(const struct broadcast *b, const char *language,
                          const char *const *missions, size_t n, enum message_unnamed unnamed)
{
    GPtrArray *out = g_ptr_array_new();
    g_autoptr(GHashTable) chosen = g_hash_table_new(NULL, NULL);
    if (!missions || !message_differ(b))
        choose_one(b, language, NULL, chosen);
    else
        for (size_t i = 0; i < n; i++)
            if (!choose_one(b, language, missions[i], chosen) && unnamed == UNNAMED_ALL)
                choose_one(b, language, NULL, chosen);
    for (guint i = 0; i < b->messages->len; i++)
        if (g_hash_table_contains(chosen, b->messages->pdata[i]))
            g_ptr_array_add(out, b->messages->pdata[i]);
    return out;
}

/* --- several as one --- */

static struct message_own own_of(const struct broadcast *b, const struct message *m)
{
    if (m->own)
        return *m->own;
    return (struct message_own){ b->urgency, b->severity, b->certainty, b->effective, b->expires };
}

/* The smaller level is the more pressing; 0 is at once and never. */
static void widen(struct message_own *all, const struct message_own *one)
{
    all->urgency = MIN(all->urgency, one->urgency);
    all->severity = MIN(all->severity, one->severity);
    all->certainty = MIN(all->certainty, one->certainty);
    if (one->effective.ms == 0 || (all->effective.ms != 0 && one->effective.ms < all->effective.ms))
        all->effective = one->effective;
    if (one->expires.ms == 0 || (all->expires.ms != 0 && one->expires.ms > all->expires.ms))
        all->expires = one->expires;
}

struct joined {
    GString *headline, *description, *instruction;
    GHashTable *said;
    bool labelled, several;
};

static void join_line(GString *to, const char *separator, const char *text)
{
    if (to->len > 0)
        g_string_append(to, separator);
    g_string_append(to, text);
}

static void join_one(struct joined *j, const struct message *m)
{
    bool mark = j->labelled && m->place && *m->place;
    g_autofree char *label = mark ? g_strdup_printf("[%s] ", m->place) : g_strdup("");
    if (!g_hash_table_add(
            j->said, g_strjoin("\n", label, m->headline, m->description, m->instruction, NULL)))
        return;
    if (g_hash_table_add(j->said, g_strconcat("headline ", m->headline, NULL)))
        join_line(j->headline, " / ", m->headline);
    g_autofree char *part = j->several ? g_strconcat(label, m->headline, "\n", m->description, NULL)
                                       : g_strdup(m->description);
    join_line(j->description, "\n\n", part);
    g_autofree char *step = m->instruction ? g_strconcat(label, m->instruction, NULL) : NULL;
    if (step && g_hash_table_add(j->said, g_strconcat("instruction ", step, NULL)))
        join_line(j->instruction, "\n\n", step);
}

static void join_texts(struct message *to, const GPtrArray *messages)
{
    struct joined j = { g_string_new(NULL),
                        g_string_new(NULL),
                        g_string_new(NULL),
                        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
                        false,
                        messages->len > 1 };
    const struct message *lead = messages->pdata[0];
    for (guint i = 1; i < messages->len; i++)
        j.labelled |=
            g_strcmp0(((const struct message *)messages->pdata[i])->place, lead->place) != 0;
    for (guint i = 0; i < messages->len; i++)
        join_one(&j, messages->pdata[i]);
    to->headline = g_string_free(j.headline, FALSE);
    to->description = g_string_free(j.description, FALSE);
    to->instruction = g_string_free(j.instruction, FALSE);
    if (!*to->instruction)
        g_clear_pointer(&to->instruction, g_free);
    g_hash_table_unref(j.said);
}

struct message *message_join(const struct broadcast *b, const GPtrArray *messages)
{
    if (messages->len == 0)
        return NULL;
    const struct message *lead = messages->pdata[0];
    struct message *out = g_new0(struct message, 1);
    out->language = g_strdup(lead->language);
    out->own = g_new(struct message_own, 1);
    *out->own = own_of(b, lead);
    for (guint i = 1; i < messages->len; i++) {
        struct message_own one = own_of(b, messages->pdata[i]);
        widen(out->own, &one);
    }
    join_texts(out, messages);
    return out;
}

static GPtrArray *copy_references(const GPtrArray *references)
{
    GPtrArray *out = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    for (guint i = 0; i < references->len; i++)
        g_ptr_array_add(out, reference_copy(references->pdata[i]));
    return out;
}

/* Everything but texts and audience. */
static struct broadcast *copy_frame(const struct broadcast *b)
{
    struct broadcast *out = broadcast_new();
    out->id = g_strdup(b->id);
    out->identifier = g_strdup(b->identifier);
    out->sender = g_strdup(b->sender);
    out->sent = b->sent;
    out->status = b->status;
    out->type = b->type;
    out->urgency = b->urgency;
    out->severity = b->severity;
    out->certainty = b->certainty;
    out->handling = b->handling;
    out->effective = b->effective;
    out->expires = b->expires;
    out->incident = g_strdup(b->incident);
    g_ptr_array_extend(out->responses, b->responses, NULL, NULL);
    g_ptr_array_unref(out->references);
    out->references = copy_references(b->references);
    return out;
}

/* A resource goes where its text goes; places count where texts have their own. */
static GPtrArray *resources_of(const struct broadcast *b, const GPtrArray *texts)
{
    GPtrArray *out = NULL;
    for (guint i = 0; b->resources && i < b->resources->len; i++) {
        struct resource *r = b->resources->pdata[i];
        bool wanted = false;
        for (guint k = 0; k < texts->len; k++) {
            const struct message *m = texts->pdata[k];
            wanted |= g_str_equal(m->language, r->language) &&
                      (!m->place || g_strcmp0(m->place, r->place) == 0);
        }
        if (wanted && !out)
            out = resource_array_new();
        if (wanted)
            g_ptr_array_add(out, resource_ref(r));
    }
    return out;
}

struct broadcast *message_narrow(const struct broadcast *b, const char *language,
                                 const char *const *missions, size_t n,
                                 enum message_unnamed unnamed)
{
    if (!message_differ(b) && !b->resources)
        return broadcast_ref((struct broadcast *)b); /* counting changes nothing of it */
    g_autoptr(GPtrArray) texts = message_choose(b, language, missions, n, unnamed);
    struct message *all = message_join(b, texts);
    struct broadcast *out = copy_frame(b);
    out->resources = resources_of(b, texts);
    if (!all)
        return out;
    out->urgency = all->own->urgency;
    out->severity = all->own->severity;
    out->certainty = all->own->certainty;
    out->effective = all->own->effective;
    out->expires = all->own->expires;
    g_ptr_array_add(out->messages, all);
    return out;
}

const struct message *message_first(const struct broadcast *b, const char *language,
                                    const char *mission)
{
    g_autoptr(GPtrArray) texts = message_choose(b, language, &mission, 1, UNNAMED_NONE);
    return texts->len > 0 ? texts->pdata[0] : NULL;
}
