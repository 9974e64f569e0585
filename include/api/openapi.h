/*
 * openapi - the description of the API that is served, as it was built in.
 *
 * daemon/api/openapi.json, byte for byte; static, valid for ever.
 */
#pragma once
#include <stddef.h>

const char *api_openapi(size_t *len);
