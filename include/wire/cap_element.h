/*
 * cap_element - which element may stand where, how often, and how long it may be.
 *
 * A part of cap.  One row an element, in the order of the standard's schema; a row either has parts
 * or is text.  most 0: as often as one likes.  The ceilings hold for the text in UTF-8 bytes and
 * are far above what real alerts have (a polygon of 881 KB, an audio resource of 459 KB).
 */
#pragma once
#include "wire/cap.h"

#define CAP_MAX_PARTS 24 /* of one element */

struct cap_element {
    const char *name;
    unsigned least, most;
    enum cap_version since;          /* least holds from this version on */
    size_t max_bytes;                /* of text; 0: it has parts */
    const struct cap_element *parts; /* ended by a row without a name; NULL: text */
};

extern const struct cap_element cap_alert_element;

/* The part of that name, or NULL; *position is its place in the order. */
const struct cap_element *cap_element_part(const struct cap_element *of, const char *name,
                                           unsigned *position);
/* eventCode, parameter and geocode, which CAP 1.0 wrote as "name=value". */
bool cap_element_is_pair(const struct cap_element *e);
