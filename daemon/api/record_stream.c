/*
 * A follower of the delivery log: pages from the store when there is news and the caller keeps up.
 *
 * Nothing is kept for a caller but what was handed to the socket: who reads slowly is read for
 * slowly, and who leaves STREAM_UNSENT_MAX untouched for a whole interval is dropped and may come
 * back with Last-Event-ID.
 */
#include "api/http_conn.h"
#include "api/record_query.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/listing.h"
#include "flow/lookup.h"
#include "wire/delivery_record.h"
#include <string.h>

#define STREAM_PAGE 200          /* records read at once */
#define STREAM_UNSENT_MAX 131072 /* bytes waiting, beyond which nothing is added */
#define STREAM_PING_MS 10000     /* sooner than any read timeout */
#define STREAM_POLL_MS 50        /* how often a full stream looks whether there is room */
#define STREAM_RETRY_MS 2000     /* after the store failed */

struct stream {
    struct api_request *request; /* NULL: the caller has left, and the last page frees us */
    struct service *service;
    struct loop_timer *ping, *again;
    unsigned follower;
    struct record_filter filter; /* strings borrowed from the request */
    int64_t after_seq;
    bool reading, news;
    bool stuck; /* was full at the last ping */
};

static void read_on(void *ctx);

static void add(struct stream *s, const struct record *record)
{
    g_autofree char *line = delivery_record_line(record);
    g_autofree char *event =
        g_strdup_printf("id: %" G_GINT64_FORMAT "\nevent: record\ndata: %s\n\n", record->seq, line);
    api_stream_add(s->request, event, strlen(event));
    s->after_seq = record->seq;
}

static void page_read(const GPtrArray *rows, const char *error, void *ctx)
{
    struct stream *s = ctx;
    s->reading = false;
    if (!s->request) {
        g_free(s);
        return;
    }
    if (error) {
        loop_timer_arm(s->again, STREAM_RETRY_MS);
        return;
    }
    for (guint i = 0; i < rows->len; i++)
        add(s, g_ptr_array_index(rows, i));
    if (s->news || rows->len == STREAM_PAGE)
        read_on(s);
}

static void read_on(void *ctx)
{
    struct stream *s = ctx;
    s->news = true;
    if (s->reading)
        return;
    if (http_conn_unsent(s->request->conn) > STREAM_UNSENT_MAX) {
        loop_timer_arm(s->again, STREAM_POLL_MS);
        return;
    }
    s->news = false;
    s->reading = true;
    listing_records(s->service, &s->filter, s->after_seq, STREAM_PAGE, page_read, s);
}

static void ping(void *ctx)
{
    struct stream *s = ctx;
    bool full = http_conn_unsent(s->request->conn) > STREAM_UNSENT_MAX;
    if (full && s->stuck) {
        log_event(LOG_LEVEL_WARN, "api.slow_reader", LOG_STR("by", s->request->principal),
                  LOG_INT("after_seq", s->after_seq));
        api_stream_drop(s->request);
        return;
    }
    s->stuck = full;
    api_stream_add(s->request, ": ping\n\n", strlen(": ping\n\n"));
    loop_timer_arm(s->ping, STREAM_PING_MS);
}

static void left(struct api_request *r)
{
    struct stream *s = r->state;
    delivery_log_unfollow(s->service->log, s->follower);
    loop_timer_free(s->ping);
    loop_timer_free(s->again);
    s->request = NULL;
    if (!s->reading)
        g_free(s);
    api_request_free(r);
}

/* Where to go on: what the caller saw last, else where it asks to begin. */
static bool start_after(struct api_request *r, int64_t *after_seq)
{
    const char *last = api_header(r, "Last-Event-ID");
    gint64 seq;
    if (!last)
        return true;
    if (!g_ascii_string_to_signed(last, 10, 0, INT64_MAX, &seq, NULL)) {
        api_problem(r, 400, "bad-parameter", "Last-Event-ID is the number of a record");
        return false;
    }
    *after_seq = seq;
    return true;
}

static void begin(struct stream *s)
{
    struct api_request *r = s->request;
    s->ping = loop_timer_new(r->service->loop, ping, s);
    s->again = loop_timer_new(r->service->loop, read_on, s);
    s->follower = delivery_log_follow(r->service->log, read_on, s);
    r->on_gone = left;
    api_stream(r, "text/event-stream; charset=utf-8");
    api_stream_add(r, ": ping\n\n", strlen(": ping\n\n")); /* headers go out with it */
    loop_timer_arm(s->ping, STREAM_PING_MS);
    read_on(s);
}

/* The caller saw records that are not here: another store wrote them, whose place this one took. To
 * wait until the numbers are reached again would pass over all that comes until then. */
static void end_known(int64_t last, const char *error, void *ctx)
{
    struct stream *s = ctx;
    struct api_request *r = s->request;
    if (r->http && !error && !r->revoked && s->after_seq <= last) {
        begin(s);
        return;
    }
    if (error)
        api_problem_store(r, error);
    else if (r->revoked)
        api_problem(r, 401, "unauthorized", "the token was revoked");
    else
        api_problem(r, 409, "ahead",
                    "the journal ends at record %" G_GINT64_FORMAT ", before %" G_GINT64_FORMAT
                    ": it is another one than before (was a backup restored?); begin anew",
                    last, s->after_seq);
    g_free(s);
}

void route_record_stream(struct api_request *r)
{
    struct record_filter f;
    int64_t after;
    if (!record_query(r, &f, &after) || !start_after(r, &after))
        return;
    struct stream *s = g_new0(struct stream, 1);
    s->request = r;
    s->service = r->service;
    s->filter = f;
    s->after_seq = after;
    r->state = s;
    if (after > 0)
        lookup_last(r->service, end_known, s);
    else
        begin(s);
}
