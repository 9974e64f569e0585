/*
 * notice_steps - notices of which each differs from the one before in one thing that its text goes
 * by: the person and the mission, what belongs to the mission's place, the version, the moment, the
 * language, the capacity of the reader, the link.
 *
 * A step may be taken again, which changes nothing.
 *
 *   struct notice_world *w = scene_english_by_day(), *other = steps_other();
 *   for (int step = 0; step < NOTICE_STEPS; step++) { steps_take(w, other, step); … }
 */
#pragma once
#include "notice_scenes.h"

#define NOTICE_STEPS 18

static inline void steps_set(char **to, const char *text)
{
    g_free(*to);
    *to = g_strdup(text);
}

/* Owns the other version; outlives the world that takes it. */
static inline struct notice_world *steps_other(void)
{
    struct notice_world *other = scene_english_by_day();
    steps_set(&((struct message *)other->broadcast->messages->pdata[0])->headline, "Another");
    return other;
}

static inline void steps_change_mission(struct notice_world *w, const char *id, const char *name)
{
    struct affected_mission *m = w->missions->pdata[0];
    struct obligation *o = w->obligations->pdata[0];
    steps_set(&m->id, id);
    steps_set(&m->name, name);
    steps_set(&o->name, "Ada Müller-Ångström \"Ada\"");
    g_ptr_array_set_size(o->missions, 0);
    g_ptr_array_add(o->missions, g_strdup(id));
}

static inline void steps_ask(struct notice_world *w, const char *token, const char *code)
{
    static struct link link;
    g_strlcpy(link.token, token, sizeof link.token);
    g_strlcpy(link.code, code, sizeof link.code);
    w->notice.link = &link;
    w->notice.base_url = "https://dss.example";
}

static inline void steps_take(struct notice_world *w, const struct notice_world *other, int step)
{
    struct affected_mission *m = w->missions->pdata[0];
    struct obligation *o = w->obligations->pdata[0];
    switch (step) {
    case 1:
        steps_change_mission(w, "de-chicago", "Consulate <General> of Germany & more");
        break;
    case 2:
        steps_set(&m->timezone, "America/New_York");
        break;
    case 3:
        steps_set(&m->office, "washington");
        break;
    case 4:
        steps_set(&m->kind, "embassy");
        break;
    case 5:
        steps_set(&m->state, "DC");
        break;
    case 6:
        w->notice.broadcast = other->broadcast;
        break;
    case 7:
        w->notice.now_ms = NOTICE_NOW + 12 * HOUR_MS; /* the office is closed by then */
        break;
    case 8:
        steps_set(&w->notification->language, "es");
        break;
    case 9:
        w->notification->purpose = PURPOSE_REMIND;
        break;
    case 10:
        o->part = PART_RELEASE;
        break;
    case 11:
        steps_change_mission(w, "x]\"missions\":[\"y", "Consulate \"missions\":[");
        break;
    case 12:
        steps_set(&m->city, "Honolulu\tHI");
        break;
    case 13:
        steps_set(&m->city, "");
        break;
    case 14:
        steps_change_mission(w, "de-chicago", "\n");
        break;
    case 15:
        steps_ask(w, "AAAAAAAAAAAAAAAAAAAAAA", "123456");
        break;
    case 16:
        steps_ask(w, "BBBBBBBBBBBBBBBBBBBBBB", "654321");
        break;
    case 17:
        w->notification->id++;
        break;
    }
}
