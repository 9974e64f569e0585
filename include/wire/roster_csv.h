/*
 * roster_csv - the roster as two CSV files (RFC 4180): missions and representatives.
 *
 * Reading: UTF-8 with or without a byte order mark, LF or CRLF, quoted fields; columns are found by
 * the header's names, in any order; a missing or unknown column is an error.  Every complaint of
 * both files is reported at once, placed "file:line:column" (line and field number of the CSV, from
 * 1), up to ROSTER_CSV_MAX_FAULTS, then "and N more".  Nothing is returned unless all is good; a
 * person whose valid_to is before valid_from is warned of (the roster keeps who is never valid).
 * Writing: LF, quotes only where needed, columns in the design's order; reading a written file and
 * writing it again gives the same bytes.
 */
#pragma once
#include "model/directory.h"
#include "model/faults.h"
#include "model/roster.h"

#define ROSTER_CSV_MAX_FAULTS 1000
#define ROSTER_CSV_MAX_BYTES (64 * 1024 * 1024)

struct roster_csv_file {
    const char *name; /* for complaints */
    const char *text; /* borrowed */
    size_t len;
};

/* directory: to check offices and that every mission has one.  NULL when f received an error. */
struct roster *roster_csv_read(const struct roster_csv_file *missions,
                               const struct roster_csv_file *representatives,
                               const struct directory *d, struct faults *f);
char *roster_csv_write_missions(const struct roster *r);
char *roster_csv_write_representatives(const struct roster *r);
