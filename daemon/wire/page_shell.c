#include "wire/page_shell.h"

#include <string.h>

#include "wire/json_text.h"
#include "wire/notice_call.h"
#include "wire/notice_json.h"
#include "wire/notice_time.h"
#include "wire/phrases.h"

#define LANGUAGES_MAX 16 /* of Accept-Language that are looked at */

/* The code is what the page asks for: whatever a template says, it must not be able to show it.
 * Nor is a text that only the message itself is to carry. */
static void take_secrets(json_t *page)
{
    json_object_del(page, "ask");
    static const char *const texts[] = { "description", "description_lines", "instruction",
                                         "instruction_lines" };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        json_object_del(json_object_get(page, "text"), texts[i]);
}

static void set_page(json_t *page)
{
    static const char *const objects[] = { "form", "contact_form" };
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++)
        json_object_set_new(page, objects[i], json_object());
    json_object_set_new(page, "notes", json_array());
    json_object_set_new(page, "title", json_string(""));
    json_object_set_new(page, "contact_path", json_string(""));
}

json_t *page_shell(const struct notice *n, const struct template_set *t, const json_t **phrases)
{
    const char *language = NULL;
    *phrases = template_set_phrases(t, n->notification->language, &language);
    json_t *page = notice_json(n, *phrases, language);
    take_secrets(page);
    set_page(page);
    json_object_set(page, "title", json_object_get(page, "subject"));
    return page;
}

json_t *page_shell_plain(const char *languages, const struct directory *d,
                         const struct template_set *t, const json_t **phrases)
{
    const char *language = page_shell_language(languages, t);
    *phrases = template_set_phrases(t, language, &language);
    g_autoptr(GPtrArray) nothing = g_ptr_array_new();
    struct notice n = { .obligations = nothing, .missions = nothing, .directory = d };
    json_t *page = json_pack("{s:s, s:s, s:O}", "lang", language, "dir",
                             phrases_get(*phrases, "direction"), "t", (json_t *)*phrases);
    json_object_set_new(page, "calls", notice_calls_json(&n, *phrases));
    json_object_set_new(page, "emergency", notice_emergency_json(&n, *phrases));
    set_page(page);
    return page;
}

void page_shell_note(json_t *page, const char *tone, const char *title, const char *line)
{
    json_array_append_new(json_object_get(page, "notes"),
                          json_pack("{s:s, s:o, s:o, s:s, s:s}", "tone", tone, "title",
                                    json_text(title), "line", json_text(line), "date", "", "clock",
                                    ""));
}

void page_shell_note_time(json_t *page, const struct notice *n, const json_t *phrases,
                          int64_t at_ms)
{
    json_t *notes = json_object_get(page, "notes");
    json_t *note = json_array_get(notes, json_array_size(notes) - 1);
    const struct affected_mission *m = n->missions->len ? n->missions->pdata[0] : NULL;
    g_autoptr(GTimeZone) tz = notice_time_zone(m ? m->timezone : NULL);
    g_autofree char *date = notice_time_date(phrases, at_ms, tz);
    g_autofree char *clock = notice_time_clock(at_ms, tz);
    json_object_set_new(note, "date", json_text(date));
    json_object_set_new(note, "clock", json_text(clock));
}

char *page_shell_render(json_t *page, const struct template_set *t)
{
    GString *out = g_string_new(NULL);
    template_render(template_set_get(t, TEMPLATE_PAGE), page, out);
    json_decref(page);
    return g_string_free(out, FALSE);
}

static const char schema_text[] =
    "{\"title\":\"Demonstration\",\"contact_path\":\"/a/0/contact\","
    "\"notes\":[{\"tone\":\"good\",\"title\":\"Thank you.\",\"line\":\"Recorded.\","
    "\"date\":\"Mon 16 Jul 2012\",\"clock\":\"08:30 CDT\"}],"
    "\"form\":{\"action\":\"/a/0\",\"again\":true,\"code_error\":\"wrong\",\"answer_error\":"
    "\"none\",\"note\":\"\",\"note_max\":500,\"answers\":[{\"value\":\"understood\",\"label\":"
    "\"Understood\",\"hint\":\"We act.\",\"checked\":true}]},"
    "\"contact_form\":{\"action\":\"/a/0/contact\",\"back\":\"/a/"
    "0\",\"sent\":true,\"code_error\":\"wrong\","
    "\"change_error\":\"none\",\"note\":\"\",\"note_error\":\"\",\"changes\":[{\"value\":\"new\","
    "\"label\":\"New\",\"checked\":true}],\"fields\":[{\"name\":\"email\",\"label\":\"E-mail\","
    "\"hint\":\"Yours\",\"type\":\"email\",\"dir\":\"ltr\",\"max\":254,\"value\":\"a@b.example\","
    "\"error\":\"none\"}]}}";

json_t *page_shell_schema(const json_t *phrases)
{
    json_t *schema = notice_json_schema(phrases);
    json_t *own = json_loads(schema_text, JSON_REJECT_DUPLICATES, NULL);
    json_object_update(schema, own);
    json_decref(own);
    take_secrets(schema);
    return schema;
}

/* "q=0.85" -> 850; anything else is 1000, as if nothing had been said. */
static int weight_of(const char *parameter)
{
    const char *q = parameter ? strchr(parameter, '=') : NULL;
    return q ? (int)(g_ascii_strtod(q + 1, NULL) * 1000) : 1000;
}

const char *page_shell_language(const char *languages, const struct template_set *t)
{
    const char *best = NULL;
    int best_weight = 0;
    g_auto(GStrv) parts = g_strsplit(languages ? languages : "", ",", LANGUAGES_MAX + 1);
    for (size_t i = 0; parts[i] && i < LANGUAGES_MAX; i++) {
        char *parameter = strchr(parts[i], ';');
        int weight = weight_of(parameter);
        if (parameter)
            *parameter = '\0';
        const char *tag = g_strstrip(parts[i]), *found = NULL;
        template_set_phrases(t, tag, &found);
        bool there = *tag && !g_ascii_strncasecmp(tag, found, strcspn(tag, "-"));
        if (there && weight > best_weight) {
            best = found;
            best_weight = weight;
        }
    }
    if (!best)
        template_set_phrases(t, "en", &best);
    return best;
}
