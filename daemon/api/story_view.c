#include "api/story_view.h"

#include "api/broadcast_view.h"
#include "flow/story.h"
#include "wire/delivery_record.h"
#include "wire/json_text.h"

json_t *view_records(const GPtrArray *records)
{
    json_t *out = json_array();
    for (guint i = 0; i < records->len; i++) {
        g_autofree char *line = delivery_record_line(g_ptr_array_index(records, i));
        json_array_append_new(out, json_loads(line, 0, NULL));
    }
    return out;
}

/* In the reader's language: the words that the message was written in. */
static json_t *view_said(const struct broadcast *b, const struct obligation *o)
{
    const struct message *m = broadcast_message_for(b, o->language);
    json_t *out = json_object();
    json_object_set_new(out, "recipient", json_text(o->recipient));
    json_object_set_new(out, "name", json_text(o->name));
    json_object_set_new(out, "part", json_string(obligation_part_names[o->part]));
    json_object_set_new(out, "language", json_text(m ? m->language : o->language));
    json_object_set_new(out, "headline", json_text(m ? m->headline : ""));
    return out;
}

static json_t *view_version(const struct story_version *v, const char *mission)
{
    const struct affected_mission *m = g_hash_table_lookup(v->file->by_mission, mission);
    json_t *o = view_broadcast(v->row), *said = json_array();
    for (guint i = 0; i < v->file->obligations->len; i++) {
        const struct obligation *each = g_ptr_array_index(v->file->obligations, i);
        if (g_ptr_array_find_with_equal_func(each->missions, mission, g_str_equal, NULL))
            json_array_append_new(said, view_said(v->file->broadcast, each));
    }
    json_object_set_new(o, "role", json_string(story_role_names[v->role]));
    json_object_set_new(o, "because", json_text(m ? m->because : ""));
    json_object_set_new(o, "said", said);
    return o;
}

void view_story(json_t *o, const char *mission, const GPtrArray *versions, const GPtrArray *records)
{
    json_t *out = json_array();
    for (guint i = 0; i < versions->len; i++)
        json_array_append_new(out, view_version(g_ptr_array_index(versions, i), mission));
    json_object_set_new(o, "versions", out);
    json_object_set_new(o, "story", view_records(records));
}
