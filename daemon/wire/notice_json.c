#include "wire/notice_json.h"

#include "base/text.h"
#include "model/reach.h"
#include "wire/json_text.h"
#include "wire/notice_ask.h"
#include "wire/notice_call.h"
#include "wire/notice_desk.h"
#include "wire/notice_own.h"
#include "wire/notice_part.h"
#include "wire/notice_time.h"
#include "wire/phrases.h"
#include <string.h>

bool notice_is_for_desk(const struct notice *n)
{
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        if (o->kind != OBLIGATION_REPRESENTATIVE)
            return true;
    }
    return false;
}

/* ISO 639 codes of languages written from right to left. */
static const char *direction_of(const char *language)
{
    static const char *const rtl[] = {
        "ar", "he", "fa", "ur", "dv", "ps", "yi", "sd", "ug", "ckb"
    };
    size_t len = strcspn(language, "-");
    for (size_t i = 0; i < G_N_ELEMENTS(rtl); i++) {
        if (strlen(rtl[i]) == len && !g_ascii_strncasecmp(rtl[i], language, len))
            return "rtl";
    }
    return "ltr";
}

static const char *start_of(const char *direction)
{
    return g_str_equal(direction, "rtl") ? "right" : "left";
}

/* The word is for what must not be taken for real; the daemon's own messages only say what they
 * are. */
static json_t *banner_json(const struct broadcast *b, const json_t *phrases)
{
    const char *word = reach_banner(b->status);
    if (!word)
        return json_object();
    bool own = b->status == STATUS_SYSTEM;
    const char *key = b->status == STATUS_EXERCISE ? "banner_exercise"
                      : own                        ? "banner_system"
                                                   : "banner_test";
    return json_pack("{s:s, s:o, s:s}", "word", own ? "" : word, "explain",
                     json_text(phrases_get(phrases, key)), "color", own ? "#455a64" : "#5b2a86");
}

static json_t *levels_json(const struct broadcast *b, const json_t *phrases)
{
    return json_pack(
        "[o, o, o]",
        json_text(phrases_for(phrases, "urgency", broadcast_urgency_names[b->urgency])),
        json_text(phrases_for(phrases, "severity", broadcast_severity_names[b->severity])),
        json_text(phrases_for(phrases, "certainty", broadcast_certainty_names[b->certainty])));
}

/* The same in one line of text. */
static json_t *level_line_json(const struct broadcast *b, const json_t *phrases)
{
    g_autofree char *line =
        g_strjoin(" · ", phrases_for(phrases, "urgency", broadcast_urgency_names[b->urgency]),
                  phrases_for(phrases, "severity", broadcast_severity_names[b->severity]),
                  phrases_for(phrases, "certainty", broadcast_certainty_names[b->certainty]), NULL);
    return json_text(line);
}

/* Each carries white text at a contrast of 5:1 or more, and keeps its hue where a reader inverts
 * it. */
static const char *color_of(const struct broadcast *b, enum obligation_part part)
{
    if (notice_part_is_over(part))
        return "#455a64";
    if (b->status == STATUS_SYSTEM)
        return "#1b4f8a";
    if (b->urgency == URGENCY_IMMEDIATE || b->severity == SEVERITY_EXTREME)
        return "#b3261e";
    if (b->urgency == URGENCY_EXPECTED || b->severity == SEVERITY_SEVERE)
        return "#9a4a00";
    return "#1b4f8a";
}

/* What stands for the headline where the text must not be given away. */
static const char *thin_headline(enum obligation_part part, const json_t *phrases)
{
    return phrases_get(phrases, part == PART_RELEASE  ? "notice_released"
                                : part == PART_CANCEL ? "notice_cancelled"
                                                      : "notice_headline");
}

static json_t *text_json(const struct notice *n, const json_t *phrases, const char *language)
{
    const struct broadcast *b = n->broadcast;
    const struct message *m = broadcast_message_for(b, n->notification->language);
    enum obligation_part part = notice_part(n);
    bool thin = b->handling == HANDLING_NOTICE || !m;
    /* Who is released must not read what the others have to do. */
    bool silent = part == PART_RELEASE && !notice_is_for_desk(n);
    const char *lang = thin ? language : m->language;
    const char *headline = thin ? thin_headline(part, phrases) : m->headline;
    const char *thin_body = notice_part_is_over(part) ? "" : phrases_get(phrases, "notice_body");
    const char *description = silent ? "" : thin ? thin_body : m->description;
    const char *instruction = thin || silent ? "" : m->instruction;
    const char *dir = thin ? phrases_get(phrases, "direction") : direction_of(lang);
    size_t primary = strcspn(lang, "-");
    const char *reads = n->notification->language;
    bool foreign = strcspn(reads, "-") != primary || g_ascii_strncasecmp(lang, reads, primary);
    return json_pack("{s:o, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "lang", json_text(lang),
                     "dir", dir, "start", start_of(dir), "foreign", foreign && !thin, "headline",
                     json_line(headline), "description", json_text(description),
                     "description_lines", json_text_lines(description), "instruction",
                     json_text(instruction), "instruction_lines", json_text_lines(instruction));
}

