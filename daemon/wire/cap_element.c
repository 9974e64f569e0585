#include "wire/cap_element.h"

#include <string.h>

#define SHORT 4096
#define LONG (64 * 1024)
#define LIST (256 * 1024)
#define POLYGON (4 * 1024 * 1024)

static const struct cap_element pair_parts[] = {
    { "valueName", 1, 1, CAP_1_0, SHORT, NULL },
    { "value", 0, 1, CAP_1_0, LONG, NULL }, /* NWS sends empty values; cap_read looks further */
    { NULL, 0, 0, 0, 0, NULL },
};

static const struct cap_element resource_parts[] = {
    { "resourceDesc", 1, 1, CAP_1_0, LONG, NULL },
    { "mimeType", 1, 1, CAP_1_2, SHORT, NULL },
    { "size", 0, 1, CAP_1_0, SHORT, NULL },
    { "uri", 0, 1, CAP_1_0, SHORT, NULL },
    { "derefUri", 0, 1, CAP_1_0, CAP_MAX_BYTES, NULL },
    { "digest", 0, 1, CAP_1_0, SHORT, NULL },
    { NULL, 0, 0, 0, 0, NULL },
};

static const struct cap_element area_parts[] = {
    { "areaDesc", 1, 1, CAP_1_0, LONG, NULL },
    { "polygon", 0, 0, CAP_1_0, POLYGON, NULL },
    { "circle", 0, 0, CAP_1_0, SHORT, NULL },
    { "geocode", 0, 0, CAP_1_0, 0, pair_parts },
    { "altitude", 0, 1, CAP_1_0, SHORT, NULL },
    { "ceiling", 0, 1, CAP_1_0, SHORT, NULL },
    { NULL, 0, 0, 0, 0, NULL },
};

static const struct cap_element info_parts[] = {
    { "language", 0, 1, CAP_1_0, SHORT, NULL },    { "category", 1, 0, CAP_1_1, SHORT, NULL },
    { "event", 1, 1, CAP_1_0, SHORT, NULL },       { "responseType", 0, 0, CAP_1_0, SHORT, NULL },
    { "urgency", 1, 1, CAP_1_0, SHORT, NULL },     { "severity", 1, 1, CAP_1_0, SHORT, NULL },
    { "certainty", 1, 1, CAP_1_0, SHORT, NULL },   { "audience", 0, 1, CAP_1_0, LONG, NULL },
    { "eventCode", 0, 0, CAP_1_0, 0, pair_parts }, { "effective", 0, 1, CAP_1_0, SHORT, NULL },
    { "onset", 0, 1, CAP_1_0, SHORT, NULL },       { "expires", 0, 1, CAP_1_0, SHORT, NULL },
    { "senderName", 0, 1, CAP_1_0, SHORT, NULL },  { "headline", 0, 1, CAP_1_0, LONG, NULL },
    { "description", 0, 1, CAP_1_0, LONG, NULL },  { "instruction", 0, 1, CAP_1_0, LONG, NULL },
    { "web", 0, 1, CAP_1_0, SHORT, NULL },         { "contact", 0, 1, CAP_1_0, LONG, NULL },
    { "parameter", 0, 0, CAP_1_0, 0, pair_parts }, { "resource", 0, 0, CAP_1_0, 0, resource_parts },
    { "area", 0, 0, CAP_1_0, 0, area_parts },      { NULL, 0, 0, 0, 0, NULL },
};

static const struct cap_element alert_parts[] = {
    { "identifier", 1, 1, CAP_1_0, SHORT, NULL },
    { "sender", 1, 1, CAP_1_0, SHORT, NULL },
    { "password", 0, 1, CAP_1_0, SHORT, NULL }, /* 1.0 only; read over and never kept */
    { "sent", 1, 1, CAP_1_0, SHORT, NULL },
    { "status", 1, 1, CAP_1_0, SHORT, NULL },
    { "msgType", 1, 1, CAP_1_0, SHORT, NULL },
    { "source", 0, 1, CAP_1_0, SHORT, NULL },
    { "scope", 1, 1, CAP_1_1, SHORT, NULL },
    { "restriction", 0, 1, CAP_1_0, LONG, NULL },
    { "addresses", 0, 1, CAP_1_0, LIST, NULL },
    { "code", 0, 0, CAP_1_0, SHORT, NULL },
    { "note", 0, 1, CAP_1_0, LONG, NULL },
    { "references", 0, 1, CAP_1_0, LIST, NULL },
    { "incidents", 0, 1, CAP_1_0, LIST, NULL },
    { "info", 0, CAP_MAX_INFOS, CAP_1_0, 0, info_parts },
    { NULL, 0, 0, 0, 0, NULL },
};

const struct cap_element cap_alert_element = { "alert", 1, 1, CAP_1_0, 0, alert_parts };

const struct cap_element *cap_element_part(const struct cap_element *of, const char *name,
                                           unsigned *position)
{
    for (unsigned i = 0; of->parts && of->parts[i].name; i++) {
        if (strcmp(of->parts[i].name, name) != 0)
            continue;
        *position = i;
        return &of->parts[i];
    }
    return NULL;
}

bool cap_element_is_pair(const struct cap_element *e)
{
    return e->parts == pair_parts;
}
