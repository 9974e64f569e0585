/*
 * plan_text - what a plan decided, as one text: which missions are affected and why, and who must
 * learn of it.
 *
 * The text is the same whether it is made of the plan or of what the store kept of it: the journal
 * holds its SHA-256, and so proves it later.  It names missions, offices and seats
 * ("fr-chicago/1"), and no person.
 */
#pragma once
#include "model/plan.h"

/* Of the first n obligations, by ordinal; caller frees. */
char *plan_text(const GPtrArray *missions /* affected_mission */,
                const GPtrArray *obligations /* obligation */, guint n);
