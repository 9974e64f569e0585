#include "wire/cap_broadcast.h"

#include <string.h>

#include "base/text.h"
#include "model/audience.h"
#include "model/reach.h"
#include "wire/cap_message.h"
#include "wire/cap_target.h"
#include "wire/cap_words.h"
#include "wire/cap_xml.h"

#define INCIDENT_MAX_BYTES 256

static int word_index(const char *const *words, const char *word)
{
    int i = broadcast_name_index(words, word);

    g_assert(i >= 0); /* cap_read has looked */
    return i;
}

/* The smallest, which is the most pressing; a warning where the infos differ. */
static int most_pressing(const struct cap_alert *a, size_t offset, const char *const *words,
                         int otherwise, const char *name, struct faults *f)
{
    int least = otherwise;
    bool differ = false;

    for (guint i = 0; i < a->infos->len; i++) {
        int k = word_index(words, G_STRUCT_MEMBER(char *, a->infos->pdata[i], offset));
        differ |= i > 0 && k != least;
        least = i == 0 ? k : MIN(k, least);
    }
    if (differ) {
        g_autofree char *sentence = g_strdup_printf(
            "the infos differ in <%s>; “%s” is that of the whole", name, words[least]);
        cap_warn(f, "/alert/info", "infos-differ", sentence);
    }
    return least;
}

/* The earliest beginning and the latest end; 0, which is at once or never, beats every instant. */
static struct timestamp outermost(const struct cap_alert *a, size_t offset, int direction,
                                  const char *name, struct faults *f)
{
    struct timestamp out = { 0, 0 };
    bool differ = false;

    for (guint i = 0; i < a->infos->len; i++) {
        struct timestamp t = G_STRUCT_MEMBER(struct timestamp, a->infos->pdata[i], offset);
        differ |= i > 0 && t.ms != out.ms;
        bool beyond = direction * (t.ms - out.ms) > 0 && out.ms != 0;
        if (i == 0 || t.ms == 0 || beyond)
            out = t;
    }
    if (differ) {
        g_autofree char *sentence = g_strdup_printf(
            "the infos differ in <%s>; the %s is that of the whole", name,
            direction < 0 ? "earliest (none is at once)" : "latest (none is never)");
        cap_warn(f, "/alert/info", "infos-differ", sentence);
    }
    return out;
}

static void add_responses(const struct cap_alert *a, struct broadcast *b)
{
    for (guint i = 0; i < a->infos->len; i++) {
        const struct cap_info *info = a->infos->pdata[i];
        for (guint k = 0; k < info->responses->len; k++) {
            int word = word_index(cap_response_words, info->responses->pdata[k]);
            char *name = (char *)broadcast_response_names[word];
            if (!g_ptr_array_find(b->responses, name, NULL))
                g_ptr_array_add(b->responses, name);
        }
    }
}

static void add_references(const struct cap_alert *a, struct broadcast *b, struct faults *f)
{
    if (b->type == TYPE_ALERT && a->references->len > 0) {
        cap_warn(f, "/alert/references", "references-ignored",
                 "an Alert is the first of its line; only an Update or a Cancel supersedes");
        return;
    }
    for (guint i = 0; i < a->references->len; i++) {
        const struct cap_reference *r = a->references->pdata[i];
        struct reference *ref = g_new0(struct reference, 1);
        ref->identifier = g_strdup(r->identifier);
        ref->sender = g_strdup(r->sender);
        ref->sent = r->sent;
        g_ptr_array_add(b->references, ref);
    }
}

/* One line of all incidents, as much as fits. */
static void set_incident(const struct cap_alert *a, struct broadcast *b)
{
    g_autoptr(GString) all = g_string_new(NULL);

    for (guint i = 0; i < a->incidents->len && all->len < INCIDENT_MAX_BYTES; i++)
        g_string_append_printf(all, "%s%s", i ? " " : "", (char *)a->incidents->pdata[i]);
    g_autofree char *line = text_clean_line(all->str);
    if (strlen(line) > INCIDENT_MAX_BYTES)
        *g_utf8_find_prev_char(line, line + INCIDENT_MAX_BYTES + 1) = '\0';
    for (const char *p = line; *p && !b->incident; p = g_utf8_next_char(p))
        if (!g_unichar_isspace(g_utf8_get_char(p)))
            b->incident = g_strdup(line);
}

/* The more careful one wins, also over what is not understood. */
static enum broadcast_handling find_handling(const struct cap_alert *a, struct faults *f)
{
    enum broadcast_handling handling = HANDLING_FULL;

