/*
 * notice_desk - the part of a notice that only offices, desks and partners get: who must be called,
 * and the list.
 *
 * Always English, as are the desk templates.
 */
#pragma once
#include "wire/notice_list.h"

/* { name, total, calls_needed, told, attention: [ mission with reasons and lines ], help, notes,
 * groups: [ { label, missions: [ mission ] } ] }.  A mission stands once in attention, whatever the
 * number of reasons; the lines of an obligation's detail that begin with a mission's id
 * ("ar-chicago/1 …") stand under that mission alone.  The groups have the missions that need
 * nothing; notes are the details of those that were handed on. */
json_t *notice_desk_json(const struct notice *n, struct notice_list *list);
/* The office or desk that the notice is to; caller frees. */
char *notice_desk_addressee(const struct notice *n);
/* What is asked of the reader, for the subject: "Assistance asked for", "Call needed", "Handed over
 * to you", "Handed on"; "" for a notice that tells of the broadcast itself. */
const char *notice_desk_word(const struct notice *n);
