#include "api/query.h"
#include "api/record_query.h"
#include "api/routes.h"
#include "flow/listing.h"
#include "model/notification.h"
#include "model/outcome.h"
#include "wire/delivery_record.h"
#include "wire/json_writer.h"

#define LIST_DEFAULT 100
#define LIST_MAX 1000

bool record_query(struct api_request *r, struct record_filter *f, int64_t *after_seq)
{
    *f = (struct record_filter){ .broadcast = api_query(r, "broadcast"),
                                 .mission = api_query(r, "mission"),
                                 .outcome = api_query(r, "outcome"),
                                 .channel = api_query(r, "channel"),
                                 .event = api_query(r, "event") };
    return api_query_one_of(r, "outcome", outcome_names) &&
           api_query_one_of(r, "channel", channel_names) &&
           api_query_integer(r, "after", 0, INT64_MAX, 0, after_seq) &&
           api_query_time(r, "since", 0, &f->since_ms) &&
           api_query_time(r, "until", 0, &f->until_ms);
}

/* Lines are JSON already, escaped to ASCII. */
static void listed(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (error) {
        api_problem_store(r, error);
        return;
    }
    const char *after = api_query(r, "after");
    int64_t next = after ? g_ascii_strtoll(after, NULL, 10) : 0;
    GString *out = g_string_new("{\"records\":[");
    for (guint i = 0; i < rows->len; i++) {
        const struct record *record = g_ptr_array_index(rows, i);
        g_autofree char *line = delivery_record_line(record);
        g_string_append_printf(out, "%s%s", i ? "," : "", line);
        next = record->seq;
    }
    g_string_append_c(out, ']');
    json_writer_integer(out, "next", next);
    g_string_append_c(out, '}');
    api_reply_text(r, 200, "application/json", g_string_free(out, FALSE));
}

void route_record_list(struct api_request *r)
{
    struct record_filter f;
    int64_t after, limit;
    if (record_query(r, &f, &after) &&
        api_query_integer(r, "limit", 1, LIST_MAX, LIST_DEFAULT, &limit))
        listing_records(r->service, &f, after, (unsigned)limit, listed, r);
}
