/*
 * cap - an alert of the Common Alerting Protocol, as it was written: every element the standard defines.
 *
 * OASIS CAP 1.2 (1 July 2010); 1.1 and 1.0 are read where the caller allows them.  The reader is bounded
 * and never opens, fetches or expands anything: a DOCTYPE ends it, URIs are only text.  The standard's
 * schema is neither sufficient nor lenient enough, so validation is our own, with the stable codes of
 * liaisond(8); what is odd but harmless (order of elements, an empty polygon) is a warning.
 * Strings are owned; NULL is an element that is not there.
 */
#pragma once
#include "base/timestamp.h"
#include "model/faults.h"
#include <glib.h>

#define CAP_MAX_BYTES (5 * 1024 * 1024)

enum cap_version { CAP_1_0, CAP_1_1, CAP_1_2 };

struct cap_pair { /* code, eventCode, parameter, geocode */
    char *name, *value;
};

struct cap_resource {
    char *description, *mime_type, *size, *uri, *deref_uri, *digest;
};

struct cap_area {
    char *description;
    GPtrArray *polygons, *circles; /* char *: as written */
    GPtrArray *geocodes;           /* struct cap_pair * */
    char *altitude, *ceiling;
};

struct cap_info {
    char *language; /* NULL: en-US */
    GPtrArray *categories, *responses; /* char * */
    char *event, *urgency, *severity, *certainty, *audience;
    GPtrArray *event_codes, *parameters; /* struct cap_pair * */
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
    GPtrArray *addresses, *codes, *incidents; /* char *: split at blanks, quotes honoured */
    GPtrArray *references;                    /* struct cap_reference * */
    GPtrArray *infos;                         /* struct cap_info * */
};

/* oldest: the oldest version to accept.  NULL when f received an error; places are
 * "line:column /alert/info[1]/area[2]/polygon[1]". */
struct cap_alert *cap_read(const char *text, size_t len, enum cap_version oldest, struct faults *f);
void cap_alert_free(struct cap_alert *a);
/* CAP 1.2, elements in the schema's order; caller frees. */
char *cap_write(const struct cap_alert *a);