/* An instant in every zone of the missions; zones whose clocks agree at that instant count once. */
static json_t *zones_json(const struct notice *n, const json_t *phrases, int64_t ms)
{
    json_t *list = json_array();
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const char *last = NULL; /* of thousands of missions most have their neighbour's */
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        const bool same = last && g_str_equal(last, m->timezone);
        last = m->timezone;
        if (same || !g_hash_table_add(seen, g_strdup(m->timezone)))
            continue;
        g_autoptr(GTimeZone) tz = notice_time_zone(m->timezone);
        g_autofree char *date = notice_time_date(phrases, ms, tz),
                        *clock = notice_time_clock(ms, tz);
        if (g_hash_table_add(seen, g_strconcat(date, clock, NULL)))
            json_array_append_new(
                list, json_pack("{s:o, s:o}", "date", json_text(date), "clock", json_text(clock)));
    }
    return list;
}

static json_t *times_json(const struct notice *n, const json_t *phrases)
{
    const struct broadcast *b = n->broadcast;
    const struct {
        const char *key;
        int64_t ms;
    } times[] = { { "sent", b->sent.ms },
                  { "effective", b->effective.ms },
                  { "expires", b->expires.ms } };
    json_t *list = json_array();
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        if (!times[i].ms)
            continue;
        g_autofree char *utc = notice_time_utc(times[i].ms);
        json_array_append_new(list, json_pack("{s:o, s:o, s:o}", "label",
                                              json_text(phrases_get(phrases, times[i].key)),
                                              "zones", zones_json(n, phrases, times[i].ms), "utc",
                                              json_text(utc)));
    }
    return list;
}

static json_t *ids_json(const struct notice *n)
{
    const struct broadcast *b = n->broadcast;
    g_autofree char *key = notification_message_key(b->id, n->notification->id);
    json_t *references = json_array();
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = b->references->pdata[i];
        json_array_append_new(references, json_line(r->identifier));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "broadcast", json_line(b->identifier), "sender",
                     json_line(b->sender), "message", json_text(key), "references", references);
}

static json_t *shared_json(const struct notice *n, const json_t *phrases, const char *language,
                           struct notice_list *list)
{
    const char *dir = phrases_get(phrases, "direction");
    g_autofree char *subject = notice_subject(n, phrases);
    enum obligation_part part = notice_part(n);
    /* What the daemon has to say of itself is no threat that could have a level. */
    bool level = !notice_part_is_over(part) && n->broadcast->status != STATUS_SYSTEM;
    json_t *o = json_pack("{s:o, s:s, s:s, s:O}", "lang", json_text(language), "dir", dir, "start",
                          start_of(dir), "t", (json_t *)phrases);
    json_object_set_new(o, "subject", json_text(subject));
    json_object_set_new(o, "banner", banner_json(n->broadcast, phrases));
    json_object_set_new(o, "type", notice_part_json(n, phrases));
    json_object_set_new(o, "levels", level ? levels_json(n->broadcast, phrases) : json_array());
    json_object_set_new(o, "level_line",
                        level ? level_line_json(n->broadcast, phrases) : json_string(""));
    json_object_set_new(o, "reminder", notice_ask_reminder(n, phrases));
    json_object_set_new(o, "color", json_string(color_of(n->broadcast, part)));
    json_object_set_new(o, "text", text_json(n, phrases, language));
    json_object_set_new(o, "emergency", notice_emergency_json(n, phrases));
    json_object_set_new(o, "times", times_json(n, phrases));
    json_object_set_new(o, "desk",
                        notice_is_for_desk(n) ? notice_desk_json(n, list) : json_object());
    return o;
}

static void add_own(json_t *o, const struct notice *n, const json_t *phrases,
                    struct notice_list *list)
{
    g_autofree char *why = notice_own_why(n, phrases);
    json_t *calls = notice_calls_json(n, phrases);
    json_object_set_new(o, "many_calls", json_boolean(json_array_size(calls) > 1));
    json_object_set_new(o, "calls", calls);
    json_object_set_new(o, "ask", notice_ask_json(n));
    json_object_set_new(o, "groups", notice_part_groups(n, phrases, list));
    json_object_set_new(o, "ids", ids_json(n));
    json_object_set_new(o, "why", json_line(why));
}

json_t *notice_json(const struct notice *n, const json_t *phrases, const char *language)
{
    struct notice_list *list = notice_list_new(); /* a desk's missions stand in it twice */
    json_t *whole = shared_json(n, phrases, language, list);
    add_own(whole, n, phrases, list);
    notice_list_free(list);
    return whole;
}

/* "[EXERCISE] " from the banner's first word. */
static void append_banner(GString *s, enum broadcast_status status)
{
    const char *word = reach_banner(status);
    if (word)
        g_string_append_printf(s, "[%.*s] ", (int)strcspn(word, " "), word);
}

