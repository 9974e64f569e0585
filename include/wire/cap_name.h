/*
 * cap_name - names of elements with their namespaces, as Expat joins them.
 *
 * A part of cap.  An element of no namespace counts as meant for CAP, as does one of any version of
 * it.
 */
#pragma once
#include "wire/cap.h"

#define CAP_NAME_JOINT '\n' /* between namespace and name; cannot stand in either */

struct cap_name {
    const char *uri; /* borrowed, not terminated */
    size_t uri_len;  /* 0: no namespace */
    const char *local;
};

struct cap_name cap_name_of(const char *qualified);
bool cap_name_version(const struct cap_name *n, enum cap_version *version);
bool cap_name_is_own(const struct cap_name *n);
