/*
 * audit - a record of every privileged act: who, from where, by what means, on what, and how it
 * ended, refusals too.
 *
 * event      "audit." and the operation: that of the API, "spoolBroadcast", "reloadConfiguration"
 * recipient  who: the principal, "unix:root", "token:…", "certificate:…", "" for nobody known
 * endpoint   from where: an address, "uid 0, pid 4711", the name of a file
 * reply      on what, and what is to be said of it
 * detail     by what means and how it ended: "socket 201", "token 403", "spool refused"; names
 * nobody
 *
 * A request is answered after its record is stored.  Of refusals only so many of one caller are
 * recorded; the next record says how many were not (api/scribe), so that nobody fills the journal
 * by being refused.
 */
#pragma once
#include "flow/service.h"

struct audit_act { /* borrowed */
    const char *operation, *by, *from, *on, *means, *end;
};

typedef void (*audit_fn)(void *ctx);

/* fn (NULL: none) is called once it is stored, or cannot be, which the log says as an error: the
 * act itself is done. */
void audit_write(struct service *s, const struct audit_act *a, audit_fn fn, void *ctx);