char *notice_subject(const struct notice *n, const json_t *phrases)
{
    const struct broadcast *b = n->broadcast;
    const struct message *m = broadcast_message_for(b, n->notification->language);
    g_autoptr(GString) s = g_string_new(NULL);
    const char *need = notice_is_for_desk(n) ? notice_desk_word(n) : "";
    if (*need)
        g_string_append_printf(s, "%s: ", need);
    bool thin = b->handling == HANDLING_NOTICE || !m;
    const char *word = notice_part_word(n, phrases);
    const char *headline = thin ? thin_headline(notice_part(n), phrases) : m->headline;
    /* A cancel that we composed says so in its headline, and so do the thin ones. */
    bool says_so =
        g_str_has_prefix(headline, word) || (thin && notice_part_is_over(notice_part(n)));
    if (*word && !says_so)
        g_string_append_printf(s, "%s: ", word);
    g_string_append(s, headline);
    if (notice_is_for_desk(n) && n->missions->len > 1)
        g_string_append_printf(s, " (%u missions)", n->missions->len);
    g_autofree char *reminder =
        notice_ask_is_reminder(n)
            ? phrases_fill(phrases, "reminder_subject", "subject", s->str, NULL)
            : NULL;
    g_autoptr(GString) whole = g_string_new(NULL);
    append_banner(whole, b->status);
    g_string_append(whole, reminder ? reminder : s->str);
    return text_clean_line(whole->str);
}

/* One example of everything; notice_json() gives the same names, which a test holds it to. */
static const char schema_text[] =
    "{\"lang\":\"en\",\"dir\":\"ltr\",\"start\":\"left\",\"many_calls\":true,"
    "\"subject\":\"[EXERCISE] Demonstration\","
    "\"banner\":{\"word\":\"EXERCISE EXERCISE EXERCISE\",\"explain\":\"This is an "
    "exercise.\",\"color\":\"#5b2a86\"},"
    "\"type\":{\"label\":\"Update\",\"line\":\"This replaces an earlier message.\","
    "\"rest\":\"Nothing more to do.\"},"
    "\"reminder\":{\"label\":\"Reminder\",\"line\":\"We have no answer yet.\"},"
    "\"ask\":{\"url\":\"https://dss.example/a/0\",\"code\":\"123456\",\"spaced\":\"123 456\"},"
    "\"levels\":[\"Act soon\"],\"level_line\":\"Act soon\",\"color\":\"#1b4f8a\","
    "\"text\":{\"lang\":\"en\",\"dir\":\"ltr\",\"start\":\"left\",\"foreign\":false,"
    "\"headline\":\"Demonstration\",\"description\":\"At noon.\",\"description_lines\":[\"At "
    "noon.\"],"
    "\"instruction\":\"Stay inside.\",\"instruction_lines\":[\"Stay inside.\"]},"
    "\"groups\":[{\"label\":\"Still affected\",\"missions\":[{\"name\":\"Consulate\","
    "\"id\":\"xx-chicago\",\"kind\":\"consulate\",\"place\":\"Chicago, IL\"}]}],"
    "\"calls\":[{\"who\":\"Chicago\",\"state\":\"Open.\",\"count\":1,\"office\":\"Chicago\","
    "\"numbers\":[{\"number\":\"312-353-6163\",\"tel\":\"+13123536163\"}],\"missions\":["
    "\"Consulate\"],"
    "\"next\":{\"after\":\"After 17:00\",\"who\":\"Command Center\","
    "\"numbers\":[{\"number\":\"571-345-3146\",\"tel\":\"+15713453146\"}]}}],"
    "\"emergency\":{\"number\":\"911\",\"tel\":\"911\","
    "\"others\":[{\"name\":\"Police\",\"number\":\"911\",\"tel\":\"911\"}]},"
    "\"times\":[{\"label\":\"Sent\",\"zones\":[{\"date\":\"Mon 16 Jul 2012\",\"clock\":\"08:30 "
    "CDT\"}],"
    "\"utc\":\"2012-07-16 13:30 UTC\"}],"
    "\"ids\":{\"broadcast\":\"X-1\",\"sender\":\"pld@dss.example\",\"message\":\"0.1\","
    "\"references\":[\"X-0\"]},"
    "\"why\":\"You are a representative.\","
    "\"desk\":{\"name\":\"Chicago\",\"total\":1,\"calls_needed\":1,\"told\":1,"
    "\"attention\":[{\"name\":\"Consulate\",\"id\":\"xx-chicago\",\"kind\":\"consulate\","
    "\"place\":\"Chicago, IL\",\"reasons\":[\"has none\"],\"lines\":[\"tried\"]}],"
    "\"help\":[\"liaisonctl unreached\"],\"notes\":[\"handed on\"],"
    "\"groups\":[{\"label\":\"Still affected\",\"missions\":[{\"name\":\"Consulate\","
    "\"id\":\"xx-chicago\",\"kind\":\"consulate\",\"place\":\"Chicago, IL\"}]}]}}";

json_t *notice_json_schema(const json_t *phrases)
{
    json_t *schema = json_loads(schema_text, JSON_REJECT_DUPLICATES, NULL);
    json_object_set(schema, "t", (json_t *)phrases);
    return schema;
}
