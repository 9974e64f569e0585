#include "wire/phrases.h"

#include <stdarg.h>
#include <string.h>

/* What the program says itself, with the holes it fills. */
static const struct needed {
    const char *key, *holes; /* holes: names within braces, NULL: none */
} needed[] = {
    { "direction", NULL },
    { "banner_exercise", NULL },
    { "banner_test", NULL },
    { "banner_system", NULL },
    { "type_update", NULL },
    { "type_cancel", NULL },
    { "type_release", NULL },
    { "type_full", NULL },
    { "update_line", NULL },
    { "full_line", NULL },
    { "release_line", NULL },
    { "release_rest", NULL },
    { "cancel_line", NULL },
    { "cancel_rest", NULL },
    { "for_your_mission", NULL },
    { "for_your_missions", NULL },
    { "group_still", NULL },
    { "group_added", NULL },
    { "group_released", NULL },
    { "group_cancelled", NULL },
    { "group_concerned", NULL },
    { "urgency_immediate", NULL },
    { "urgency_expected", NULL },
    { "urgency_future", NULL },
    { "urgency_past", NULL },
    { "urgency_unknown", NULL },
    { "severity_extreme", NULL },
    { "severity_severe", NULL },
    { "severity_moderate", NULL },
    { "severity_minor", NULL },
    { "severity_unknown", NULL },
    { "certainty_observed", NULL },
    { "certainty_likely", NULL },
    { "certainty_possible", NULL },
    { "certainty_unlikely", NULL },
    { "certainty_unknown", NULL },
    { "notice_headline", NULL },
    { "notice_body", NULL },
    { "notice_released", NULL },
    { "notice_cancelled", NULL },
    { "cancel_title", "{headline}" },
    { "false_alarm_title", "{headline}" },
    { "cancel_text", "{headline}" },
    { "false_alarm_text", "{headline}" },
    { "cancel_reason", "{reason}" },
    { "cancel_instruction", NULL },
    { "matter_received_title", "{number}" },
    { "matter_received", "{number} {owner}" },
    { "matter_confirmed", "{number}" },
    { "matter_refused", "{number}" },
    { "matter_answered", "{number}" },
    { "matter_acknowledged", "{number}" },
    { "matter_expired", "{number}" },
    { "matter_closed", "{number}" },
    { "matter_words", "{note}" },
    { "proof_title", NULL },
    { "proof_text", "{name} {mission}" },
    { "campaign_title", NULL },
    { "campaign_text", "{time}" },
    { "reminder_subject", "{subject}" },
    { "reminder_label", NULL },
    { "reminder_line", NULL },
    { "answer_understood", NULL },
    { "answer_understood_hint", NULL },
    { "answer_need_assistance", NULL },
    { "answer_need_assistance_hint", NULL },
    { "answer_not_affected", NULL },
    { "answer_not_affected_hint", NULL },
    { "answer_wrong_person", NULL },
    { "answer_wrong_person_hint", NULL },
    { "answer_confirm", NULL },
    { "answer_confirm_hint", NULL },
    { "answer_nothing_yet", NULL },
    { "answer_wrong_code", NULL },
    { "answer_missing", NULL },
    { "thanks_understood", NULL },
    { "thanks_need_assistance", NULL },
    { "thanks_need_assistance_more", NULL },
    { "thanks_not_affected", NULL },
    { "thanks_wrong_person", NULL },
    { "thanks_wrong_person_more", NULL },
    { "thanks_close", NULL },
    { "version_superseded", NULL },
    { "version_superseded_line", NULL },
    { "version_cancelled", NULL },
    { "version_cancelled_line", NULL },
    { "version_over", NULL },
    { "version_over_line", NULL },
    { "link_unknown", NULL },
    { "link_unknown_line", NULL },
    { "link_tries", NULL },
    { "link_tries_line", "{minutes}" },
    { "link_trouble", NULL },
    { "link_trouble_line", NULL },
    { "contact_title", NULL },
    { "contact_changed", NULL },
    { "contact_new", NULL },
    { "contact_departing", NULL },
    { "contact_representative", NULL },
    { "contact_representative_hint", NULL },
    { "contact_name", NULL },
    { "contact_name_hint", NULL },
    { "contact_language", NULL },
    { "contact_language_hint", NULL },
    { "contact_email", NULL },
    { "contact_email_hint", NULL },
    { "contact_phone", NULL },
    { "contact_phone_hint", NULL },
    { "contact_webhook", NULL },
    { "contact_webhook_hint", NULL },
    { "contact_valid_from", NULL },
    { "contact_valid_from_hint", NULL },
    { "contact_valid_to", NULL },
    { "contact_valid_to_hint", NULL },
    { "contact_refused", NULL },
    { "contact_bad", NULL },
    { "contact_received", NULL },
    { "contact_received_line", NULL },
    { "office_title", "{name}" },
    { "office_open", "{time}" },
    { "office_closed", "{office}" },
    { "desk_open", "{time}" },
    { "after", "{time}" },
    { "date", "{weekday} {day} {month} {year}" },
    { "moment", "{date} {time}" },
    { "weekday_1", NULL },
    { "weekday_2", NULL },
    { "weekday_3", NULL },
    { "weekday_4", NULL },
    { "weekday_5", NULL },
    { "weekday_6", NULL },
    { "weekday_7", NULL },
    { "month_1", NULL },
    { "month_2", NULL },
    { "month_3", NULL },
    { "month_4", NULL },
    { "month_5", NULL },
    { "month_6", NULL },
    { "month_7", NULL },
    { "month_8", NULL },
    { "month_9", NULL },
    { "month_10", NULL },
    { "month_11", NULL },
    { "month_12", NULL },
    { "sent", NULL },
    { "effective", NULL },
    { "expires", NULL },
    { "why_one", "{mission}" },
    { "why_many", NULL },
};

