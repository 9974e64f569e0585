#include "wire/cap_message.h"

#include <string.h>

#include "base/text.h"
#include "model/message.h"
#include "wire/broadcast_json.h"
#include "wire/cap_target.h"
#include "wire/cap_words.h"
#include "wire/cap_xml.h"
#include "wire/language.h"

#define LABEL_MAX_CHARS 200

/* An info, with what decides about the language of its message. */
struct version {
    const struct cap_info *info;
    char *tag;   /* as written, in the usual spelling: "en-US" */
    char *brief; /* the primary subtag, and the script where there is one: "en", "zh-Hant" */
    char *places;
    const char *language; /* of the message: tag or brief */
    bool done;
};

static void version_free(struct version *v)
{
    g_free(v->tag);
    g_free(v->brief);
    g_free(v->places);
    g_free(v);
}

/* Newline and tab stay; other controls and direction overrides go. */
static char *clean_text(const char *s)
{
    GString *out = g_string_new(NULL);
    g_autofree char *valid = g_utf8_make_valid(s, -1);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool override = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
        if (c == 0x2028 || c == 0x2029 || (c == '\r' && p[1] != '\n'))
            g_string_append_c(out, '\n');
        else if ((!g_unichar_iscntrl(c) || c == '\n' || c == '\t') && !override)
            g_string_append_unichar(out, c);
    }
    return g_strstrip(g_string_free(out, FALSE));
}

static bool is_blank(const char *s)
{
    for (; s && *s; s = g_utf8_next_char(s))
        if (!g_unichar_isspace(g_utf8_get_char(s)))
            return false;
    return true;
}

/* At most max bytes, ended by an ellipsis where something was cut; takes s. */
static char *cut(char *s, size_t max, const char *what, struct faults *f)
{
    if (strlen(s) <= max)
        return s;
    char *brief = text_cut(s, max);
    g_autofree char *sentence = g_strdup_printf(
        "the %s has more than %zu bytes and is cut; the alert keeps it whole", what, max);
    cap_warn(f, "/alert/info", "text-cut", sentence);
    g_free(s);
    return brief;
}

static char *headline_of(const struct cap_info *i)
{
    const char *const sources[] = { i->headline, i->event, "-" };

    for (size_t k = 0; k < G_N_ELEMENTS(sources); k++) {
        char *line = sources[k] ? text_clean_line(sources[k]) : NULL;
        if (!is_blank(line))
            return line;
        g_free(line);
    }
    return g_strdup("-");
}

/* Never blank: a headline stands in. */
static char *description_of(const struct cap_info *i)
{
    char *text = i->description ? clean_text(i->description) : NULL;

    if (!is_blank(text))
        return text;
    g_free(text);
    return headline_of(i);
}

static char *instruction_of(const struct cap_info *i)
{
    char *text = i->instruction ? clean_text(i->instruction) : NULL;

    if (is_blank(text))
        g_clear_pointer(&text, g_free);
    return text;
}

/* "en-US" -> "en", "zh-hant-TW" -> "zh-Hant". */
static char *brief_tag(const char *tag)
{
    g_auto(GStrv) parts = g_strsplit(tag, "-", 3);
    bool script = parts[0] && parts[1] && strlen(parts[1]) == 4 && g_ascii_isalpha(*parts[1]);

    return script ? g_strconcat(parts[0], "-", parts[1], NULL) : g_strdup(parts[0]);
}

/* What is beyond the usual shape ("en-x-plain", "i-klingon") keeps its first subtag, or is
 * undetermined. */
static char *usual_tag(const char *written)
{
    char *tag = language_canonical(written);

    if (tag)
        return tag;
    g_autofree char *primary = g_strndup(written, strcspn(written, "-"));
    tag = language_canonical(primary);
    return tag ? tag : g_strdup("und");
}

static GPtrArray *list_versions(const struct cap_alert *a)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)version_free);

    for (guint i = 0; i < a->infos->len; i++) {
        struct version *v = g_new0(struct version, 1);
        v->info = a->infos->pdata[i];
        v->tag = usual_tag(v->info->language ? v->info->language : "en-US");
        v->brief = brief_tag(v->tag);
        v->places = cap_target_key(v->info);
        g_ptr_array_add(all, v);
    }
    return all;
}

