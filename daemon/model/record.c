#include "model/record.h"

struct record *record_new(const char *event, int64_t time_ms)
{
    struct record *r = g_new0(struct record, 1);
    r->event = g_strdup(event);
    r->time_ms = time_ms;
    r->duration_ms = -1;
    return r;
}

void record_free(struct record *r)
{
    if (!r)
        return;
    g_free(r->event);
    g_free(r->status);
    g_free(r->broadcast);
    g_free(r->missions);
    g_free(r->recipient);
    g_free(r->channel);
    g_free(r->endpoint);
    g_free(r->outcome);
    g_free(r->reply);
    g_free(r->node);
    g_free(r->digest);
    g_free(r->plan);
    g_free(r->detail);
    g_free(r->key);
    g_free(r->signature);
    g_free(r);
}
