#include "field.h"

#include <string.h>

#include "base/timestamp.h"
#include "out.h"

static json_t *find(const json_t *object, const char *path)
{
    json_t *at = (json_t *)object;

    while (at && *path) {
        size_t len = strcspn(path, ".");
        g_autofree char *name = g_strndup(path, len);
        at = json_object_get(at, name);
        path += len + (path[len] == '.');
    }
    return at;
}

const char *field_text(const json_t *object, const char *path)
{
    const char *s = json_string_value(find(object, path));

    return s ? s : "";
}

int64_t field_number(const json_t *object, const char *path)
{
    return json_integer_value(find(object, path));
}

json_t *field_array(const json_t *object, const char *path)
{
    json_t *value = find(object, path);

    return json_is_array(value) ? value : NULL;
}

json_t *field_object(const json_t *object, const char *path)
{
    json_t *value = find(object, path);

    return json_is_object(value) ? value : NULL;
}

static char *join(const json_t *array)
{
    GString *all = g_string_new(NULL);
    size_t i;
    json_t *element;

    json_array_foreach(array, i, element)
    {
        g_autofree char *one = field_shown(element);
        g_string_append_printf(all, "%s%s", i ? ", " : "", one);
    }
    return g_string_free(all, FALSE);
}

char *field_shown(const json_t *value)
{
    if (!value || json_is_null(value))
        return g_strdup("");
    if (json_is_string(value))
        return g_strdup(json_string_value(value));
    if (json_is_array(value))
        return join(value);
    char *dumped = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    char *copy = g_strdup(dumped ? dumped : "");
    free(dumped);
    return copy;
}

char *field_cell(const json_t *object, const char *path)
{
    return g_strdup_printf("%" G_GINT64_FORMAT, field_number(object, path));
}

void field_table(const struct table_column *columns, const json_t *rows,
                 void (*add)(struct table *t, const json_t *row), const char *none)
{
    struct table *t = table_new(columns);
    size_t i;
    json_t *row;

    json_array_foreach(rows, i, row)
    {
        add(t, row);
    }
    table_print(t);
    if (none && table_count(t) == 0)
        out("%s\n", none);
    table_free(t);
}

const char *field_when(const char *time, char room[FIELD_ROOM])
{
    struct timestamp t;

    if (!*time)
        return "-";
    if (!timestamp_parse(time, &t, NULL))
        return time;
    g_autofree char *utc = timestamp_format_utc_s(t.ms);
    g_strlcpy(room, utc, FIELD_ROOM);
    room[strcspn(room, "T")] = ' ';
    room[strcspn(room, "Z")] = '\0';
    return room;
}

const char *field_span(int64_t ms, char room[FIELD_ROOM])
{
    if (ms < 1000)
        g_snprintf(room, FIELD_ROOM, "%d ms", (int)ms);
    else if (ms < 60 * 1000)
        g_snprintf(room, FIELD_ROOM, "%d.%d s", (int)(ms / 1000), (int)(ms % 1000 / 100));
    else
        g_snprintf(room, FIELD_ROOM, "%" G_GINT64_FORMAT " min %02d s", ms / 60000,
                   (int)(ms % 60000 / 1000));
    return room;
}

char *field_count(int64_t n, const char *noun)
{
    return g_strdup_printf("%" G_GINT64_FORMAT " %s%s", n, noun, n == 1 ? "" : "s");
}
