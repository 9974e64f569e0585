#include "model/notification.h"

#include <stdlib.h>
#include <string.h>

const char *const notification_state_names[] = { "queued",  "sending",   "deferred", "accepted",
                                                 "refused", "withdrawn", NULL };
const char *const channel_names[] = { "smtp", "webhook", NULL };

static const char *const event_names[] = { "claim",   "accepted", "deferred",   "unknown",
                                           "refused", "restart",  "superseded", "expired" };

static const struct move {
    enum notification_state from;
    enum notification_event on;
    enum notification_state to;
} moves[] = {
    { NOTIFICATION_QUEUED, NOTIFICATION_CLAIM, NOTIFICATION_SENDING },
    { NOTIFICATION_SENDING, NOTIFICATION_ON_ACCEPTED, NOTIFICATION_ACCEPTED },
    { NOTIFICATION_SENDING, NOTIFICATION_ON_DEFERRED, NOTIFICATION_DEFERRED },
    { NOTIFICATION_SENDING, NOTIFICATION_ON_UNKNOWN, NOTIFICATION_DEFERRED },
    { NOTIFICATION_SENDING, NOTIFICATION_ON_REFUSED, NOTIFICATION_REFUSED },
    { NOTIFICATION_SENDING, NOTIFICATION_ON_RESTART, NOTIFICATION_QUEUED },
    { NOTIFICATION_DEFERRED, NOTIFICATION_CLAIM, NOTIFICATION_SENDING },
    { NOTIFICATION_QUEUED, NOTIFICATION_ON_SUPERSEDED, NOTIFICATION_WITHDRAWN },
    { NOTIFICATION_QUEUED, NOTIFICATION_ON_EXPIRED, NOTIFICATION_WITHDRAWN },
    { NOTIFICATION_DEFERRED, NOTIFICATION_ON_SUPERSEDED, NOTIFICATION_WITHDRAWN },
    { NOTIFICATION_DEFERRED, NOTIFICATION_ON_EXPIRED, NOTIFICATION_WITHDRAWN },
};

struct notification *notification_new(void)
{
    struct notification *n = g_new0(struct notification, 1);
    n->state = NOTIFICATION_QUEUED;
    n->link_digest = g_strdup("");
    n->obligations = g_array_sized_new(FALSE, FALSE, sizeof(uint32_t), 1);
    return n;
}

void notification_free(struct notification *n)
{
    if (!n)
        return;
    g_free(n->endpoint);
    g_free(n->lane);
    g_free(n->recipient);
    g_free(n->language);
    g_free(n->link_digest);
    g_array_unref(n->obligations);
    g_free(n);
}

/* What the endpoint may have is never forgotten. */
static void tell(struct notification *n, enum notification_event on)
{
    if (on == NOTIFICATION_ON_ACCEPTED)
        n->told = TOLD_YES;
    else if (on == NOTIFICATION_ON_UNKNOWN)
        n->told = MAX(n->told, TOLD_MAYBE);
}

void notification_move(struct notification *n, enum notification_event on)
{
    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
        if (moves[i].from == n->state && moves[i].on == on) {
            n->state = moves[i].to;
            tell(n, on);
            return;
        }
    }
    g_critical("notification %" G_GINT64_FORMAT " cannot move from %s on %s", n->id,
               notification_state_names[n->state], event_names[on]);
    abort();
}

bool notification_is_final(enum notification_state s)
{
    return s == NOTIFICATION_ACCEPTED || s == NOTIFICATION_REFUSED || s == NOTIFICATION_WITHDRAWN;
}

/* The highest bit below the urgency, set for everything but corrections. */
#define NOT_A_CORRECTION (UINT32_C(1) << 23)

/* Bytes from the top: urgency, severity (and the bit), threat level turned round, rank. */
uint32_t notification_priority(enum broadcast_urgency u, enum broadcast_severity s,
                               enum threat_level t, unsigned rank)
{
    return notification_priority_first(u) | NOT_A_CORRECTION | (uint32_t)s << 16 |
           (uint32_t)(THREAT_CRITICAL - t) << 8 | MIN(rank, 255u);
}

uint32_t notification_priority_correct(uint32_t priority)
{
    return priority & ~NOT_A_CORRECTION;
}

uint32_t notification_priority_first(enum broadcast_urgency u)
{
    return (uint32_t)u << 24;
}

uint32_t notification_priority_last(enum broadcast_urgency u)
{
    return notification_priority_first(u) | 0xffffff;
}

char *notification_message_key(const char *broadcast_id, int64_t notification_id)
{
    return g_strdup_printf("%s.%" G_GINT64_FORMAT, broadcast_id,
                           notification_id & NOTIFICATION_MAX_ORDINAL);
}

static int default_port(const char *scheme)
{
    return g_ascii_strcasecmp(scheme, "http") ? 443 : 80;
}

/* Of nearly every endpoint: it is written in small letters, has a name for its host and nothing
 * that is encoded.  NULL: it has to be taken apart. */
static char *plain_lane(const char *endpoint)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789.-";
    const char *host = g_str_has_prefix(endpoint, "https://")  ? endpoint + strlen("https://")
                       : g_str_has_prefix(endpoint, "http://") ? endpoint + strlen("http://")
                                                               : NULL;
    const char *end = host ? host + strspn(host, letters) : NULL, *port = end;
    if (!host || end == host)
        return NULL;
    if (*end == ':' && end[1] >= '1' && end[1] <= '9')
        end += 1 + strspn(end + 1, "0123456789");
    if (*end != '/' || (end > port && g_ascii_strtoull(port + 1, NULL, 10) > G_MAXUINT16))
        return NULL;
    for (const char *c = end; *c; c++)
        if (*c <= ' ' || *c >= 0x7f || *c == '%')
            return NULL;
    g_autofree char *authority = g_strndup(endpoint, (gsize)(end - endpoint));
    return end > port ? g_steal_pointer(&authority)
                      : g_strconcat(authority, endpoint[4] == 's' ? ":443" : ":80", NULL);
}

char *notification_lane(enum channel_kind channel, const char *endpoint)
{
    if (channel == CHANNEL_SMTP)
        return g_strdup("smtp");
    char *plain = plain_lane(endpoint);
    if (plain)
        return plain;
    g_autofree char *scheme = NULL, *host = NULL;
    int port = -1;
    /* What does not parse fails on its own and has a lane of its own. */
    if (!g_uri_split_network(endpoint, G_URI_FLAGS_NONE, &scheme, &host, &port, NULL) || !host)
        return g_strdup(endpoint);
    g_autofree char *lower_scheme = g_ascii_strdown(scheme, -1);
    g_autofree char *lower_host = g_ascii_strdown(host, -1);
    bool bare_v6 = strchr(host, ':') != NULL;
    return g_strdup_printf("%s://%s%s%s:%d", lower_scheme, bare_v6 ? "[" : "", lower_host,
                           bare_v6 ? "]" : "", port > 0 ? port : default_port(scheme));
}
