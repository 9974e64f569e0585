#include "wire/json_text.h"

#include "base/text.h"
#include <glib.h>

json_t *json_text(const char *s)
{
    json_t *text = json_string(s ? s : "");
    if (text)
        return text;
    g_autofree char *valid = g_utf8_make_valid(s, -1);
    return json_string(valid);
}

json_t *json_line(const char *s)
{
    if (s && text_is_plain_line(s))
        return json_string_nocheck(s);
    g_autofree char *line = text_clean_line(s ? s : "");
    return json_string(line);
}

json_t *json_text_lines(const char *s)
{
    json_t *list = json_array();
    g_auto(GStrv) lines = g_strsplit(s ? s : "", "\n", -1);
    for (char **line = lines; *line; line++) {
        if (*g_strstrip(*line))
            json_array_append_new(list, json_text(*line));
    }
    return list;
}

void json_set_text(json_t *o, const char *key, const char *value)
{
    if (value && *value)
        json_object_set_new(o, key, json_text(value));
}
