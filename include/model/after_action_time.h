/*
 * after_action_time - when each mission was reached and covered: the part of the report that is a
 * clock.
 *
 * Pure; see after_action.h for what the words mean.
 */
#pragma once
#include "model/after_action.h"

struct after_action_time { /* of one mission; 0: never, or not known */
    int64_t reached_ms, covered_ms;
};

/* One for each standing (struct mission_standing), in their order; caller frees. */
GArray *after_action_times(const struct after_action_source *of, const GArray *standings);
/* struct after_action_step, one an instant; caller frees. */
GArray *after_action_steps(const GArray *times);
/* The first and the last of either, 0: none. */
void after_action_ends(const GArray *times, struct after_action *into);
/* Of an unsorted array of int64_t, which it sorts; -1: it is empty. */
int64_t after_action_median(GArray *values);
