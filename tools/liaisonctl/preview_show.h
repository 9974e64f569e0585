/*
 * preview_show - a broadcast and the preview of it, for a person to judge before it is sent.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* What the file says about itself.  broadcast NULL: the file is not JSON, and nothing is shown. */
void preview_show_broadcast(const json_t *broadcast);
/* Missions one by one. */
void preview_show_missions(const json_t *preview);
/* Offices, languages, gaps, warnings and the counts. */
void preview_show_summary(const json_t *preview);
