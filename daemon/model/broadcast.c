#include "model/broadcast.h"

#include "model/audience.h"
#include "model/message.h"

const char *const broadcast_status_names[] = {
    "actual", "exercise", "test", "system", "draft", NULL
};
const char *const broadcast_type_names[] = { "alert", "update", "cancel", "ack", "error", NULL };
const char *const broadcast_urgency_names[] = { "immediate", "expected", "future",
                                                "past",      "unknown",  NULL };
const char *const broadcast_severity_names[] = { "extreme", "severe",  "moderate",
                                                 "minor",   "unknown", NULL };
const char *const broadcast_certainty_names[] = { "observed", "likely",  "possible",
                                                  "unlikely", "unknown", NULL };
const char *const broadcast_handling_names[] = { "full", "notice", NULL };
const char *const broadcast_state_names[] = { "draft",  "pending",    "released",  "rejected",
                                              "lapsed", "superseded", "cancelled", "expired",
                                              "closed", NULL };
/* CAP 1.2, 3.2.2, responseType. */
const char *const broadcast_response_names[] = { "shelter", "evacuate", "prepare", "execute",
                                                 "avoid",   "monitor",  "assess",  "allclear",
                                                 "none",    NULL };

int broadcast_name_index(const char *const *names, const char *name)
{
    for (int i = 0; name && names[i]; i++) {
        if (g_str_equal(names[i], name))
            return i;
    }
    return -1;
}

struct broadcast *broadcast_new(void)
{
    struct broadcast *b = g_new0(struct broadcast, 1);
    b->refs = 1;
    b->urgency = URGENCY_UNKNOWN;
    b->severity = SEVERITY_UNKNOWN;
    b->certainty = CERTAINTY_UNKNOWN;
    /* A status nobody set must not reach anybody. */
    b->status = STATUS_DRAFT;
    b->responses = g_ptr_array_new();
    b->references = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    b->messages = g_ptr_array_new_with_free_func((GDestroyNotify)message_free);
    return b;
}

struct broadcast *broadcast_ref(struct broadcast *b)
{
    g_atomic_int_inc(&b->refs);
    return b;
}

void broadcast_unref(struct broadcast *b)
{
    if (!b || !g_atomic_int_dec_and_test(&b->refs))
        return;
    g_free(b->id);
    g_free(b->identifier);
    g_free(b->sender);
    g_free(b->incident);
    g_ptr_array_unref(b->responses);
    g_ptr_array_unref(b->references);
    g_ptr_array_unref(b->messages);
    if (b->audience)
        audience_free(b->audience);
    g_clear_pointer(&b->resources, g_ptr_array_unref);
    g_free(b);
}

void message_free(struct message *m)
{
    if (!m)
        return;
    g_free(m->language);
    g_free(m->headline);
    g_free(m->description);
    g_free(m->instruction);
    g_free(m->place);
    g_clear_pointer(&m->missions, g_ptr_array_unref);
    g_free(m->own);
    g_free(m);
}

void reference_free(struct reference *r)
{
    if (!r)
        return;
    g_free(r->identifier);
    g_free(r->sender);
    g_free(r);
}

struct reference *reference_copy(const struct reference *r)
{
    struct reference *copy = g_new0(struct reference, 1);
    copy->identifier = g_strdup(r->identifier);
    copy->sender = g_strdup(r->sender);
    copy->sent = r->sent;
    return copy;
}

const struct message *broadcast_message_for(const struct broadcast *b, const char *language)
{
    return message_in(b->messages, language);
}

guint reference_hash(gconstpointer p)
{
    const struct reference *r = p;
    return g_str_hash(r->identifier) * 31 + g_str_hash(r->sender) + (guint)r->sent.ms;
}

gboolean reference_equal(gconstpointer a, gconstpointer b)
{
    const struct reference *x = a, *y = b;
    return x->sent.ms == y->sent.ms && g_str_equal(x->identifier, y->identifier) &&
           g_str_equal(x->sender, y->sender);
}
