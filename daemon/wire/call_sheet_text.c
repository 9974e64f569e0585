#include "wire/call_sheet_text.h"

#include <string.h>

#include "base/timestamp.h"
#include "model/answer.h"
#include "wire/csv_rows.h"
#include "wire/json_text.h"
#include "wire/notice_call.h"
#include "wire/notice_time.h"

static char *place_of(const struct call_sheet_row *r)
{
    return *r->city && *r->state ? g_strdup_printf("%s, %s", r->city, r->state)
                                 : g_strdup(*r->city ? r->city : r->state);
}

/* What became of it so far, for somebody who has the telephone in the hand. */
static char *what_of(const struct call_sheet_row *r)
{
    static const struct {
        const char *word, *sentence;
    } words[] = {
        { OBLIGATION_WRONG_PERSON, "answered: I am the wrong person" },
        { OBLIGATION_ALL_REFUSED, "not reached: every endpoint refused or does not answer" },
        { "open", "not delivered yet" },
        { "reached", "delivered, no answer" },
        { "unreachable", "not reached" },
        { "escalated", "taken over" },
        { "superseded", "a later version has taken its place" },
        { "expired", "expired without an answer" },
        { "not-written-to", "nothing was sent" },
        { "nobody", "nobody is known" },
    };
    const char *key =
        g_str_equal(r->why, OBLIGATION_WRONG_PERSON) || g_str_equal(r->why, OBLIGATION_ALL_REFUSED)
            ? r->why
            : r->condition;
    bool gaps = g_str_equal(r->condition, "not-written-to") || g_str_equal(r->condition, "nobody");
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_str_equal(words[i].word, key))
            return gaps && *r->why ? g_strdup_printf("%s: %s", words[i].sentence, r->why)
                                   : g_strdup(words[i].sentence);
    }
    return g_strdup(r->condition);
}

static void set_time(json_t *o, const char *key, int64_t ms)
{
    g_autofree char *text = ms ? timestamp_format_utc_s(ms) : NULL;
    json_set_text(o, key, text);
}

static json_t *tries_json(const struct call_sheet_row *r)
{
    json_t *list = json_array();
    for (guint i = 0; i < r->tries->len; i++) {
        const struct call_sheet_try *t = r->tries->pdata[i];
        json_t *o =
            json_pack("{s:s, s:o, s:i, s:s}", "channel", t->channel, "endpoint",
                      json_text(t->endpoint), "attempts", (int)t->attempts, "state", t->state);
        json_set_text(o, "outcome", t->outcome);
        json_set_text(o, "reply", t->reply);
        set_time(o, "last", t->last_ms);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *row_json(const struct call_sheet_row *r)
{
    g_autofree char *place = place_of(r), *what = what_of(r);
    const struct {
        const char *key, *value;
    } texts[] = {
        { "broadcast", r->broadcast },
        { "identifier", r->identifier },
        { "headline", r->headline },
        { "urgency", broadcast_urgency_names[r->urgency] },
        { "mission", r->mission },
        { "mission_name", r->mission_name },
        { "kind", r->kind },
        { "place", place },
        { "threat_level", threat_level_names[r->threat] },
        { "office", r->office },
        { "recipient", r->recipient },
        { "name", r->name },
        { "phone", r->phone },
        { "language", r->language },
        { "state", r->condition },
        { "why", r->why },
        { "what", what },
        { "answer", r->answer },
        { "local_time", r->local_time },
        { "taken_by", r->taken_by },
    };
    json_t *o = json_object();
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        json_set_text(o, texts[i].key, texts[i].value);
    if (r->rank)
        json_object_set_new(o, "rank", json_integer(r->rank));
    json_object_set_new(o, "quorum",
                        json_pack("{s:i, s:i, s:i}", "asked", (int)r->asked, "acknowledged",
                                  (int)r->acknowledged, "needed", (int)r->needed));
    set_time(o, "since", r->begun_ms);
    json_object_set_new(o, "tried", tries_json(r));
    return o;
}

json_t *call_sheet_json(const struct call_sheet *s)
{
    g_autofree char *as_of = timestamp_format_utc_s(s->now_ms);
    json_t *rows = json_array();
    for (guint i = 0; i < s->rows->len; i++)
        json_array_append_new(rows, row_json(s->rows->pdata[i]));
    return json_pack("{s:o, s:i, s:i, s:o}", "as_of", json_text(as_of), "missions",
                     (int)s->missions, "affected", (int)s->affected, "rows", rows);
}

/* "a@b.example, 2 attempts, refused: 550 no such user" */
static char *try_text(const struct call_sheet_try *t)
{
    bool mail = g_str_has_prefix(t->endpoint, "mailto:");
    GString *out = g_string_new(mail ? strchr(t->endpoint, ':') + 1 : t->endpoint);
    if (!t->attempts)
        g_string_append(out, ", not tried yet");
    else
        g_string_append_printf(out, ", %u %s", t->attempts,
                               t->attempts == 1 ? "attempt" : "attempts");
    if (*t->outcome)
        g_string_append_printf(out, ", %s", t->outcome);
    if (*t->reply)
        g_string_append_printf(out, ": %s", t->reply);
    return g_string_free(out, FALSE);
}

static char *tries_text(const struct call_sheet_row *r)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < r->tries->len; i++) {
        g_autofree char *text = try_text(r->tries->pdata[i]);
        g_string_append_printf(out, "%s%s", i ? "; " : "", text);
    }
    return g_string_free(out, FALSE);
}

