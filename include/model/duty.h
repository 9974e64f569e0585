/*
 * duty - who at DSS owns a mission at an instant.
 *
 * The office in its own hours, else the Command Center.  Embassies and missions to the OAS whose
 * office is Washington have the Protective Liaison Division (desk "pld") in its hours, before the
 * office.  There is no instant without an owner: the Command Center is always open, and
 * configuration without it is refused (here it is our bug and aborts).
 */
#pragma once
#include "model/directory.h"

#define DUTY_COMMAND_CENTER "command-center"
#define DUTY_PLD "pld"
#define DUTY_PLD_OFFICE "washington"

struct duty {
    const struct office *office; /* set when an office is on duty */
    const struct desk *desk;     /* set when a desk is; exactly one of the two is set */
    const char *because;         /* "open Mon-Fri 08:00-17:00", "after closing time", a holiday's
                                  * name; owned by the directory */
};

/* For a mission of that office and kind ("" for the office alone). */
struct duty duty_at(const struct directory *d, const struct office *o, const char *mission_kind,
                    int64_t at_ms);
/* Who has such missions in working hours, whatever the hour: with whom they normally consult.
 * because is NULL. */
struct duty duty_usual(const struct directory *d, const struct office *o, const char *mission_kind);
/* For a desk as a subject: itself while open, else the Command Center. */
struct duty duty_of_desk(const struct directory *d, const struct desk *k, int64_t at_ms);

/* mission_kind where such missions of that office have an owner of their own, else "". */
const char *duty_kind(const struct office *o, const char *mission_kind);

char *duty_name(const struct duty *y); /* "office:chicago", "desk:pld"; caller frees */
const struct contact *duty_contact(const struct duty *y);

struct duty_change {
    int64_t at_ms;
    struct duty duty;    /* from at_ms on */
    const char *because; /* "closing time", "opening time", a holiday's name; owned likewise */
};

/* The next n changes of owner after after_ms; returns how many were written (fewer: none for ten
 * years).  Give office (and kind) or desk, the other NULL. */
size_t duty_changes(const struct directory *d, const struct office *o, const char *mission_kind,
                    const struct desk *k, int64_t after_ms, struct duty_change *out, size_t n);
