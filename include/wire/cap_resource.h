/*
 * cap_resource - the resources that a CAP alert carries within itself, decoded.
 *
 * Only what stands in <derefUri> as base64 is taken; what <uri> names is never fetched.  Content
 * that does not have the stated <digest> is left out, as is what is empty or no base64.
 */
#pragma once
#include "model/resource.h"
#include "wire/cap.h"

/* struct resource *, in the alert's order, the caller's; NULL: there is none. */
GPtrArray *cap_resources(const struct cap_alert *a);
