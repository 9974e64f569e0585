/*
 * An answer through the API, from whoever owns a webhook endpoint: the token that came with the
 * message, signed with the endpoint's secret as Standard Webhooks says.
 */
#include "api/body.h"
#include "api/broadcast_view.h"
#include "api/guess.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "base/log.h"
#include "flow/acknowledge.h"
#include "model/link.h"
#include "wire/json_text.h"
#include "wire/webhook_signature.h"

#define BODY_MAX 16384
#define TOKEN_MAX_BYTES 64

struct turn {
    char digest[LINK_DIGEST_LEN + 1];
    char *token, *note;
    int answer; /* enum answer */
};

static void turn_free(struct turn *t)
{
    g_free(t->token);
    g_free(t->note);
    g_free(t);
}

static void read_members(struct json_reader *reader, void *wish)
{
    struct turn *t = wish;
    t->token = json_reader_line(reader, "token", JSON_MUST, TOKEN_MAX_BYTES);
    t->answer = json_reader_enum(reader, "answer", JSON_MUST, answer_names);
    t->note = json_reader_text(reader, "note", JSON_MAY, ACKNOWLEDGE_MAX_NOTE);
}

/* NULL: answered. */
static struct turn *read_turn(struct api_request *r)
{
    struct turn *t = g_new0(struct turn, 1);
    if (!body_read(r, BODY_MAX, read_members, t, "the answer was not understood; nothing changed"))
        g_clear_pointer(&t, turn_free);
    return t;
}

static void wrong(struct api_request *r, int status, const char *code, const char *detail)
{
    guess_wrong(r);
    log_event(LOG_LEVEL_WARN, "acknowledge.refused", LOG_STR("from", r->from),
              LOG_STR("reason", detail));
    api_problem(r, status, code, "%s", detail);
}

static void unknown(struct api_request *r)
{
    wrong(r, 404, "unknown-link", "there is no such message, or its time is over");
}

/* --- recording it --- */

static void recorded(const struct acknowledge_result *a, void *ctx)
{
    struct api_request *r = ctx;
    struct turn *t = r->state;
    if (a->outcome == ACKNOWLEDGE_UNAVAILABLE)
        api_problem_store(r, a->reason);
    else if (!a->view)
        unknown(r);
    else if (a->outcome == ACKNOWLEDGE_KEY_REUSED)
        api_problem(r, 409, "key-reused", "this webhook-id was used for another answer");
    else
        api_reply_json(r, 200,
                       json_pack("{s:s, s:s, s:s}", "broadcast", a->view->row->id, "outcome",
                                 acknowledge_outcome_names[a->outcome], "answer",
                                 answer_names[t->answer]));
    turn_free(t);
}

static void submit(struct api_request *r, const struct turn *t)
{
    struct acknowledge_request q = { .digest = t->digest,
                                     .answer = (enum answer)t->answer,
                                     .method = METHOD_WEBHOOK,
                                     .note = t->note,
                                     .from = r->from,
                                     .once = api_header(r, "webhook-id") };
    acknowledge_submit(r->service, &q, recorded, r);
}

/* --- whose it is --- */

static const char *check_signature(struct api_request *r, const struct acknowledge_view *v)
{
    struct webhook_signed s = { .id = api_header(r, "webhook-id"),
                                .timestamp = api_header(r, "webhook-timestamp"),
                                .signatures = api_header(r, "webhook-signature") };
    s.body = api_body(r, &s.body_len);
    return webhook_signature_check(r->server ? *r->server->keys : NULL, v->notification->endpoint,
                                   &s, service_now_ms(r->service));
}

static void found(const struct acknowledge_result *a, void *ctx)
{
    struct api_request *r = ctx;
    struct turn *t = r->state;
    const char *why = NULL;
    if (a->outcome == ACKNOWLEDGE_UNAVAILABLE) {
        api_problem_store(r, a->reason);
    } else if (!a->view) {
        unknown(r);
    } else if (a->view->notification->channel != CHANNEL_WEBHOOK) {
        wrong(r, 403, "not-a-webhook", "this message was no webhook: answer it on its page");
    } else if ((why = check_signature(r, a->view))) {
        wrong(r, 401, "bad-signature", why);
    } else {
        submit(r, t);
        return;
    }
    turn_free(t);
}

void route_answer_webhook(struct api_request *r)
{
    int64_t wait_ms = guess_try(r, NULL);
    if (wait_ms > 0) {
        api_too_many(r, wait_ms, "too many tries");
        return;
    }
    struct turn *t = read_turn(r);
    if (!t)
        return;
    r->state = t;
    if (link_digest_of(t->token, t->digest)) {
        acknowledge_look(r->service, t->digest, found, r);
    } else {
        unknown(r);
        turn_free(t);
    }
}
