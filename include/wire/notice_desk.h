/*
 * notice_desk - the part of a notice that only offices and desks get: who must be called, and the list.
 */
#pragma once
#include "wire/notice.h"
#include <jansson.h>

/* { name, total, calls_needed, told, attention: [ mission and reason and lines ],
 * groups: [ { label, missions: [ mission ] } ] }; the groups have the missions that need nothing special.  Always English, as are the desk templates. */
json_t *notice_desk_json(const struct notice *n);
/* { name, id, kind, place }: a mission as lists show it. */
json_t *notice_desk_mission(const struct affected_mission *m);
/* All this notice is about are people who could not be told. */
bool notice_desk_is_escalation(const struct notice *n);