/* Variants of a language (pt-BR, pt-PT) are messages of their own where all of them speak of the
 * same places. */
static void choose_language(const GPtrArray *all, struct version *v)
{
    bool variants = false, same_places = true;

    for (guint i = 0; i < all->len; i++) {
        const struct version *o = all->pdata[i];
        if (strcmp(o->brief, v->brief) != 0)
            continue;
        variants |= strcmp(o->tag, v->tag) != 0;
        same_places &= strcmp(o->places, v->places) == 0;
    }
    v->language = variants && same_places ? v->tag : v->brief;
}

static bool places_differ(const GPtrArray *all)
{
    for (guint i = 1; i < all->len; i++)
        if (strcmp(((const struct version *)all->pdata[i])->places,
                   ((const struct version *)all->pdata[0])->places) != 0)
            return true;
    return false;
}

static char *label_of(const struct cap_info *i)
{
    g_autoptr(GString) names = g_string_new(NULL);

    for (guint k = 0; k < i->areas->len && names->len < LABEL_MAX_CHARS; k++) {
        const struct cap_area *a = i->areas->pdata[k];
        if (a->description)
            g_string_append_printf(names, "%s%s", names->len ? "; " : "", a->description);
    }
    g_autofree char *line = text_clean_line(names->str);
    return text_ellipsize(line, LABEL_MAX_CHARS);
}

static struct message_own *own_of(const struct cap_info *i)
{
    struct message_own *own = g_new0(struct message_own, 1);

    own->urgency = (enum broadcast_urgency)broadcast_name_index(cap_urgency_words, i->urgency);
    own->severity = (enum broadcast_severity)broadcast_name_index(cap_severity_words, i->severity);
    own->certainty =
        (enum broadcast_certainty)broadcast_name_index(cap_certainty_words, i->certainty);
    own->effective = i->effective;
    own->expires = i->expires;
    return own;
}

static struct message *message_of(const struct cap_info *i)
{
    struct message *m = g_new0(struct message, 1);

    m->language = g_strdup("");
    m->headline = headline_of(i);
    m->description = description_of(i);
    m->instruction = instruction_of(i);
    m->own = own_of(i);
    return m;
}

/* As much as a message carries; takes m. */
static void add_message(struct broadcast *b, struct message *m, struct faults *f)
{
    m->headline = cut(m->headline, BROADCAST_JSON_MAX_HEADLINE, "headline", f);
    m->description = cut(m->description, BROADCAST_JSON_MAX_TEXT, "description", f);
    if (m->instruction)
        m->instruction = cut(m->instruction, BROADCAST_JSON_MAX_TEXT, "instruction", f);
    g_ptr_array_add(b->messages, m);
}

static struct message *join(const struct broadcast *b, const GPtrArray *parts, const char *language,
                            struct faults *f)
{
    struct message *m = message_join(b, parts);

    g_free(m->language);
    m->language = g_strdup(language);
    if (parts->len > 1) {
        g_autofree char *sentence =
            g_strdup_printf("%u infos in %s are one message", parts->len, language);
        cap_warn(f, "/alert/info", "same-language", sentence);
    }
    return m;
}

/* NULL: the area has no name. */
static char *place_of(const struct cap_info *i)
{
    char *label = label_of(i);

    if (is_blank(label))
        g_clear_pointer(&label, g_free);
    return label;
}

/* The infos that speak one language of the same places, from first on, are one message. */
static void say(const GPtrArray *all, guint first, bool by_place, struct broadcast *b,
                GPtrArray *parts_of, struct faults *f)
{
    const struct version *lead = all->pdata[first];
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func((GDestroyNotify)message_free);
    GPtrArray *infos = g_ptr_array_new();

    for (guint i = first; i < all->len; i++) {
        struct version *v = all->pdata[i];
        if (strcmp(v->language, lead->language) != 0 || strcmp(v->places, lead->places) != 0)
            continue;
        v->done = true;
        g_ptr_array_add(parts, message_of(v->info));
        g_ptr_array_add(infos, (gpointer)v->info);
    }
    struct message *m = join(b, parts, lead->language, f);
    if (by_place)
        m->place = place_of(lead->info);
    else
        g_clear_pointer(&m->own, g_free);
    add_message(b, m, f);
    g_ptr_array_add(parts_of, infos);
}

