#include "wire/cap_name.h"

#include <string.h>

#define OASIS "urn:oasis:names:tc:emergency:cap:"

static const struct {
    const char *uri;
    enum cap_version version;
} namespaces[] = {
    { "http://www.incident.com/cap/1.0", CAP_1_0 },
    { OASIS "1.1", CAP_1_1 },
    { OASIS "1.2", CAP_1_2 },
};

struct cap_name cap_name_of(const char *qualified)
{
    const char *joint = strrchr(qualified, CAP_NAME_JOINT);

    return (struct cap_name){ qualified, joint ? (size_t)(joint - qualified) : 0,
                              joint ? joint + 1 : qualified };
}

bool cap_name_version(const struct cap_name *n, enum cap_version *version)
{
    for (size_t i = 0; i < G_N_ELEMENTS(namespaces); i++) {
        if (strlen(namespaces[i].uri) != n->uri_len ||
            strncmp(namespaces[i].uri, n->uri, n->uri_len) != 0)
            continue;
        *version = namespaces[i].version;
        return true;
    }
    return false;
}

bool cap_name_is_own(const struct cap_name *n)
{
    enum cap_version version;

    return n->uri_len == 0 || cap_name_version(n, &version) ||
           strncmp(n->uri, OASIS, strlen(OASIS)) == 0;
}
