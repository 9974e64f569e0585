#include "year.h"

#include "base/timestamp.h"
#include <stdarg.h>

#define YEAR_FIRST_MS INT64_C(1767225600000) /* 2026-01-01 */
#define YEAR_DAYS 730

struct intent {
    int64_t at_ms;
    guint sent; /* index of the message */
    enum answer answer;
};

static const char places[] =
    "embassy,FR,Embassy,embassy,,Washington,DC,20007,38.91,-77.07,America/New_York,11001,high,,"
    "synthetic\n"
    "honolulu,JP,Consulate,consulate,,Honolulu,HI,96813,21.31,-157.86,Pacific/Honolulu,15003,"
    "critical,,synthetic\n"
    "phoenix,MX,Consulate,consulate,,Phoenix,AZ,85004,33.45,-112.07,America/Phoenix,04013,medium,,"
    "synthetic\n"
    "newyork,IT,Consulate,consulate,,New York,NY,10065,40.77,-73.97,America/New_York,36061,high,,"
    "synthetic\n";
static const char *const missions[] = { "m0001",   "m0002",    "m0003",   "embassy",
                                        "newyork", "honolulu", "phoenix", NULL };

void year_tell(GString *to, int64_t at_ms, const char *format, ...)
{
    va_list args;
    g_autofree char *at = timestamp_format_utc(at_ms);
    g_string_append_printf(to, "%s ", at);
    va_start(args, format);
    g_string_append_vprintf(to, format, args);
    va_end(args);
    g_string_append_c(to, '\n');
}

static int die(struct year *y, int sides)
{
    return g_rand_int_range(y->rand, 0, sides);
}

static unsigned luck(const struct year *y, const char *endpoint, unsigned salt)
{
    return (g_str_hash(endpoint) * 2654435761u ^ (y->seed + salt) * 40503u) >> 7 & 127;
}

/* --- the other side --- */

static struct reaction reaction(const struct notice *n, void *ctx)
{
    struct year *y = ctx;
    int64_t after_ms = 1 + die(y, 3000);
    bool person = ((struct obligation *)g_ptr_array_index(n->obligations, 0))->kind ==
                  OBLIGATION_REPRESENTATIVE;
    if (!person || n->notification->purpose == PURPOSE_REMIND)
        return (struct reaction){ OUTCOME_ACCEPTED, 250, after_ms, 0, false };
    if (luck(y, n->notification->endpoint, 1) < 12)
        return (struct reaction){ OUTCOME_REFUSED, 550, after_ms, 0, false };
    int throw = die(y, 100);
    if (throw < 75)
        return (struct reaction){ OUTCOME_ACCEPTED, 250, after_ms, 0, false };
    return (struct reaction){ throw < 92 ? OUTCOME_DEFERRED : OUTCOME_UNKNOWN, 451, after_ms, 0,
                              false };
}

/* From ten seconds to some hours, the short ones as often as the long. */
static int64_t while_of(struct year *y)
{
    int64_t ms = 10 * YEAR_SECOND;
    for (int doublings = die(y, 12); doublings > 0; doublings--)
        ms *= 2;
    return ms + die(y, (int)ms);
}

static void read_mail(struct year *y)
{
    for (; y->seen < y->world->sent->len; y->seen++) {
        const struct sent *s = g_ptr_array_index(y->world->sent, y->seen);
        unsigned person = luck(y, s->endpoint, 2);
        if (s->kind != OUTCOME_ACCEPTED || !*s->token || person < 45 || die(y, 10) < 3)
            continue;
        enum answer a = person < 105   ? ANSWER_UNDERSTOOD
                        : person < 113 ? ANSWER_NOT_AFFECTED
                        : person < 121 ? ANSWER_NEED_ASSISTANCE
                                       : ANSWER_WRONG_PERSON;
        struct intent i = { world_now_ms(y->world) + while_of(y), y->seen, a };
        g_array_append_val(y->intents, i);
    }
}

static void answer_mail(struct year *y)
{
    for (guint k = y->intents->len; k > 0; k--) {
        struct intent i = g_array_index(y->intents, struct intent, k - 1);
        if (i.at_ms > world_now_ms(y->world))
            continue;
        g_array_remove_index_fast(y->intents, k - 1);
        const struct sent *s = g_ptr_array_index(y->world->sent, i.sent);
        enum acknowledge_outcome o = people_answer(y->world, s, i.answer, NULL);
        year_tell(y->story, world_now_ms(y->world), "%s answers %s with %s: %s", s->endpoint,
                  s->identifier, answer_names[i.answer], acknowledge_outcome_names[o]);
    }
}

/* --- broadcasts --- */

struct chain { /* the last event: what an update or a cancel refers to */
    char *sent;
    int number, versions;
    int urgency, severity, words; /* of its last version */
    bool over;
};

static char *audience(struct year *y)
{
    GString *out = g_string_new(NULL);
    for (int i = 0; missions[i]; i++)
        if (die(y, 3) > 0)
            g_string_append_printf(out, "%s\"%s\"", out->len ? "," : "", missions[i]);
    if (out->len == 0)
        g_string_append(out, "\"embassy\"");
    return g_string_free(out, FALSE);
}

static int64_t life_of(struct year *y)
{
    static const int64_t lives[] = { 2 * YEAR_HOUR, 8 * YEAR_HOUR, 2 * YEAR_DAY, 4 * YEAR_DAY };
    return lives[die(y, G_N_ELEMENTS(lives))] + die(y, 3600) * YEAR_SECOND;
}

