/*
 * preview_scope - for which missions each text of an alert is, where its texts differ by place.
 *
 * A part of preview.  Afterwards the broadcast's messages name their missions, texts for nobody are
 * gone, and a notification lives no longer than the texts that it carries.  Where it cannot be told
 * whom they mean, there is one text a language for everybody, headed by its places.
 */
#pragma once
#include "flow/preview.h"

void preview_scope(struct preview *p, struct service *s, int64_t at_ms, struct faults *f);
