#include "explain_story.h"

#include <string.h>

#include "field.h"
#include "out.h"

struct word { /* what the API calls it, and what a person reads */
    const char *name, *text;
};

static const struct word roles[] = {
    { "affected", "is affected" },
    { "still-affected", "is still affected" },
    { "newly-affected", "is affected now, and was not before" },
    { "let-go", "is let go: it is told that it is no longer affected" },
    { "cancelled", "is told that what it was told is cancelled" },
    { "not-concerned", "is told nothing of this" },
    { NULL, NULL },
};

static const struct word parts[] = {
    { "full", "the whole text" },
    { "update", "the update" },
    { "release", "the word that it is no longer affected" },
    { "cancel", "the cancel" },
    { NULL, NULL },
};

static const struct word outcomes[] = {
    { "accepted", "has" },
    { "deferred", "does not have yet" },
    { "refused", "does not get" },
    { "unknown", "may have" },
    { "", "is not sent any more" }, /* withdrawn: there was no attempt */
    { NULL, NULL },
};

static const struct word events[] = {
    { "broadcast.accepted", "taken" },
    { "broadcast.pending", "waits for a second person" },
    { "broadcast.held", "held for a person" },
    { "broadcast.approved", "approved" },
    { "broadcast.bypassed", "released without a second person" },
    { "broadcast.released", "released" },
    { "broadcast.rejected", "rejected" },
    { "broadcast.reminded", "the approvers were reminded" },
    { "broadcast.lapsed", "lapsed: nobody approved it in time" },
    { "broadcast.extended", "more are told" },
    { "broadcast.superseded", "superseded" },
    { "broadcast.cancelled", "cancelled" },
    { "broadcast.expired", "expired" },
    { "broadcast.closed", "closed" },
    { "obligation.escalated", "handed to" },
    { "obligation.unreachable", "cannot be reached:" },
    { NULL, NULL },
};

static const char *word_for(const struct word *words, const char *name, const char *otherwise)
{
    for (; words->name; words++) {
        if (strcmp(words->name, name) == 0)
            return words->text;
    }
    return otherwise;
}

static const json_t *member_with(const json_t *array, const char *name, const char *value)
{
    size_t i;
    json_t *o;

    json_array_foreach(array, i, o)
    {
        if (strcmp(field_text(o, name), value) == 0)
            return o;
    }
    return NULL;
}

/* PLD-7, update of pld@dss.example: "Streets are open again in the north" */
static void tell_heading(const json_t *v, const char *mission)
{
    const char *because = field_text(v, "because"), *role = field_text(v, "role");
    const json_t *first = json_array_get(field_array(v, "said"), 0);
    const char *headline = field_text(first ? first : v, "headline");

    out("\n");
    out_bold("%s", field_text(v, "identifier"));
    out(", %s of %s: \"%s\"\n", field_text(v, "type"), field_text(v, "sender"), headline);
    out("    %s %s", mission, word_for(roles, role, role));
    out(g_str_has_suffix(role, "affected") ? ", because %s\n" : "\n", because);
}

/* "Lena Example (fr-chicago/1) has the update at mailto:…, attempt 2: 250 taken" */
static void tell_notification(const json_t *v, const json_t *r)
{
    const char *outcome = field_text(r, "outcome"), *recipient = field_text(r, "recipient");
    const json_t *said = member_with(field_array(v, "said"), "recipient", recipient);
    const char *name = field_text(said, "name"), *part = field_text(said, "part");
    char due[FIELD_ROOM];

    out("%s%s%s%s %s %s at %s", name, *name ? " (" : "", recipient, *name ? ")" : "",
        word_for(outcomes, outcome, outcome), word_for(parts, part, "the message"),
        field_text(r, "endpoint"));
    if (field_number(r, "attempt") > 1)
        out(", attempt %lld", (long long)field_number(r, "attempt"));
    if (*field_text(r, "due"))
        out(", due again %s", field_when(field_text(r, "due"), due));
}

/* "by ID" names the version that took its place. */
static void tell_event(const json_t *versions, const json_t *r)
{
    const char *event = field_text(r, "event"), *reply = field_text(r, "reply");
    const json_t *by =
        g_str_has_prefix(reply, "by ") ? member_with(versions, "id", reply + 3) : NULL;

    out("%s", word_for(events, event, event));
    if (*field_text(r, "recipient"))
        out(" %s", field_text(r, "recipient"));
    if (by)
        out(" by %s", field_text(by, "identifier"));
    else if (*reply)
        out(": %s", reply);
}

static void tell_record(const json_t *versions, const json_t *v, const json_t *r)
{
    char when[FIELD_ROOM];

    out("  %s  ", field_when(field_text(r, "time"), when));
    if (g_str_has_prefix(field_text(r, "event"), "notification.")) {
        tell_notification(v, r);
        if (*field_text(r, "reply"))
            out(": %s", field_text(r, "reply"));
    } else {
        tell_event(versions, r);
    }
    out("\n");
}

void explain_story(const json_t *answer, const char *mission)
{
    const json_t *versions = field_array(answer, "versions"), *now = NULL;
    size_t i;
    json_t *r;

    out_bold("The story of %s", mission);
    out(", from the first version to the last\n");
    json_array_foreach(field_array(answer, "story"), i, r)
    {
        const json_t *v = member_with(versions, "id", field_text(r, "broadcast"));
        if (!v)
            continue;
        if (v != now)
            tell_heading(v, mission);
        now = v;
        tell_record(versions, v, r);
    }
    out("\n");
}
