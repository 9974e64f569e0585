/*
 * cap_case - pieces of CAP alerts, and what became of them, for the tests of cap_broadcast.
 *
 * Everything is static: each test includes it once.  Strings that are returned belong to the
 * caller.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/audience.h"
#include "wire/audience_json.h"
#include "wire/broadcast_json.h"
#include "wire/cap_broadcast.h"
#include "wire/cap_codes.h"

#define INFO_HEAD                                                                                  \
    "<category>Security</category><event>E</event><urgency>Expected</urgency>"                     \
    "<severity>Minor</severity><certainty>Likely</certainty>"
#define INFO(rest) "<info>" INFO_HEAD rest "</info>"
#define AREA(rest) "<area><areaDesc>x</areaDesc>" rest "</area>"
#define CODE(name, value)                                                                          \
    "<geocode><valueName>" name "</valueName><value>" value "</value></geocode>"
#define PARAMETER(name, value)                                                                     \
    "<parameter><valueName>" name "</valueName><value>" value "</value></parameter>"
#define SQUARE "<polygon>41,-88 42,-88 42,-87 41,-88</polygon>"
#define SQUARE_JSON                                                                                \
    "\"area\":{\"type\":\"Polygon\",\"coordinates\":[[[-88,41],[-88,42],[-87,42],[-88,41]]]}"
#define HERE "<area><areaDesc>Here</areaDesc><circle>41,-87 1</circle></area>"
#define THERE "<area><areaDesc>There</areaDesc><circle>29,-95 1</circle></area>"

#define PRIVATE "<status>Actual</status><msgType>Alert</msgType><scope>Private</scope><addresses>"
#define CANCEL                                                                                     \
    "<status>Actual</status><msgType>Cancel</msgType><scope>Public</scope>"                        \
    "<references>s,B,2026-11-23T09:00:00-05:00</references>"
#define UPDATE                                                                                     \
    "<status>Actual</status><msgType>Update</msgType><scope>Public</scope>"                        \
    "<references>s,B,2026-11-23T09:00:00-05:00</references>"

/* An alert of the parts that matter to its target; head NULL: a public one. */
static inline char *alert(const char *head, const char *infos)
{
    return g_strdup_printf(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>A</identifier>"
        "<sender>s</sender><sent>2026-11-23T09:30:00-05:00</sent>%s%s</alert>",
        head ? head : "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>",
        infos);
}

/* The audience as JSON; "held: why"; "none"; or "refused: codes". */
static inline char *target_of(const char *text, size_t len, struct faults *f)
{
    struct cap_reading r = { .hold = NULL };
    struct cap_alert *a = cap_read(text, len, CAP_1_0, f);
    GString *out = g_string_new(NULL);

    if (a && cap_to_broadcast(a, &r, f)) {
        assert_true(!r.hold || !r.broadcast->audience);
        if (r.hold)
            g_string_append_printf(out, "held: %s", r.hold);
        else if (r.broadcast->audience)
            audience_json_write(out, NULL, r.broadcast->audience);
        else
            g_string_append(out, "none");
        cap_reading_clear(&r);
    } else {
        assert_true(faults_any(f));
        g_string_append_printf(out, "refused: %s", ((struct fault *)f->errors->pdata[0])->code);
    }
    cap_alert_free(a);
    return g_string_free(out, FALSE);
}

static inline bool warned(const struct faults *f, const char *code)
{
    for (guint i = 0; i < f->warnings->len; i++) {
        const struct fault *one = f->warnings->pdata[i];
        assert_non_null(cap_code_meaning(one->code));
        if (strcmp(one->code, code) == 0)
            return true;
    }
    return false;
}
