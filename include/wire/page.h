/*
 * page - the public pages behind a personal link, as HTML text.
 *
 * No script, nothing fetched, one column that a telephone shows, in the representative's language,
 * right to left where it is written so.  Every value is escaped; nothing is shown but the headline
 * (not even that under handling `notice`), the missions and whom to call.  A page is never the
 * proof of anything: the form's code is.  Serve them with PAGE_POLICY as Content-Security-Policy,
 * Cache-Control no-store and Referrer-Policy same-origin (the address holds the token).
 * The form is posted urlencoded to `action`: code, answer (answer_names), note.
 */
#pragma once
#include "model/answer.h"
#include "wire/notice.h"
#include "wire/template_set.h"

#define PAGE_CONTENT_TYPE "text/html; charset=utf-8"
#define PAGE_POLICY                                                                                \
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "         \
    "frame-ancestors 'none'"
#define PAGE_NOTE_MAX_CHARS                                                                        \
    500 /* of the note that goes with an answer: at most 1,000 bytes of most scripts */

/* What has just happened. */
enum page_event {
    PAGE_ASKS,       /* nothing: the link was followed */
    PAGE_WRONG_CODE, /* and nothing was recorded */
    PAGE_NO_ANSWER,  /* none of the answers was chosen; nothing was recorded */
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

/* Pages that know nothing of a broadcast. */
enum page_plain {
    PAGE_UNKNOWN_LINK,   /* dead or never there, without telling which */
    PAGE_TOO_MANY_TRIES, /* no answer is taken for wait_s */
    PAGE_TROUBLE         /* the answer could not be stored (503) */
};
/* languages: the text of Accept-Language, hostile, may be NULL.  Caller frees. */
char *page_plain(enum page_plain kind, const char *languages, int64_t wait_s,
                 const struct directory *d, const struct template_set *t);
