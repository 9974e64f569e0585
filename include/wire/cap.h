/*
 * cap - an alert of the Common Alerting Protocol, as it was written: every element the standard
 * defines.
 *
 * OASIS CAP 1.2 (1 July 2010); 1.1 and 1.0 are read where the caller allows them.  The reader is
 * bounded and never opens, fetches or expands anything: a DOCTYPE ends it, URIs are only text.  The
 * standard's schema is neither sufficient nor lenient enough, so validation is our own, with the
 * stable codes of cap_codes.h; what is odd but harmless (order of elements, an empty polygon, Z for
 * UTC) is a warning.  UTF-8, UTF-16, ISO-8859-1 and US-ASCII are read, other encodings refused.
 * Strings are owned, UTF-8, without the blanks around them; NULL is an element that is not there or
 * was empty.  Words are the standard's own ("Actual", "AllClear").
 */
#pragma once
#include "base/timestamp.h"
#include "model/faults.h"
#include <glib.h>

#define CAP_MAX_BYTES (5 * 1024 * 1024)
#define CAP_MAX_ELEMENTS 250000
#define CAP_MAX_DEPTH 32
#define CAP_MAX_INFOS 1000
#define CAP_MAX_REFERENCES 1000

enum cap_version { CAP_1_0, CAP_1_1, CAP_1_2 };

struct cap_pair { /* eventCode, parameter, geocode; never NULL */
    char *name, *value;
};

struct cap_resource {
    char *description, *mime_type, *size, *uri, *deref_uri, *digest;
};

struct cap_area {
    char *description;
    GPtrArray *polygons,
        *circles;        /* char *: as written, their grammar checked; empty ones left out */
    GPtrArray *geocodes; /* struct cap_pair * */
    char *altitude, *ceiling;
};

struct cap_info {
    char *language;                    /* NULL: en-US */
    GPtrArray *categories, *responses; /* char * */
    char *event, *urgency, *severity, *certainty, *audience;
    GPtrArray *event_codes, *parameters;        /* struct cap_pair * */
    struct timestamp effective, onset, expires; /* ms == 0: not there */
    char *sender_name, *headline, *description, *instruction, *web, *contact;
    GPtrArray *resources; /* struct cap_resource * */
    GPtrArray *areas;     /* struct cap_area * */
};

struct cap_reference {
    char *sender, *identifier;
    struct timestamp sent;
};

struct cap_alert {
    enum cap_version version;
    char *identifier, *sender, *status, *msg_type, *source, *scope, *restriction, *note;
    struct timestamp sent;
    GPtrArray *codes;                 /* char * */
    GPtrArray *addresses, *incidents; /* char *: split at blanks, quotes honoured */
    GPtrArray *references;            /* struct cap_reference * */
    GPtrArray *infos;                 /* struct cap_info * */
};

/* oldest: the oldest version to accept.  NULL when f received an error; places are
 * "line:column /alert/info[1]/area[2]/polygon[1]". */
struct cap_alert *cap_read(const char *text, size_t len, enum cap_version oldest, struct faults *f);

/* CAP 1.2, elements in the schema's order; caller frees.  The standard knows whole seconds only, so
 * a fraction is left out; what XML cannot hold becomes U+FFFD. */
char *cap_write(const struct cap_alert *a);

/* For building one: every array is there, everything else is absent. */
struct cap_alert *cap_alert_new(void);
struct cap_info *cap_info_new(void);
struct cap_area *cap_area_new(void);
struct cap_pair *cap_pair_new(const char *name, const char *value);
struct cap_resource *cap_resource_new(void);
struct cap_reference *cap_reference_new(const char *sender, const char *identifier,
                                        struct timestamp sent);
void cap_alert_free(struct cap_alert *a);
