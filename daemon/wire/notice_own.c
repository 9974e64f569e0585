#include "wire/notice_own.h"

#include "base/text.h"
#include "wire/notice_ask.h"
#include "wire/notice_desk.h"
#include "wire/notice_json.h"
#include "wire/phrases.h"

char *notice_own_why(const struct notice *n, const json_t *phrases)
{
    if (n->missions->len != 1)
        return g_strdup(phrases_get(phrases, "why_many"));
    const struct affected_mission *m = n->missions->pdata[0];
    return phrases_fill(phrases, "why_one", "mission", m->name, NULL);
}

/* As json_text() has it. */
static void set_text(struct notice_own *o, enum notice_own_text which, char *text /* taken */)
{
    if (!g_utf8_validate(text, -1, NULL)) {
        char *valid = g_utf8_make_valid(text, -1);
        g_free(text);
        text = valid;
    }
    o->texts[which] = o->made[which] = text;
}

/* As json_line() has it. */
static void set_line(struct notice_own *o, enum notice_own_text which, const char *line)
{
    if (!text_is_plain_line(line))
        line = o->made[which] = text_clean_line(line);
    o->texts[which] = line;
}

static void set_made_line(struct notice_own *o, enum notice_own_text which, char *line /* taken */)
{
    set_line(o, which, line);
    if (o->made[which])
        g_free(line);
    else
        o->made[which] = line;
}

static void set_link(struct notice_own *o, const struct notice *n)
{
    set_text(o, OWN_URL, notice_ask_url(n));
    set_text(o, OWN_CODE, g_strdup(n->link->code));
    set_text(o, OWN_SPACED, notice_ask_spaced(n));
}

static void set_mission(struct notice_own *o, const struct affected_mission *m)
{
    set_line(o, OWN_MISSION, m->name);
    set_line(o, OWN_MISSION_ID, m->id);
    set_made_line(o, OWN_MISSION_PLACE, notice_list_place(m));
    o->texts[OWN_MISSION_CALLS] = o->texts[OWN_MISSION];
}

static bool is_of_one_mission(const struct notice *n)
{
    return n->missions->len == 1 && !notice_is_for_desk(n);
}

void notice_own_init(struct notice_own *o, const struct notice *n, const json_t *phrases)
{
    *o = (struct notice_own){ 0 };
    for (int i = 0; i < NOTICE_OWN_TEXTS; i++)
        o->texts[i] = "";
    set_text(o, OWN_MESSAGE, notification_message_key(n->broadcast->id, n->notification->id));
    if (n->link)
        set_link(o, n);
    if (notice_is_for_desk(n))
        set_made_line(o, OWN_DESK, notice_desk_addressee(n));
    if (is_of_one_mission(n)) {
        set_mission(o, n->missions->pdata[0]);
        set_made_line(o, OWN_WHY, notice_own_why(n, phrases));
    }
}

void notice_own_clear(struct notice_own *o)
{
    for (int i = 0; i < NOTICE_OWN_TEXTS; i++)
        g_free(o->made[i]);
}

unsigned notice_own_empty(const struct notice_own *o)
{
    unsigned bits = 0;
    for (int i = 0; i < NOTICE_OWN_TEXTS; i++)
        bits |= (unsigned)(*o->texts[i] == '\0') << i;
    return bits;
}

static const json_t *in(const json_t *value, const char *name, const char *inner)
{
    return json_object_get(json_object_get(value, name), inner);
}

static const json_t *first_mission(const json_t *value, const char *name)
{
    return json_array_get(
        json_object_get(json_array_get(json_object_get(value, name), 0), "missions"), 0);
}

void notice_own_places(const struct notice *n, const json_t *value,
                       const json_t *places[NOTICE_OWN_TEXTS])
{
    const bool one = is_of_one_mission(n);
    const json_t *mission = one ? first_mission(value, "groups") : NULL;
    const json_t *const found[NOTICE_OWN_TEXTS] = {
        [OWN_MESSAGE] = in(value, "ids", "message"),
        [OWN_URL] = in(value, "ask", "url"),
        [OWN_CODE] = in(value, "ask", "code"),
        [OWN_SPACED] = in(value, "ask", "spaced"),
        [OWN_DESK] = in(value, "desk", "name"),
        [OWN_MISSION] = json_object_get(mission, "name"),
        [OWN_MISSION_ID] = json_object_get(mission, "id"),
        [OWN_MISSION_PLACE] = json_object_get(mission, "place"),
        [OWN_MISSION_CALLS] = one ? first_mission(value, "calls") : NULL,
        [OWN_WHY] = one ? json_object_get(value, "why") : NULL,
    };
    for (int i = 0; i < NOTICE_OWN_TEXTS; i++)
        places[i] = found[i];
}
