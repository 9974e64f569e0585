/*
 * notice_desk - the part of a notice that only offices, desks and partners get: who must be called,
 * and the list.
 *
 * Always English, as are the desk templates.
 */
#pragma once
#include "wire/notice.h"
#include <jansson.h>

/* { name, total, calls_needed, told, attention: [ mission with reasons and lines ], help, notes,
 * groups: [ { label, missions: [ mission ] } ] }.  A mission stands once in attention, whatever the
 * number of reasons; the lines of an obligation's detail that begin with a mission's id
 * ("ar-chicago/1 …") stand under that mission alone.  The groups have the missions that need
 * nothing; notes are the details of those that were handed on. */
json_t *notice_desk_json(const struct notice *n, GHashTable *entries);
/* { name, id, kind, place }: a mission as lists show it; a new reference.  It is made once for all
 * lists that share the entries (NULL: for this one alone), so nobody may change it.  The entries
 * hold for as long as the missions do; g_hash_table_unref() frees them. */
json_t *notice_desk_listed(const struct affected_mission *m, GHashTable *entries);
GHashTable *notice_desk_entries(void);
/* "Chicago, IL", and the office or desk that the notice is to; caller frees. */
char *notice_desk_place(const struct affected_mission *m);
char *notice_desk_addressee(const struct notice *n);
/* What is asked of the reader, for the subject: "Assistance asked for", "Call needed", "Handed over
 * to you", "Handed on"; "" for a notice that tells of the broadcast itself. */
const char *notice_desk_word(const struct notice *n);
