#include "flow/preview_check.h"

#include "model/reach.h"
#include "model/release.h"

void preview_hold(struct preview *p, const char *why)
{
    if (!p->hold)
        p->hold = g_strdup(why);
}

/* What stops a send is only told to who asks for a preview. */
static void object(struct faults *f, bool strict, const char *place, const char *code,
                   const char *why)
{
    if (strict)
        faults_add(f, place, code, "%s; nothing is sent", why);
    else
        faults_warn(f, place, code, "%s and could not be sent", why);
}

/* In JSON an expired one is refused; one that came as CAP is recorded, because feeds repeat old
 * ones. */
static void check_expiry(struct preview *p, int64_t at_ms, bool strict, struct faults *f)
{
    const struct broadcast *b = p->broadcast;
    if (b->expires.ms == 0 || b->expires.ms > at_ms)
        return;
    g_autofree char *when = timestamp_format(&b->expires);
    g_autofree char *why = g_strdup_printf("the broadcast expired at %s", when);
    p->over = strict && p->is_cap;
    if (p->over)
        faults_warn(f, "/expires", "expired", "%s: it is recorded, nothing is sent", why);
    else
        object(f, strict, "/expires", "expired", why);
}

/* CAP lets it pass as odd; but what is held until it has expired never goes out. */
static void check_hold(const struct broadcast *b, int64_t at_ms, bool strict, struct faults *f)
{
    int64_t held_ms = life_held_until_ms(b, at_ms);
    if (held_ms && b->expires.ms && held_ms >= b->expires.ms)
        object(f, strict, "/effective", "end-before-begin",
               "the broadcast expires before it is effective");
}

static void check_ahead(const struct broadcast *b, int64_t at_ms, bool strict, struct faults *f)
{
    if (!life_is_ahead(b, at_ms))
        return;
    g_autofree char *when = timestamp_format(&b->sent);
    g_autofree char *why = g_strdup_printf("sent is %s, more than %d minutes in the future", when,
                                           (int)(LIFE_AHEAD_MS / 60000));
    object(f, strict, "/sent", "future", why);
}

/* An alert of yesterday that is fed in again must not go out as if it were news: in JSON its sender
 * says until when it is meant, in CAP a person decides. */
static void check_age(struct preview *p, const struct life_policy *life, int64_t at_ms, bool strict,
                      struct faults *f)
{
    const struct broadcast *b = p->broadcast;
    if (!life_is_stale(b, at_ms, life))
        return;
    g_autofree char *when = timestamp_format(&b->sent);
    g_autofree char *why = g_strdup_printf(
        "sent is %s, longer ago than a broadcast of urgency %s lives, and there is no expires",
        when, broadcast_urgency_names[b->urgency]);
    bool stops = strict && b->status == STATUS_ACTUAL;
    if (stops && p->is_cap)
        preview_hold(p, why);
    if (stops && !p->is_cap)
        faults_add(f, "/sent", "stale", "%s: give one, or send it anew", why);
    else
        faults_warn(f, "/sent", "stale", "%s", why);
}

/* A cancel is exempt: what was sent as an exercise can always be corrected. */
static void check_sender(const struct preview *p, const struct config *c, struct faults *f)
{
    const struct broadcast *b = p->broadcast;
    if (b->status == STATUS_EXERCISE && b->type != TYPE_CANCEL &&
        reach_dispatches(b->status, b->type) && !*c->mail.exercise_address)
        faults_add(f, "/status", "no-exercise-address",
                   "exercises are sent from an address of their own: set mail.exercise_address");
}

/* A pretended one that says it is real is refused, and so is a live one in JSON that says it is
 * none; a live one in CAP, where even monthly tests come as Actual, is a person's to decide. */
static void contradict(struct preview *p, const char *words, const char *place, struct faults *f)
{
    const struct broadcast *b = p->broadcast;
    g_autofree char *why = g_strdup_printf("the text says \"%s\", but the status is \"%s\"", words,
                                           broadcast_status_names[b->status]);
    if (p->is_cap && b->status == STATUS_ACTUAL) {
        preview_hold(p, why);
        faults_warn(f, place, "contradicts-status", "%s", why);
    } else {
        faults_add(f, place, "contradicts-status", "%s", why);
    }
}

/* A correction says what was wrong, and quotes it: it is never in the way of its own words. */
static void check_words(struct preview *p, struct faults *f)
{
    size_t index;
    const char *words =
        p->broadcast->type == TYPE_CANCEL ? NULL : release_contradiction(p->broadcast, &index);
    if (!words)
        return;
    g_autofree char *place = g_strdup_printf("/messages/%zu", index);
    contradict(p, words, place, f);
}

void preview_check_cap(struct preview *p, const struct cap_alert *a, struct faults *f)
{
    enum broadcast_status status = p->broadcast->status;
    const char *words = release_contradicts(status, a->note);
    if (p->broadcast->type == TYPE_CANCEL)
        return;
    if (words)
        contradict(p, words, "/alert/note", f);
    for (guint i = 0; i < a->infos->len; i++) {
        const struct cap_info *info = g_ptr_array_index(a->infos, i);
        g_autofree char *place = g_strdup_printf("/alert/info[%u]/event", i + 1);
        words = release_contradicts(status, info->event);
        if (words)
            contradict(p, words, place, f);
    }
}

void preview_check_arrival(struct preview *p, const struct life_policy *life, int64_t at_ms,
                           bool strict, struct faults *f)
{
    check_words(p, f);
    check_ahead(p->broadcast, at_ms, strict, f);
    check_age(p, life, at_ms, strict, f);
}

void preview_check(struct preview *p, const struct config *c, int64_t at_ms, bool strict,
                   struct faults *f)
{
    check_expiry(p, at_ms, strict, f);
    if (!p->over)
        check_hold(p->broadcast, at_ms, strict, f);
    check_sender(p, c, f);
}
