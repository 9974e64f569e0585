/*
 * page - the public pages for representatives, as HTML text.
 *
 * No script, nothing fetched, one column that a telephone shows, in the representative's language,
 * right to left where it is written so.  Every value is escaped; nothing of the person's data but
 * the mission and the headline (not even that under handling `notice`) is shown.  A page is never
 * the proof of anything: the form's code is.  Serve them with PAGE_POLICY as
 * Content-Security-Policy, Cache-Control no-store and Referrer-Policy no-referrer (the address
 * holds the token). Forms are posted urlencoded to `action`: code, answer (answer_names), note; the
 * contact form: code and the names of struct page_contact.
 */
#pragma once
#include "model/answer.h"
#include "wire/notice.h"
#include "wire/template_set.h"

#define PAGE_CONTENT_TYPE "text/html; charset=utf-8"
#define PAGE_POLICY                                                                                \
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "         \
    "frame-ancestors 'none'"
#define PAGE_NOTE_MAX_CHARS 500 /* of the note that goes with an answer */

/* What has just happened. */
enum page_event {
    PAGE_ASKS,       /* nothing: the link was followed */
    PAGE_WRONG_CODE, /* and nothing was recorded */
    PAGE_NO_ANSWER,  /* the code is right, but none of the answers was chosen */
    PAGE_ANSWERED    /* recorded: says so, what follows, and the time */
};

struct page_answer {             /* borrowed */
    const struct notice *notice; /* of the link: language, missions, broadcast; now_ms */
    enum page_event event;
    enum broadcast_state
        version;         /* superseded, cancelled, expired: said, and the answer still taken */
    const char *action;  /* "/a/TOKEN" */
    const char *contact; /* path of the contact form; NULL: there is none */
    enum answer answer;  /* chosen in the form, or the last one given; ANSWER_NONE */
    int64_t answered_ms; /* when the last one was given; 0: never */
    const char *note;    /* as typed, to be shown again; NULL */
};
char *page_answer(const struct page_answer *p, const struct template_set *t); /* caller frees */

/* Pages that know nothing of a broadcast.  TOO_MANY: no answer is taken for wait_s.  TROUBLE: the
 * answer could not be stored (503).  UNKNOWN: a dead or unknown link, without telling which. */
enum page_plain { PAGE_UNKNOWN_LINK, PAGE_TOO_MANY_TRIES, PAGE_TROUBLE };
/* languages: the text of Accept-Language, hostile, may be NULL. */
char *page_plain(enum page_plain kind, const char *languages, int64_t wait_s,
                 const struct directory *d, const struct template_set *t); /* caller frees */

enum page_contact_event {
    PAGE_CONTACT_ASKS,
    PAGE_CONTACT_WRONG_CODE,
    PAGE_CONTACT_REFUSED, /* faults says what is wrong, by field */
    PAGE_CONTACT_RECEIVED /* waits for the office's agent; a new address is proved by a mail first
                           */
};

/* The names of the form's fields, in its order; NULL-terminated.  `change` is one of "mine" (my own
 * details), "other" (a new colleague), `departing` is "yes" or absent: I (or the colleague) leave
 * on valid_to.  Dates are YYYY-MM-DD. */
extern const char *const page_contact_fields[];

struct page_contact {            /* borrowed */
    const struct notice *notice; /* of the link */
    enum page_contact_event event;
    const char *action;          /* "/a/TOKEN/contact" */
    const char *back;            /* "/a/TOKEN"; NULL: none */
    const char *const *values;   /* as typed, by page_contact_fields, each may be NULL; or NULL */
    const struct faults *faults; /* place "/email"; NULL: none */
};
char *page_contact(const struct page_contact *p, const struct template_set *t); /* caller frees */

/* Every name that page.html (and contact.html) may say, with examples; new references. */
json_t *page_schema(const json_t *phrases);
json_t *page_contact_schema(const json_t *phrases);
