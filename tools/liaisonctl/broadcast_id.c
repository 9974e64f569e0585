#include "broadcast_id.h"

#include "field.h"
#include "out.h"

#define SHOWN 10

static void complain_of_several(const char *given, const json_t *list)
{
    g_autoptr(GString) ids = g_string_new(NULL);
    char room[FIELD_ROOM];
    size_t i;
    json_t *b;

    json_array_foreach(list, i, b)
    {
        g_string_append_printf(ids, "%s%s of %s (received %s UTC)", i ? ", " : "",
                               field_text(b, "id"), field_text(b, "sender"),
                               field_when(field_text(b, "received"), room));
    }
    complain("several broadcasts are called %s, give the ID of one: %s", given, ids->str);
}

char *broadcast_id(struct session *s, const char *given)
{
    g_autoptr(GString) path = g_string_new("/v1/broadcasts");
    char *id = NULL;

    if (g_uuid_string_is_valid(given))
        return g_strdup(given);
    if (!*given || !g_utf8_validate(given, -1, NULL)) {
        complain("that is no ID and no identifier of a broadcast");
        return NULL;
    }
    api_query(path, "limit", G_STRINGIFY(SHOWN));
    api_query(path, "identifier", given);
    struct api_answer *answer = command_get(s, path->str);
    if (!answer)
        return NULL;
    const json_t *list = field_array(answer->json, "broadcasts");
    if (json_array_size(list) == 1)
        id = g_strdup(field_text(json_array_get(list, 0), "id"));
    else if (json_array_size(list) == 0)
        complain("there is no broadcast %s", given);
    else
        complain_of_several(given, list);
    api_answer_free(answer);
    return id;
}

char *broadcast_path(struct session *s, const char *given, const char *tail)
{
    g_autofree char *id = broadcast_id(s, given);

    return id ? api_path("/v1/broadcasts/", id, tail) : NULL;
}
