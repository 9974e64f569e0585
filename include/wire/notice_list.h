/*
 * notice_list - missions as the lists of a notice show them: { name, id, kind, place }.
 *
 * A notice to a desk has thousands of them, in two lists.  Each is made once, and what it has in
 * common with the one before (its kind, its place) is that one's.
 */
#pragma once
#include "wire/notice.h"
#include <jansson.h>

struct notice_list;

struct notice_list *notice_list_new(void); /* holds for as long as the missions do */
void notice_list_free(struct notice_list *l);
/* A new reference to what all lists share: nobody may change it. */
json_t *notice_list_entry(struct notice_list *l, const struct affected_mission *m);
json_t *notice_list_mission(const struct affected_mission *m); /* the same, the caller's own */
char *notice_list_place(const struct affected_mission *m);     /* "Chicago, IL"; caller frees */
