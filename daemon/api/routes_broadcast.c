#include "api/broadcast_view.h"
#include "api/explain_view.h"
#include "api/media.h"
#include "api/query.h"
#include "api/routes.h"
#include "flow/listing.h"
#include "flow/lookup.h"
#include "flow/preview.h"
#include "flow/story.h"
#include "wire/broadcast_json.h"
#include "wire/cap.h"
#include "wire/cap_broadcast.h"
#include <string.h>

#define LIST_DEFAULT 50
#define LIST_MAX 500

/* --- list --- */

static void listed(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (error) {
        api_problem_store(r, error);
        return;
    }
    guint limit =
        GPOINTER_TO_UINT(r->state); /* one more was asked for, to know whether there is more */
    json_t *list = json_array(), *next = json_null();
    for (guint i = 0; i < MIN(rows->len, limit); i++)
        json_array_append_new(list, view_broadcast(g_ptr_array_index(rows, i)));
    if (rows->len > limit) {
        const struct broadcast_row *last = g_ptr_array_index(rows, limit - 1);
        g_autofree char *cursor = g_strdup_printf("%" G_GINT64_FORMAT, last->no);
        json_decref(next);
        next = json_string(cursor);
    }
    api_reply_json(r, 200, json_pack("{s:o, s:o}", "broadcasts", list, "next", next));
}

void route_broadcast_list(struct api_request *r)
{
    int64_t limit, before;
    if (!api_query_integer(r, "limit", 1, LIST_MAX, LIST_DEFAULT, &limit) ||
        !api_query_integer(r, "cursor", 1, INT64_MAX, 0, &before))
        return;
    r->state = GUINT_TO_POINTER((guint)limit);
    listing_broadcasts(r->service, api_query(r, "identifier"), before, (unsigned)limit + 1, listed,
                       r);
}

/* --- one broadcast --- */

static bool found(struct api_request *r, bool is_there, const char *error)
{
    if (error)
        api_problem_store(r, error);
    else if (!is_there)
        api_problem(r, 404, "unknown-broadcast", "there is no broadcast %s", r->match.param);
    return !error && is_there;
}

static void shown(const struct lookup_broadcast *b, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (found(r, b->row != NULL, error))
        api_reply_json(r, 200, view_status(b, service_now_ms(r->service)));
}

/* As CAP 1.2: what came as CAP with every element that it had, whatever its version. */
static char *as_cap(const struct broadcast_row *row, GBytes *source)
{
    struct faults *f = faults_new();
    struct cap_alert *a = NULL;
    if (source && g_strcmp0(row->source_type, PREVIEW_CAP) == 0) {
        gsize len;
        const char *text = g_bytes_get_data(source, &len);
        a = cap_read(text, len, CAP_1_0, f);
    } else {
        struct broadcast *b = broadcast_json_read_stored(row->body, strlen(row->body), f);
        a = b ? cap_from_broadcast(b) : NULL;
        if (b)
            broadcast_unref(b);
    }
    faults_free(f);
    char *text = a ? cap_write(a) : NULL;
    cap_alert_free(a);
    return text;
}

static void shown_as_cap(const struct broadcast_row *row, GBytes *source, const char *error,
                         void *ctx)
{
    struct api_request *r = ctx;
    if (!found(r, row != NULL, error))
        return;
    char *text = as_cap(row, source);
    if (text)
        api_reply_text(r, 200, PREVIEW_CAP, text);
    else
        api_problem(r, 500, "unreadable", "what is stored of broadcast %s cannot be read", row->id);
}

void route_broadcast_show(struct api_request *r)
{
    if (media_wants_cap(api_header(r, "Accept"))) {
        lookup_source(r->service, r->match.param, shown_as_cap, r);
        return;
    }
    lookup_broadcast(r->service, r->match.param, 0, NULL, shown, r);
}

static void explained(const struct lookup_broadcast *b, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (!found(r, b->row != NULL, error))
        return;
    if (api_query(r, "mission") && b->missions->len == 0 && !story_concerns(b->versions))
        api_problem(r, 404, "unknown-mission", "broadcast %s does not concern the mission %s",
                    r->match.param, api_query(r, "mission"));
    else
        api_reply_json(r, 200, view_explain(b));
}

void route_broadcast_explain(struct api_request *r)
{
    lookup_broadcast(r->service, r->match.param, LOOKUP_EXPLAIN, api_query(r, "mission"), explained,
                     r);
}

static void retried(const struct lookup_retried *k, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (!found(r, k->found, error))
        return;
    json_t *body = json_pack("{s:i}", "retried", (int)k->count);
    if (k->held_until_ms)
        json_object_set_new(body, "held_until", view_time(k->held_until_ms));
    api_reply_json(r, 200, body);
}

void route_broadcast_retry(struct api_request *r)
{
    lookup_retry(r->service, r->match.param, r->principal, retried, r);
}