    for (guint i = 0; i < a->infos->len; i++) {
        const struct cap_info *info = a->infos->pdata[i];
        for (guint k = 0; k < info->parameters->len; k++) {
            const struct cap_pair *p = info->parameters->pdata[k];
            if (g_ascii_strcasecmp(p->name, "dss:handling") != 0 || strcmp(p->value, "full") == 0)
                continue;
            handling = HANDLING_NOTICE;
            if (strcmp(p->value, "notice") != 0)
                cap_warn(f, "/alert/info/parameter", "unknown-handling",
                         "dss:handling is full or notice; notice is taken");
        }
    }
    return handling;
}

static struct broadcast *convert(const struct cap_alert *a, struct faults *f)
{
    struct broadcast *b = broadcast_new();

    b->identifier = g_strdup(a->identifier);
    b->sender = g_strdup(a->sender);
    b->sent = a->sent;
    b->status = (enum broadcast_status)word_index(cap_status_words, a->status);
    b->type = (enum broadcast_type)word_index(cap_type_words, a->msg_type);
    b->urgency = (enum broadcast_urgency)most_pressing(
        a, offsetof(struct cap_info, urgency), cap_urgency_words, URGENCY_UNKNOWN, "urgency", f);
    b->severity =
        (enum broadcast_severity)most_pressing(a, offsetof(struct cap_info, severity),
                                               cap_severity_words, SEVERITY_UNKNOWN, "severity", f);
    b->certainty = (enum broadcast_certainty)most_pressing(a, offsetof(struct cap_info, certainty),
                                                           cap_certainty_words, CERTAINTY_UNKNOWN,
                                                           "certainty", f);
    b->effective = outermost(a, offsetof(struct cap_info, effective), -1, "effective", f);
    b->expires = outermost(a, offsetof(struct cap_info, expires), 1, "expires", f);
    b->handling = find_handling(a, f);
    set_incident(a, b);
    add_responses(a, b);
    add_references(a, b, f);
    return b;
}

static void find_target(const struct cap_alert *a, struct cap_reading *out, struct faults *f)
{
    struct broadcast *b = out->broadcast;
    bool lenient = b->type == TYPE_CANCEL || !reach_dispatches(b->status, b->type);
    g_autofree char *why_not = NULL;

    b->audience = cap_target(a, lenient, &why_not, f);
    if (why_not && lenient) {
        g_autofree char *sentence = g_strdup_printf("its target is not understood: %s", why_not);
        cap_warn(f, "/alert", "target-not-understood", sentence);
    } else if (why_not) {
        out->hold = g_strdup_printf("its target is not understood: %s", why_not);
    } else if (a->infos->len == 0 && !lenient) {
        out->hold = g_strdup("it has no text");
    }
    if (out->hold)
        g_clear_pointer(&b->audience, audience_free);
}

static void audience_free_any(gpointer a)
{
    if (a)
        audience_free(a);
}

/* Whom the infos of a message mean; NULL, everybody, where they name no place at all. */
static struct audience *scope_of(const struct cap_alert *a, GPtrArray *infos)
{
    struct cap_alert part = *a; /* borrows everything */
    struct faults *unheard = faults_new();
    g_autofree char *why_not = NULL;

    part.infos = infos;
    struct audience *scope = cap_target(&part, true, &why_not, unheard);
    faults_free(unheard);
    return scope;
}

static void find_messages(const struct cap_alert *a, struct cap_reading *out, struct faults *f)
{
    struct broadcast *b = out->broadcast;
    g_autoptr(GPtrArray) parts = cap_messages(a, b, f);

    if (!parts)
        return;
    out->scopes = g_ptr_array_new_with_free_func(audience_free_any);
    bool private = g_strcmp0(a->scope, "Private") == 0;
    if (!b->audience || private) {
        cap_reading_collapse(b, &out->scopes, f);
        return;
    }
    cap_warn(f, "/alert/info", "places-differ",
             "not every <info> names the same places; each mission gets the texts of its own");
    for (guint i = 0; i < parts->len; i++)
        g_ptr_array_add(out->scopes, scope_of(a, parts->pdata[i]));
}

void cap_reading_collapse(struct broadcast *b, GPtrArray **scopes, struct faults *f)
{
    if (!*scopes)
        return;
    g_clear_pointer(scopes, g_ptr_array_unref);
    cap_messages_collapse(b, f);
}

bool cap_to_broadcast(const struct cap_alert *a, struct cap_reading *out, struct faults *f)
{
    guint before = f->errors->len;

    *out = (struct cap_reading){ .broadcast = convert(a, f) };
    find_target(a, out, f);
    find_messages(a, out, f);
    if (f->errors->len == before && before <= CAP_MAX_FAULTS)
        return true;
    cap_reading_clear(out);
    return false;
}

void cap_reading_clear(struct cap_reading *r)
{
    broadcast_unref(r->broadcast);
    g_clear_pointer(&r->scopes, g_ptr_array_unref);
    g_free(r->hold);
    *r = (struct cap_reading){ 0 };
}
