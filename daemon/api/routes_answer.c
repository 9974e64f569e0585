/*
 * The page on which a representative answers a message.  GET and HEAD show it; only a POST with the
 * code that is printed in the message changes anything, and what is no code at all is neither
 * looked at nor counted against the link: scanners submit forms too.
 */
#include "api/guess.h"
#include "api/page_reply.h"
#include "api/routes.h"
#include "base/log.h"
#include "flow/acknowledge.h"
#include "model/link.h"
#include "wire/form.h"
#include <string.h>

#define FIELD_MAX_BYTES ACKNOWLEDGE_MAX_NOTE

static const char *const fields[] = { "code", "answer", "note", NULL };

struct turn { /* one request */
    char digest[LINK_DIGEST_LEN + 1];
    struct form form;
    enum page_event event; /* what a look is for */
};

static void turn_free(struct turn *t)
{
    form_clear(&t->form);
    g_free(t);
}

/* --- the page --- */

static void last_answer(const struct acknowledge_view *v, struct page_answer *p)
{
    for (guint i = 0; i < v->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(v->obligations, i);
        if (o->answer == ANSWER_NONE || o->ended_ms <= p->answered_ms)
            continue;
        p->answered_ms = o->ended_ms;
        p->answer = (enum answer)o->answer;
    }
}

/* Only they have contact details to change. */
static bool is_of_representative(const struct acknowledge_view *v)
{
    const struct obligation *o = v->obligations->len ? g_ptr_array_index(v->obligations, 0) : NULL;
    return o && o->kind == OBLIGATION_REPRESENTATIVE && o->rank > 0;
}

static char *page_of(const struct api_request *r, const struct acknowledge_view *v,
                     enum page_event event, const struct form *form)
{
    struct notice n = { .broadcast = v->broadcast,
                        .notification = v->notification,
                        .obligations = v->obligations,
                        .missions = v->missions,
                        .directory = r->service->config->directory,
                        .now_ms = service_now_ms(r->service) };
    g_autofree char *path = g_strconcat("/a/", r->match.param, NULL);
    g_autofree char *action = page_path(r, path);
    g_autofree char *contact =
        is_of_representative(v) ? g_strconcat(action, "/contact", NULL) : NULL;
    struct page_answer p = { .notice = &n,
                             .event = event,
                             .version = v->version,
                             .action = action,
                             .contact = contact,
                             .answer = ANSWER_NONE };
    last_answer(v, &p);
    if (event == PAGE_WRONG_CODE || event == PAGE_NO_ANSWER) {
        int chosen = broadcast_name_index(answer_names, form_value(form, "answer"));
        p.answer = chosen >= 0 ? (enum answer)chosen : p.answer;
        p.note = form_value(form, "note");
    }
    return page_answer(&p, r->service->templates);
}

static int status_of(enum page_event event)
{
    return event == PAGE_WRONG_CODE ? 403 : event == PAGE_NO_ANSWER ? 422 : 200;
}

static void shown(const struct acknowledge_result *a, void *ctx)
{
    struct api_request *r = ctx;
    struct turn *t = r->state;
    if (a->outcome == ACKNOWLEDGE_UNAVAILABLE) {
        page_reply_plain(r, PAGE_TROUBLE, 0);
    } else if (!a->view) {
        guess_wrong(r);
        page_reply_plain(r, PAGE_UNKNOWN_LINK, 0);
    } else {
        page_reply(r, status_of(t->event), page_of(r, a->view, t->event, &t->form));
    }
    turn_free(t);
}

static void show(struct api_request *r, struct turn *t, enum page_event event)
{
    t->event = event;
    r->state = t;
    acknowledge_look(r->service, t->digest, shown, r);
}

/* NULL: answered. */
static struct turn *turn_of(struct api_request *r)
{
    struct turn *t = g_new0(struct turn, 1);
    t->form.names = fields;
    if (link_digest_of(r->match.param, t->digest))
        return t;
    turn_free(t);
    guess_wrong(r);
    page_reply_plain(r, PAGE_UNKNOWN_LINK, 0);
    return NULL;
}

void route_answer_page(struct api_request *r)
{
    struct turn *t = turn_of(r);
    if (t)
        show(r, t, PAGE_ASKS);
}

/* --- an answer --- */

static void answered(const struct acknowledge_result *a, void *ctx)
{
    struct api_request *r = ctx;
    struct turn *t = r->state;
    if (a->outcome == ACKNOWLEDGE_WRONG_CODE) {
        guess_wrong(r);
        log_event(LOG_LEVEL_WARN, "acknowledge.wrong_code", LOG_STR("from", r->from),
                  LOG_STR("message", a->view->message_key));
        t->event = PAGE_WRONG_CODE;
    } else if (a->view) {
        guess_right(r, t->digest);
        t->event = PAGE_ANSWERED;
    } else {
        guess_untried(r, t->digest);
    }
    shown(a, r);
}

static void submit(struct api_request *r, struct turn *t, enum answer answer)
{
    struct acknowledge_request q = { .digest = t->digest,
                                     .code = form_value(&t->form, "code"),
                                     .answer = answer,
                                     .method = METHOD_PAGE,
                                     .note = form_value(&t->form, "note"),
                                     .from = r->from };
    r->state = t;
    acknowledge_submit(r->service, &q, answered, r);
}

static bool read_form(struct api_request *r, struct turn *t)
{
    size_t len;
    const char *text = api_body(r, &len);
    struct faults *f = faults_new();
    bool good = form_read(&t->form, text, len, fields, FIELD_MAX_BYTES, f);
    if (!good)
        api_problem_faults(r, 422, "invalid", "the form was not understood; nothing changed", f);
    faults_free(f);
    return good;
}

void route_answer_post(struct api_request *r)
{
    struct turn *t = turn_of(r);
    if (!t)
        return;
    if (!read_form(r, t)) {
        turn_free(t);
        return;
    }
    int64_t wait_ms = guess_try(r, t->digest);
    int answer = broadcast_name_index(answer_names, form_value(&t->form, "answer"));
    bool is_code = link_is_code(form_value(&t->form, "code"));
    if (wait_ms > 0) {
        page_reply_plain(r, PAGE_TOO_MANY_TRIES, wait_ms);
        turn_free(t);
    } else if (is_code && answer >= 0) {
        submit(r, t, (enum answer)answer);
    } else {
        guess_untried(r, t->digest);
        show(r, t, is_code ? PAGE_NO_ANSWER : PAGE_WRONG_CODE);
    }
}
