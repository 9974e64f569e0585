/*
 * notice_own - the texts of a notice that are its reader's own.
 *
 * All else that notice_json() says is the same for every notice of a kind (notice_forms.h): the
 * texts here are what has to be filled in for each.  They are as notice_json() has them.
 */
#pragma once
#include "wire/notice.h"
#include <jansson.h>

enum notice_own_text {
    OWN_MESSAGE, /* the key of the message */
    OWN_URL,     /* of the personal link; "" without one, as its code */
    OWN_CODE,
    OWN_SPACED,
    OWN_DESK,    /* the office or desk that it is to */
    OWN_MISSION, /* the only mission of a person's notice: its name, as the list has it */
    OWN_MISSION_ID,
    OWN_MISSION_PLACE,
    OWN_MISSION_CALLS, /* the name once more, beside the number to call */
    OWN_WHY,
    NOTICE_OWN_TEXTS
};

struct notice_own {
    const char *texts[NOTICE_OWN_TEXTS]; /* valid UTF-8; borrowed from the notice or from made */
    char *made[NOTICE_OWN_TEXTS];        /* owned; NULL: not made for this */
};

void notice_own_init(struct notice_own *o, const struct notice *n, const json_t *phrases);
void notice_own_clear(struct notice_own *o);
/* Which of them are empty: a bit for each.  A notice of other bits is of another kind. */
unsigned notice_own_empty(const struct notice_own *o);
/* The same texts in notice_json() of the notice, borrowed; NULL: not there. */
void notice_own_places(const struct notice *n, const json_t *value,
                       const json_t *places[NOTICE_OWN_TEXTS]);

/* Why the reader gets it; caller frees. */
char *notice_own_why(const struct notice *n, const json_t *phrases);
