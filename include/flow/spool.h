/*
 * spool - broadcasts from systems that only drop files.
 *
 * NAME.json, NAME.xml or NAME.cap (in any case) renamed into spool.dir is offered to the intake,
 * one after another; any other file is refused, but for names that begin with a dot or end in .tmp
 * or .part, which are left alone.  Then it stands in taken/ or refused/ with NAME.result beside it
 * (JSON: outcome, id, state, counts, or the reason and every fault).  While the store is away files
 * stay and are tried again; after a crash a file that was taken already is known by its triple.
 */
#pragma once
#include "flow/service.h"

struct spool;

struct spool *spool_new(struct service *s); /* watches, if spool.dir says a folder */
void spool_free(struct spool *p);
