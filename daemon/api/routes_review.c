#include "api/media.h"
#include "api/query.h"
#include "api/routes.h"
#include "flow/review.h"
#include "wire/after_action_text.h"
#include "wire/call_sheet_text.h"

#define TEXT_TYPE "text/plain; charset=utf-8"
#define CSV_TYPE "text/csv; charset=utf-8"
#define HTML_TYPE "text/html; charset=utf-8"
/* The pages are self-contained; what strangers have said stands in them. */
#define HTML_POLICY "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"

static bool read_well(struct api_request *r, const char *error)
{
    if (error)
        api_problem_store(r, error);
    return !error;
}

static bool found(struct api_request *r, const struct review *v, const char *error)
{
    if (!read_well(r, error))
        return false;
    if (!v->row)
        api_problem(r, 404, "unknown-broadcast", "there is no broadcast %s", r->match.param);
    return v->row != NULL;
}

static void reply_html(struct api_request *r, char *html)
{
    api_header_set(r, "Content-Security-Policy", HTML_POLICY);
    api_reply_text(r, 200, HTML_TYPE, html);
}

/* --- the call sheet --- */

enum { SHEET_JSON, SHEET_CSV, SHEET_HTML };
static const char *const sheet_types[] = { "application/json", "text/csv", "text/html", NULL };

static void show_sheet(const struct review *v, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    bool of_one = *r->match.param != '\0';
    if (of_one ? !found(r, v, error) : !read_well(r, error))
        return;
    switch (media_choose(api_header(r, "Accept"), sheet_types)) {
    case SHEET_CSV:
        api_reply_text(r, 200, CSV_TYPE, call_sheet_csv(v->sheet));
        break;
    case SHEET_HTML:
        reply_html(r, call_sheet_html(v->sheet, r->service->templates));
        break;
    default:
        api_reply_json(r, 200, call_sheet_json(v->sheet));
    }
}

void route_broadcast_unreached(struct api_request *r)
{
    bool taken;
    if (api_query_boolean(r, "taken", &taken))
        review_call_sheet(r->service, r->match.param, taken, show_sheet, r);
}

void route_unreached(struct api_request *r)
{
    bool taken;
    if (api_query_boolean(r, "taken", &taken))
        review_call_sheet(r->service, NULL, taken, show_sheet, r);
}

/* --- the report --- */

enum { REPORT_JSON, REPORT_TEXT, REPORT_HTML };
static const char *const report_types[] = { "application/json", "text/plain", "text/html", NULL };

static void show_report(const struct review *v, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (!found(r, v, error))
        return;
    if (!v->report) {
        api_problem(r, 409, "not-released", "the broadcast is %s: nobody was told of it",
                    broadcast_state_names[v->row->state]);
        return;
    }
    switch (media_choose(api_header(r, "Accept"), report_types)) {
    case REPORT_TEXT:
        api_reply_text(r, 200, TEXT_TYPE, after_action_text(v->report, r->service->templates));
        break;
    case REPORT_HTML:
        reply_html(r, after_action_html(v->report, r->service->templates));
        break;
    default:
        api_reply_json(r, 200, after_action_json(v->report));
    }
}

void route_broadcast_report(struct api_request *r)
{
    review_after_action(r->service, r->match.param, show_report, r);
}