static void append_row(GString *out, const struct call_sheet_row *r)
{
    g_autofree char *place = place_of(r), *what = what_of(r), *tried = tries_text(r);
    g_autofree char *rank = r->rank ? g_strdup_printf("%u", r->rank) : g_strdup("");
    const char *const cells[] = { threat_level_names[r->threat],
                                  broadcast_urgency_names[r->urgency],
                                  r->broadcast,
                                  r->identifier,
                                  r->headline,
                                  r->mission,
                                  r->mission_name,
                                  r->kind,
                                  place,
                                  r->office,
                                  rank,
                                  r->name,
                                  r->phone,
                                  r->language,
                                  r->local_time,
                                  r->condition,
                                  what,
                                  r->answer,
                                  tried,
                                  r->taken_by };
    for (size_t i = 0; i < G_N_ELEMENTS(cells); i++)
        csv_rows_append_shown(out, cells[i], i == 0);
    g_string_append(out, "\r\n");
}

char *call_sheet_csv(const struct call_sheet *s)
{
    GString *out =
        g_string_new("threat_level,urgency,broadcast,identifier,headline,mission,"
                     "mission_name,kind,place,office,rank,name,phone,language,local_time,"
                     "state,what,answer,tried,taken_by\r\n");
    for (guint i = 0; i < s->rows->len; i++)
        append_row(out, s->rows->pdata[i]);
    return g_string_free(out, FALSE);
}

static json_t *person_json(const struct call_sheet_row *r)
{
    g_autofree char *tel = notice_call_uri_number(r->phone), *what = what_of(r);
    json_t *tries = json_array();
    for (guint i = 0; i < r->tries->len; i++) {
        g_autofree char *text = try_text(r->tries->pdata[i]);
        json_array_append_new(tries, json_line(text));
    }
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "rank", (int)r->rank, "name",
                     json_line(r->name), "phone", json_line(r->phone), "tel", json_text(tel),
                     "language", json_line(r->language), "what", json_line(what), "taken_by",
                     json_line(r->taken_by), "tries", tries);
}

static json_t *group_json(const struct call_sheet_row *r)
{
    g_autofree char *place = place_of(r);
    g_autofree char *kind = g_strdelimit(g_strdup(r->kind), "-", ' ');
    bool raised = r->threat >= THREAT_HIGH;
    g_autofree char *count = g_strdup_printf("%u of %u confirmed", r->acknowledged, r->needed);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:s, s:o, s:o, s:o, s:o}", "id",
        json_line(r->mission), "name", json_line(r->mission_name), "kind", json_line(kind), "place",
        json_line(place), "office", json_line(r->office), "local_time", json_line(r->local_time),
        "threat", threat_level_names[r->threat], "raised", raised, "urgency",
        broadcast_urgency_names[r->urgency], "headline", json_line(r->headline), "identifier",
        json_line(r->identifier), "confirmed", json_text(count), "people", json_array());
}

static json_t *page_json(const struct call_sheet *s)
{
    json_t *groups = json_array(), *group = NULL;
    const struct call_sheet_row *before = NULL;
    for (guint i = 0; i < s->rows->len; i++) {
        const struct call_sheet_row *r = s->rows->pdata[i];
        bool same = before && before->broadcast_no == r->broadcast_no &&
                    g_str_equal(before->mission, r->mission);
        if (!same) {
            group = group_json(r);
            json_array_append_new(groups, group);
        }
        json_array_append_new(json_object_get(group, "people"), person_json(r));
        before = r;
    }
    g_autofree char *as_of = notice_time_utc(s->now_ms);
    return json_pack("{s:o, s:i, s:i, s:i, s:o}", "as_of", json_text(as_of), "missions",
                     (int)s->missions, "affected", (int)s->affected, "people", (int)s->rows->len,
                     "groups", groups);
}

char *call_sheet_html(const struct call_sheet *s, const struct template_set *t)
{
    GString *out = g_string_new(NULL);
    json_t *page = page_json(s);
    template_render(template_set_get(t, TEMPLATE_CALL_SHEET), page, out);
    json_decref(page);
    return g_string_free(out, FALSE);
}

json_t *call_sheet_schema(const json_t *phrases)
{
    (void)phrases;
    return json_loads("{\"as_of\":\"2012-07-16 13:30 UTC\",\"missions\":1,\"affected\":2,"
                      "\"people\":1,\"groups\":[{\"id\":\"xx-chicago\",\"name\":\"Consulate\","
                      "\"kind\":\"consulate\",\"place\":\"Chicago, IL\",\"office\":\"chicago\","
                      "\"local_time\":\"2012-07-16 08:30 CDT\",\"threat\":\"high\",\"raised\":true,"
                      "\"urgency\":\"expected\",\"headline\":\"Demonstration\",\"identifier\":"
                      "\"X-1\",\"confirmed\":\"0 of 1 confirmed\",\"people\":[{\"rank\":1,"
                      "\"name\":\"One\",\"phone\":\"+1 312\",\"tel\":\"+1312\",\"language\":\"en\","
                      "\"what\":\"delivered, no answer\",\"taken_by\":\"unix:root\",\"tries\":["
                      "\"mailto:a@b.example, 1 attempt\"]}]}]}",
                      JSON_REJECT_DUPLICATES, NULL);
}