static void send_one(struct year *y, struct chain *c)
{
    static const char *const urgencies[] = { "immediate", "expected", "future", "past", "unknown" };
    static const char *const severities[] = { "extreme", "severe", "moderate", "minor", "unknown" };
    int64_t now_ms = world_now_ms(y->world), expires_ms = now_ms + life_of(y);
    bool follows = c->sent && !c->over && die(y, 2) == 0, cancel = follows && die(y, 4) == 0;
    if (!follows) {
        g_free(c->sent);
        *c = (struct chain){ .sent = timestamp_format_utc_s(now_ms), .number = c->number + 1 };
    }
    c->over = cancel;
    c->versions++;
    if (!follows || cancel || die(y, 3) > 0) { /* else it says the same to others, or for longer */
        c->urgency = die(y, 5);
        c->severity = die(y, 5);
        c->words = cancel || die(y, 2) ? c->versions : 1;
    }
    g_autofree char *expires = timestamp_format_utc_s(expires_ms);
    g_autofree char *effective =
        timestamp_format_utc_s(now_ms + (die(y, 4) ? 0 : die(y, 90) * YEAR_MINUTE));
    g_autofree char *to = audience(y);
    g_autoptr(GString) members = g_string_new(NULL);
    g_string_append_printf(members,
                           "\"type\":\"%s\",\"urgency\":\"%s\",\"severity\":\"%s\","
                           "\"expires\":\"%s\",\"effective\":\"%s\"",
                           !follows ? "alert"
                           : cancel ? "cancel"
                                    : "update",
                           urgencies[c->urgency], severities[c->severity], expires, effective);
    if (follows)
        g_string_append_printf(members,
                               ",\"references\":[{\"identifier\":\"E%d-1\",\"sender\":"
                               "\"desk@dss.example\",\"sent\":\"%s\"}]",
                               c->number, c->sent);
    if (!cancel)
        g_string_append_printf(members, ",\"audience\":{\"missions\":[%s]}", to);
    g_string_append_printf(members,
                           ",\"messages\":[{\"language\":\"en\",\"headline\":\"E%d %d\","
                           "\"description\":\"Text.\"}]",
                           c->number, c->words);
    g_autofree char *identifier = g_strdup_printf("E%d-%d", c->number, c->versions);
    enum intake_kind k = world_send(y->world, identifier, members->str);
    for (int i = 0; i < 9 && k == INTAKE_UNAVAILABLE; i++)
        k = world_send(y->world, identifier, members->str);
    if (k == INTAKE_ACCEPTED)
        y->over_ms = MAX(y->over_ms, expires_ms);
    year_tell(y->story, now_ms, "send %s {%s}: %d", identifier, members->str, (int)k);
}

/* --- troubles --- */

static void crash(struct year *y)
{
    int64_t now_ms = world_now_ms(y->world);
    int64_t down_ms = die(y, 2) ? while_of(y) : 1 + die(y, 5000);
    g_array_index(y->up, struct span, y->up->len - 1).to_ms = now_ms;
    world_crash(y->world);
    struct span next = { now_ms + down_ms, INT64_MAX };
    world_start(y->world, next.from_ms);
    g_array_append_val(y->up, next);
    year_tell(y->story, now_ms, "down for %" G_GINT64_FORMAT " s", down_ms / 1000);
}

static void trouble(struct year *y)
{
    int throw = die(y, 100);
    if (throw < 5)
        crash(y);
    else if (throw < 9)
        virtual_store_fail(y->world->service.store, 1 + (unsigned)die(y, 3));
    else if (throw < 13 && world_last_id()) {
        const char *m = missions[die(y, G_N_ELEMENTS(missions) - 1)];
        enum takeover_outcome o = people_take(y->world, world_last_id(), m);
        year_tell(y->story, world_now_ms(y->world), "take %s: %d", m, (int)o);
    }
}

static int64_t next_moment(struct year *y)
{
    int64_t next_ms = world_now_ms(y->world) + 1 + die(y, 40 * 60000);
    for (guint i = 0; i < y->intents->len; i++)
        next_ms = MIN(next_ms, g_array_index(y->intents, struct intent, i).at_ms);
    return MAX(next_ms, world_now_ms(y->world) + 1);
}

static void pass_time(struct year *y, int64_t until_ms)
{
    while (world_now_ms(y->world) < until_ms) {
        int64_t next_ms = MIN(next_moment(y), until_ms);
        world_run_for(y->world, next_ms - world_now_ms(y->world));
        read_mail(y);
        answer_mail(y);
        trouble(y);
    }
}

void year_live(struct year *y)
{
    struct chain chain = { 0 };
    int64_t day = (int64_t)y->seed * 271 % YEAR_DAYS;
    struct span first = { YEAR_FIRST_MS + day * YEAR_DAY + die(y, 86400) * YEAR_SECOND, INT64_MAX };
    y->intents = g_array_new(FALSE, FALSE, sizeof(struct intent));
    y->world = world_new(&(struct world_roster){
        .missions = 3, .webhook_host = "hooks.example", .acknowledge = "", .csv = places });
    y->world->answers = reaction;
    y->world->ctx = y;
    world_crash(y->world);
    world_start(y->world, first.from_ms);
    g_array_append_val(y->up, first);
    for (int n = 1 + die(y, 3); n > 0; n--) {
        send_one(y, &chain);
        pass_time(y, world_now_ms(y->world) + while_of(y));
    }
    pass_time(y, y->over_ms + YEAR_HOUR);
    world_run_for(y->world, YEAR_HOUR); /* nobody pulls the plug any more */
    g_array_index(y->up, struct span, y->up->len - 1).to_ms = world_now_ms(y->world);
    g_array_unref(y->intents);
    g_free(chain.sent);
}
