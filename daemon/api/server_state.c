#include "api/server_state.h"

#include "api/door.h"

unsigned api_server_connections(const struct api_server *a)
{
    return door_connections(a->operators) + (a->pages ? door_connections(a->pages) : 0);
}

uint64_t api_server_refused(const struct api_server *a)
{
    return door_refused(a->operators) + (a->pages ? door_refused(a->pages) : 0);
}

void api_server_note_intake(struct api_server *a, const struct intake_result *i)
{
    if (a)
        a->counts.intake[i->status < 0 ? STATUS_DRAFT + 1 : i->status][i->kind]++;
}

void api_server_note_reply(struct api_server *a, const struct api_request *r, int status)
{
    if (!a)
        return;
    g_autofree char *key =
        g_strdup_printf("%s %d", r->match.route ? r->match.route->operation : "none", status);
    uint64_t *n = g_hash_table_lookup(a->counts.requests, key);
    if (!n) {
        n = g_new0(uint64_t, 1);
        g_hash_table_insert(a->counts.requests, g_steal_pointer(&key), n);
    }
    ++*n;
}

void api_server_revoke(struct api_server *a, const char *principal)
{
    g_autoptr(GPtrArray) streams = g_ptr_array_new();
    GHashTableIter at;
    gpointer key;
    g_hash_table_iter_init(&at, a->waiting);
    while (g_hash_table_iter_next(&at, &key, NULL)) {
        struct api_request *r = key;
        if (!g_str_equal(r->principal, principal))
            continue;
        r->revoked = true;
        if (r->streams)
            g_ptr_array_add(streams, r);
    }
    for (guint i = 0; i < streams->len; i++)
        api_stream_drop(g_ptr_array_index(streams, i));
}
