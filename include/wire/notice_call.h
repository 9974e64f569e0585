/*
 * notice_call - whom to call at the moment of sending, and in an emergency.
 *
 * One call for each pair of office and present duty contact among the missions of a notice; never
 * none while the directory has a Command Center.
 */
#pragma once
#include "model/duty.h"
#include "wire/notice.h"
#include <jansson.h>

struct notice_call {
    const struct office *office; /* NULL: not known any more */
    struct duty duty;            /* who answers now */
    struct duty_change next;     /* who does afterwards */
    bool has_next;
    GPtrArray *missions; /* const struct affected_mission *; the array is owned */
};

GPtrArray *notice_calls(const struct notice *n); /* struct notice_call *, freed with the array */

/* For templates: list of { who, numbers, state, next, missions, count, office }. */
json_t *notice_calls_json(const struct notice *n, const json_t *phrases);
/* For templates: { number, tel, others: [ { name, number, tel } ] }. */
json_t *notice_emergency_json(const struct notice *n, const json_t *phrases);
/* For programs: the same facts without words. */
json_t *notice_calls_data(const struct notice *n);
json_t *notice_emergency_data(const struct notice *n);

/* "312-353-6163" -> "+13123536163"; "310-235-7937/9" -> "+13102357937"; "911" -> "911".  Caller
 * frees. */
char *notice_call_uri_number(const char *number);
