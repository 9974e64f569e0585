/*
 * audience_option - an audience as a person gives it on the command line.
 */
#pragma once
#include <jansson.h>

/* JSON itself, or the name of a file of it; NULL: complained. */
json_t *audience_option(const char *text);
