/*
 * notice_forms - what notices of one kind have in common, worked out once and kept for a while.
 *
 * Notices are of one kind when they are about the same version and one mission each, for readers of
 * one language in one capacity, and all that goes by the mission's place is the same: its office,
 * kind, state and time zone.  Forms are kept for the last broadcasts, and for no longer than the
 * minute in which they were made: whom to call is a matter of the moment.  One thread.
 */
#pragma once
#include "wire/notice.h"

#define NOTICE_FORMS_MAX 256

struct notice_forms;

struct notice_forms *notice_forms_new(GDestroyNotify free_form);
void notice_forms_free(struct notice_forms *f); /* may be NULL */

/* The form for such a notice: one that is kept, else, from the second notice of a kind on,
 * make()'s, which is kept from now on.  The next call may free it.  NULL: there is none, because
 * the notice is the first, or of its own kind: to a desk, or about several missions. */
void *notice_forms_get(struct notice_forms *f, const struct notice *n,
                       void *(*make)(const struct notice *n, void *ctx), void *ctx);
