#include "api/broadcast_view.h"
#include "api/query.h"
#include "api/routes.h"
#include "flow/keyring.h"
#include "wire/json_text.h"

static json_t *key_view(const struct keyring_entry *e)
{
    const char *state = e->revoked ? "revoked" : e->signs ? "signing" : "retired";
    return json_pack("{s:o, s:s, s:s, s:o, s:o, s:o}", "id", json_text(e->id), "state", state,
                     "from", e->in_file ? "file" : "store", "created", view_time(e->created_ms),
                     "created_by", *e->created_by ? json_text(e->created_by) : json_null(),
                     "retires", view_time(e->retire_ms));
}

void route_key_list(struct api_request *r)
{
    g_autoptr(GPtrArray) keys = keyring_list(r->service->keyring);
    json_t *list = json_array();
    for (guint i = 0; i < keys->len; i++)
        json_array_append_new(list, key_view(g_ptr_array_index(keys, i)));
    api_reply_json(r, 200,
                   json_pack("{s:b, s:o}", "store_key", r->service->key != NULL, "keys", list));
}

static void refuse(struct api_request *r, enum keyring_end end, const char *id, const char *why)
{
    if (end == KEYRING_NO_STORE_KEY)
        api_problem(r, 409, "no-store-key",
                    "the store has no key to seal a new one under: set store.key_file and restart");
    else if (end == KEYRING_UNKNOWN)
        api_problem(r, 404, "unknown-key", "there is no key %s", id);
    else if (end == KEYRING_LAST)
        api_problem(r, 409, "last-key", "no other key signs: rotate first");
    else if (end == KEYRING_BUSY)
        api_problem(r, 409, "key-busy", "another change of the keys is being stored: try again");
    else
        api_problem_store(r, why);
}

static void rotated(enum keyring_end end, const char *id, const char *why, void *ctx)
{
    struct api_request *r = ctx;
    if (end == KEYRING_DONE)
        api_reply_json(r, 201, json_pack("{s:s}", "id", id));
    else
        refuse(r, end, id, why);
}

void route_key_rotate(struct api_request *r)
{
    keyring_rotate(r->service->keyring, r->principal, rotated, r);
}

static void retired(enum keyring_end end, const char *id, const char *why, void *ctx)
{
    struct api_request *r = ctx;
    if (end == KEYRING_DONE)
        api_reply(r, 204, "", "", 0);
    else
        refuse(r, end, id, why);
}

void route_key_retire(struct api_request *r)
{
    bool revoke;
    if (api_query_boolean(r, "revoke", &revoke))
        keyring_retire(r->service->keyring, r->match.param, revoke, r->principal, retired, r);
}
