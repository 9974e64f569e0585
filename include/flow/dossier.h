/*
 * dossier - all that the store knows of one broadcast: what the call sheet and the after-action
 * report are made of.
 *
 * Read on the store thread, then immutable.
 */
#pragma once
#include "flow/casefile.h"
#include "io/config.h"
#include "model/after_action.h"
#include "model/call_sheet.h"

struct dossier {
    struct casefile *file;
    GPtrArray *notifications;    /* struct notification * */
    GPtrArray *records;          /* struct record *, by seq */
    GPtrArray *acknowledgements; /* struct acknowledgement_row *, by time */
    GPtrArray *versions;         /* struct broadcast_row *, oldest first, with itself */
};

struct dossier *dossier_read(struct store *s, int64_t no, GError **error);
void dossier_free(struct dossier *d);
struct after_action *dossier_after_action(const struct dossier *d, const struct config *c,
                                          int64_t now_ms);
/* Adds its rows; r: the roster of now, NULL: none. */
void dossier_call_sheet(const struct dossier *d, const struct config *c, const struct roster *r,
                        struct call_sheet *into);
