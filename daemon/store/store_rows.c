#include "store/store_rows.h"

void broadcast_row_free(struct broadcast_row *r)
{
    if (!r)
        return;
    g_free(r->id);
    g_free(r->identifier);
    g_free(r->sender);
    g_free(r->digest);
    g_free(r->body);
    g_free(r->headline);
    g_free(r->author);
    g_free(r->hold);
    g_free(r->seen);
    g_free(r->approved_by);
    g_free(r->source_type);
    g_free(r->link_key);
    g_clear_pointer(&r->references, g_ptr_array_unref);
    g_clear_pointer(&r->foreign, g_ptr_array_unref);
    g_free(r);
}

void acknowledgement_row_free(struct acknowledgement_row *r)
{
    if (!r)
        return;
    g_free(r->note);
    g_free(r->from);
    g_free(r);
}

void ladder_row_free(struct ladder_row *r)
{
    if (!r)
        return;
    obligation_free(r->obligation);
    g_free(r);
}

void custody_row_free(struct custody_row *r)
{
    if (!r)
        return;
    g_free(r->office);
    g_free(r->kind);
    g_free(r->owner);
    g_free(r);
}

void proof_row_free(struct proof_row *r)
{
    if (!r)
        return;
    g_free(r->endpoint);
    g_free(r->how);
    g_free(r);
}

void token_row_free(struct token_row *r)
{
    if (!r)
        return;
    g_free(r->id);
    g_free(r->name);
    g_free(r->digest);
    g_free(r->mission);
    g_free(r->created_by);
    g_free(r);
}

void key_row_free(struct key_row *r)
{
    if (!r)
        return;
    g_free(r->id);
    g_free(r->sealed);
    g_free(r->created_by);
    g_free(r);
}

void idempotency_row_free(struct idempotency_row *r)
{
    if (!r)
        return;
    g_free(r->principal);
    g_free(r->key);
    g_free(r->request_digest);
    g_free(r->response);
    g_free(r);
}

void roster_history_row_free(struct roster_history_row *r)
{
    if (!r)
        return;
    g_free(r->author);
    g_free(r->mission);
    g_free(r->change);
    g_free(r->detail);
    g_free(r);
}

void threat_row_free(struct threat_row *r)
{
    if (!r)
        return;
    g_free(r->mission);
    g_free(r->author);
    g_free(r->reason);
    g_free(r);
}

void campaign_row_free(struct campaign_row *r)
{
    if (!r)
        return;
    g_free(r->id);
    g_free(r->author);
    g_free(r->audience);
    g_free(r);
}

void outage_row_free(struct outage_row *r)
{
    if (!r)
        return;
    g_free(r->lane);
    g_free(r->reply);
    g_free(r);
}
