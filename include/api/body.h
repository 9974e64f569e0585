/*
 * body - the JSON object that a request brings, read member by member (wire/json_reader).
 */
#pragma once
#include "api/request.h"
#include "wire/json_reader.h"

/* members asks the reader for what it takes and adds further faults to reader->faults; it is not
 * called where there is no object.  False: answered with 422, every fault, and in_vain, which says
 * that nothing was done; what is in wish by then is the caller's to clear. */
bool body_read(struct api_request *r, size_t max_bytes,
               void (*members)(struct json_reader *reader, void *wish), void *wish,
               const char *in_vain);
