/*
 * location_list - the sensitive locations of a partner's jurisdiction: its missions with their
 * addresses, threat levels and the protective responses that are asked for at the time.
 *
 * The highest threat level first, then by city and id.  Columns of the CSV and members of the JSON
 * are the same: mission name kind street city state zip lat lon threat_level responses; a response
 * reads "17 fixed-post until 2026-11-24T09:00:00Z, acknowledged".  The CSV is for a spreadsheet:
 * its cells are those of csv_rows_append_shown.
 */
#pragma once
#include "model/directory.h"
#include "model/matter.h"
#include "model/roster.h"
#include <jansson.h>

/* responses: struct matter *, protective responses of whatever mission. */
char *location_list_csv(const struct roster *r, const struct directory *d, const struct partner *of,
                        const GPtrArray *responses); /* caller frees */
json_t *location_list_json(const struct roster *r, const struct directory *d,
                           const struct partner *of, const GPtrArray *responses);
