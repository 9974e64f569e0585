/*
 * roster_fields - the columns of the roster: their names, their checks, and how a value gets into
 * the model and out of it.
 *
 * One row of a table a column, shared by the CSV files and by changes of single fields.  A setter
 * that finds a fault tells complain and leaves the field as it was.  When all fields of a row are
 * set, the finish function checks what concerns several fields and must be called before the row is
 * used. Codes: empty too-long control-character not-one-of bad-id bad-country bad-state bad-zip
 * bad-coordinate bad-timezone bad-county unknown-office no-office bad-rank bad-language bad-mailbox
 * bad-phone bad-webhook bad-date end-before-begin.  A sentence begins with the column's name. A
 * struct roster_fields is for one thread: it remembers time zones and cities it has met.
 */
#pragma once
#include "model/directory.h"
#include "model/mission.h"
#include <stdbool.h>
#include <stddef.h>

/* In the order of the design; NULL-terminated. */
extern const char *const roster_mission_columns[], *const roster_representative_columns[];
#define ROSTER_MISSION_COLUMNS 15
#define ROSTER_REPRESENTATIVE_COLUMNS 10
#define ROSTER_COLUMN_MISSION 0 /* the mission's id is the first column of both */

struct roster_fields;

/* Later complaints of one struct roster_fields may have an empty detail: nobody reads so many, and
 * finding what was meant takes time. */
#define ROSTER_FIELDS_MAX_SENTENCES 1000

/* A warning refuses nothing. */
typedef void roster_complain_fn(void *ctx, bool warning, size_t column, const char *code,
                                const char *detail);

/* d is borrowed and must outlive it. */
struct roster_fields *roster_fields_new(const struct directory *d, roster_complain_fn *complain,
                                        void *ctx);
void roster_fields_free(struct roster_fields *c);

/* Rows with every text "", for the setters to fill. */
struct mission *roster_fields_new_mission(void);
struct representative *roster_fields_new_representative(void);

bool roster_fields_set_mission(struct roster_fields *c, struct mission *m, size_t column,
                               const char *value);
bool roster_fields_finish_mission(struct roster_fields *c, struct mission *m);
/* Column 0 is only checked: a representative does not hold its mission's id. */
bool roster_fields_set_representative(struct roster_fields *c, struct representative *p,
                                      size_t column, const char *value);
void roster_fields_finish_representative(struct roster_fields *c, struct representative *p);

/* The text of a field, as a setter takes it; borrowed from the row or static. */
const char *roster_fields_mission_text(const struct mission *m, size_t column);
const char *roster_fields_representative_text(const struct mission *of,
                                              const struct representative *p, size_t column);
