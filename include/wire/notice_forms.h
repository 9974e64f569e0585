/*
 * notice_forms - what notices of one kind have in common, worked out once and kept for a while.
 *
 * Notices to persons are of one kind when they are about the same version and one mission each, for
 * readers of one language in one capacity, and all that goes by the mission's place is the same:
 * its office, kind, state and time zone.  Notices to desks that tell of the broadcast itself are of
 * one kind when they have the same missions: the list is made once for all of them.  Forms are kept
 * for the last broadcasts, of desks' notices the last one, and for no longer than the minute in
 * which they were made: whom to call is a matter of the moment.  One thread.
 */
#pragma once
#include "wire/notice.h"

#define NOTICE_FORMS_MAX 256
#define NOTICE_FORMS_MISSIONS 20000 /* a form with more of them would be too large to keep */

struct notice_forms;

struct notice_forms *notice_forms_new(GDestroyNotify free_form);
void notice_forms_free(struct notice_forms *f); /* may be NULL */

/* The form for such a notice: one that is kept, else make()'s, which is kept from now on: for
 * persons from the second notice of a kind on, for desks from the first.  variant: what else tells
 * kinds apart for the caller.  The next call may free it.  NULL: there is none, because the notice
 * is the first, or of its own kind. */
void *notice_forms_get(struct notice_forms *f, const struct notice *n, unsigned variant,
                       void *(*make)(const struct notice *n, void *ctx), void *ctx);