const char *phrases_get(const json_t *phrases, const char *key)
{
    const char *s = json_string_value(json_object_get(phrases, key));
    return s ? s : "";
}

const char *phrases_for(const json_t *phrases, const char *prefix, const char *word)
{
    g_autofree char *key = g_strconcat(prefix, "_", word, NULL);
    return phrases_get(phrases, key);
}

/* The value of the hole that begins at s ("{name}"), and in *len how long the hole is. */
static const char *hole_value(const char *s, va_list pairs, gsize *len)
{
    va_list args;
    va_copy(args, pairs);
    const char *found = NULL;
    for (const char *name; !found && (name = va_arg(args, const char *));) {
        const char *value = va_arg(args, const char *);
        gsize n = strlen(name);
        if (!strncmp(s + 1, name, n) && s[n + 1] == '}') {
            found = value;
            *len = n + 2;
        }
    }
    va_end(args);
    return found;
}

char *phrases_fill(const json_t *phrases, const char *key, ...)
{
    GString *out = g_string_new(NULL);
    va_list pairs;
    va_start(pairs, key);
    for (const char *s = phrases_get(phrases, key); *s;) {
        gsize len = 0;
        const char *value = *s == '{' ? hole_value(s, pairs, &len) : NULL;
        if (value) {
            g_string_append(out, value);
            s += len;
        } else {
            g_string_append_c(out, *s++);
        }
    }
    va_end(pairs);
    return g_string_free(out, FALSE);
}

static const struct needed *find_needed(const char *key)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (g_str_equal(needed[i].key, key))
            return &needed[i];
    }
    return NULL;
}

/* Every {hole} of text is in allowed. */
static bool holes_within(const char *text, const char *allowed)
{
    for (const char *s = text; (s = strchr(s, '{')); s++) {
        const char *end = strchr(s, '}');
        if (!end)
            return false;
        g_autofree char *hole = g_strndup(s, (gsize)(end - s) + 1);
        if (!strstr(allowed, hole))
            return false;
    }
    return true;
}

static void check_phrase(const char *key, const json_t *value, const char *file, struct faults *f)
{
    if (!json_is_string(value) || !*json_string_value(value)) {
        faults_add(f, file, "empty-phrase", "phrase %s is not a text that says something", key);
        return;
    }
    const struct needed *n = find_needed(key);
    const char *text = json_string_value(value), *allowed = n && n->holes ? n->holes : "";
    g_auto(GStrv) holes = g_strsplit(allowed, " ", -1);
    bool all = true;
    for (char **h = holes; *h; h++)
        all = all && strstr(text, *h);
    if (!all || !holes_within(text, allowed))
        faults_add(f, file, "holes", "phrase %s must have %s in it", key,
                   *allowed ? allowed : "no {hole}");
}

static void check_needed(const json_t *phrases, const char *file, struct faults *f)
{
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (!json_object_get(phrases, needed[i].key))
            faults_add(f, file, "missing-phrase", "phrase %s is missing", needed[i].key);
    }
    const char *direction = phrases_get(phrases, "direction");
    if (*direction && !g_str_equal(direction, "ltr") && !g_str_equal(direction, "rtl"))
        faults_add(f, file, "direction", "direction is \"ltr\" or \"rtl\"");
}

void phrases_check(const json_t *phrases, const json_t *reference, const char *file,
                   struct faults *f)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)phrases, key, value)
    {
        check_phrase(key, value, file, f);
        if (!json_object_get(reference, key))
            faults_add(f, file, "unknown-phrase", "phrase %s is not one of English", key);
    }
    json_object_foreach((json_t *)reference, key, value)
    {
        if (!find_needed(key) && !json_object_get(phrases, key))
            faults_add(f, file, "missing-phrase", "phrase %s is missing", key);
    }
    check_needed(phrases, file, f);
}
