/*
 * page_contact - the page on which a representative proposes changed contact details.
 *
 * As the other pages (page.h).  The form is posted urlencoded to `action`: code and the names of
 * page_contact_fields.  change is "changed", "new" or "departing"; representative is a rank, empty
 * for the reader; dates are YYYY-MM-DD.
 */
#pragma once
#include "wire/notice.h"
#include "wire/template_set.h"

enum page_contact_event {
    PAGE_CONTACT_ASKS,
    PAGE_CONTACT_WRONG_CODE,
    PAGE_CONTACT_REFUSED, /* faults says what is wrong, by field */
    PAGE_CONTACT_RECEIVED /* waits for the office's agent */
};

/* "change", "representative", "name", "language", "email", "phone", "webhook", "valid_from",
 * "valid_to", "note", NULL. */
extern const char *const page_contact_fields[];

struct page_contact {            /* borrowed */
    const struct notice *notice; /* of the link */
    enum page_contact_event event;
    const char *action;          /* "/a/TOKEN/contact" */
    const char *back;            /* "/a/TOKEN" */
    const char *const *values;   /* as typed, by page_contact_fields, each may be NULL; or NULL */
    const struct faults *faults; /* place ends in "/email"; NULL: none */
};
char *page_contact(const struct page_contact *p, const struct template_set *t); /* caller frees */