/* Up to the first full stop, exclamation or question mark that ends a word. */
static char *first_sentence(const char *text)
{
    const char *end = text;

    while (*end && !(strchr(".!?", *end) && (end[1] == ' ' || end[1] == '\0')))
        end++;
    return g_strndup(text, (gsize)(end - text) + (*end != '\0'));
}

static struct message *plain_message(char *headline, char *description)
{
    struct message *m = g_new0(struct message, 1);

    m->language = g_strdup("en");
    m->headline = headline;
    m->description = description;
    return m;
}

/* Without <info> the <note> is all there is to say. */
static void say_note(const struct cap_alert *a, struct broadcast *b, struct faults *f)
{
    static const char *const otherwise[] = { "An alert without text", "An update without text",
                                             "Cancelled", "Acknowledged", "Refused" };
    g_autofree char *line = a->note ? text_clean_line(a->note) : NULL;
    char *note = a->note ? clean_text(a->note) : NULL;

    if (is_blank(line) || is_blank(note)) {
        g_free(note);
        add_message(b, plain_message(g_strdup(otherwise[b->type]), g_strdup(otherwise[b->type])),
                    f);
    } else {
        add_message(b, plain_message(first_sentence(line), note), f);
    }
}

static void check_languages(const struct broadcast *b, struct faults *f)
{
    g_autoptr(GHashTable) languages = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < b->messages->len; i++)
        g_hash_table_add(languages, ((const struct message *)b->messages->pdata[i])->language);
    if (g_hash_table_size(languages) > CAP_MAX_LANGUAGES)
        cap_error(f, "/alert", "too-many-elements", "there are more than 64 languages");
}

GPtrArray *cap_messages(const struct cap_alert *a, struct broadcast *b, struct faults *f)
{
    g_autoptr(GPtrArray) all = list_versions(a);
    GPtrArray *parts_of = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    bool by_place = places_differ(all);

    for (guint i = 0; i < all->len; i++)
        choose_language(all, all->pdata[i]);
    for (guint i = 0; i < all->len; i++)
        if (!((struct version *)all->pdata[i])->done)
            say(all, i, by_place, b, parts_of, f);
    if (all->len == 0)
        say_note(a, b, f);
    check_languages(b, f);
    if (!by_place)
        g_clear_pointer(&parts_of, g_ptr_array_unref);
    return parts_of;
}

void cap_messages_collapse(struct broadcast *b, struct faults *f)
{
    GPtrArray *old = b->messages;

    b->messages = g_ptr_array_new_with_free_func((GDestroyNotify)message_free);
    for (guint i = 0; i < old->len; i++) {
        const struct message *lead = old->pdata[i];
        g_autoptr(GPtrArray) parts = g_ptr_array_new();
        for (guint k = 0; k < old->len; k++)
            if (strcmp(((const struct message *)old->pdata[k])->language, lead->language) == 0)
                g_ptr_array_add(parts, old->pdata[k]);
        if (parts->pdata[0] != lead)
            continue;
        struct message *m = join(b, parts, lead->language, f);
        g_clear_pointer(&m->own, g_free);
        add_message(b, m, f);
    }
    g_ptr_array_unref(old);
}

/* The first info of the same message. */
static const struct version *lead_of(const GPtrArray *all, const struct version *v)
{
    for (guint i = 0; i < all->len; i++) {
        const struct version *o = all->pdata[i];
        if (strcmp(o->language, v->language) == 0 && strcmp(o->places, v->places) == 0)
            return o;
    }
    return v;
}

void cap_message_each(const struct cap_alert *a,
                      void (*fn)(const struct cap_info *i, const char *language, const char *place,
                                 void *ctx),
                      void *ctx)
{
    g_autoptr(GPtrArray) all = list_versions(a);
    bool by_place = places_differ(all);

    for (guint i = 0; i < all->len; i++)
        choose_language(all, all->pdata[i]);
    for (guint i = 0; i < all->len; i++) {
        const struct version *v = all->pdata[i];
        g_autofree char *place = by_place ? place_of(lead_of(all, v)->info) : NULL;
        fn(v->info, v->language, place, ctx);
    }
}
