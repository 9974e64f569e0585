/*
 * The page on which a representative proposes changed contact details: the same link and the same
 * code as the page for the answer.  What is proposed waits for the office's agent.
 */
#include "api/guess.h"
#include "api/page_reply.h"
#include "api/routes.h"
#include "base/log.h"
#include "flow/acknowledge.h"
#include "flow/matter_desk.h"
#include "model/link.h"
#include "wire/form.h"
#include "wire/matter_json.h"
#include "wire/page_contact.h"
#include <string.h>

#define FIELD_MAX_BYTES 2000

struct turn { /* one request */
    char digest[LINK_DIGEST_LEN + 1];
    const char *names[FORM_MAX_FIELDS + 1]; /* code, then page_contact_fields */
    struct form form;
    bool posts; /* there is something to store, once the code is right */
    enum page_contact_event event;
    struct faults *faults;
};

static void turn_free(struct turn *t)
{
    form_clear(&t->form);
    faults_free(t->faults);
    g_free(t);
}

/* The one whose page it is; NULL: it is not a representative's. */
static const struct obligation *person_of(const struct acknowledge_view *v)
{
    for (guint i = 0; v && i < v->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(v->obligations, i);
        if (o->kind == OBLIGATION_REPRESENTATIVE && o->rank > 0 && o->missions->len > 0)
            return o;
    }
    return NULL;
}

/* --- the page --- */

static char *page_of(const struct api_request *r, const struct acknowledge_view *v,
                     const struct turn *t)
{
    struct notice n = { .broadcast = v->broadcast,
                        .notification = v->notification,
                        .obligations = v->obligations,
                        .missions = v->missions,
                        .directory = r->service->config->directory,
                        .now_ms = service_now_ms(r->service) };
    g_autofree char *path = g_strconcat("/a/", r->match.param, NULL);
    g_autofree char *back = page_path(r, path);
    g_autofree char *action = g_strconcat(back, "/contact", NULL);
    bool again = t->event == PAGE_CONTACT_WRONG_CODE || t->event == PAGE_CONTACT_REFUSED;
    struct page_contact p = { .notice = &n,
                              .event = t->event,
                              .action = action,
                              .back = back,
                              .values = again ? (const char *const *)t->form.values + 1 : NULL,
                              .faults = t->faults };
    return page_contact(&p, r->service->templates);
}

static int status_of(enum page_contact_event event)
{
    return event == PAGE_CONTACT_WRONG_CODE ? 403 : event == PAGE_CONTACT_REFUSED ? 422 : 200;
}

static void looked(const struct acknowledge_result *a, void *ctx);

static void show(struct api_request *r, struct turn *t)
{
    r->state = t;
    acknowledge_look(r->service, t->digest, looked, r);
}

/* --- what is proposed --- */

static bool code_is_right(const struct api_request *r, const struct acknowledge_view *v,
                          const struct turn *t)
{
    GBytes *master = link_master(r->service->masters, v->row->link_key);
    struct link l;
    if (!master)
        return false;
    link_make(&l, master, v->message_key);
    return link_code_is(&l, form_value(&t->form, "code"));
}

static void opened(const struct matter_result *m, void *ctx)
{
    struct api_request *r = ctx;
    struct turn *t = r->state;
    if (m->outcome == MATTER_UNAVAILABLE) {
        page_reply_plain(r, PAGE_TROUBLE, 0);
        turn_free(t);
        return;
    }
    t->posts = false;
    t->event = m->outcome == MATTER_DONE ? PAGE_CONTACT_RECEIVED : PAGE_CONTACT_REFUSED;
    for (guint i = 0; m->faults && i < m->faults->errors->len; i++) {
        const struct fault *f = g_ptr_array_index(m->faults->errors, i);
        faults_add(t->faults, f->place, f->code, "%s", f->detail);
    }
    show(r, t);
}

static void propose(struct api_request *r, struct turn *t, const struct obligation *who)
{
    const char *mission = g_ptr_array_index(who->missions, 0);
    g_autofree char *body = matter_json_contact(mission, who->rank, page_contact_fields,
                                                (const char *const *)t->form.values + 1);
    struct matter_opening q = {
        .body = body, .len = strlen(body), .principal = who->recipient, .scope = mission
    };
    matter_desk_open(r->service, &q, opened, r);
}

static void take(struct api_request *r, struct turn *t, const struct acknowledge_view *v,
                 const struct obligation *who)
{
    if (code_is_right(r, v, t)) {
        guess_right(r, t->digest);
        propose(r, t, who);
        return;
    }
    guess_wrong(r);
    log_event(LOG_LEVEL_WARN, "acknowledge.wrong_code", LOG_STR("from", r->from),
              LOG_STR("message", v->message_key));
    t->event = PAGE_CONTACT_WRONG_CODE;
    page_reply(r, status_of(t->event), page_of(r, v, t));
    turn_free(t);
}

static void looked(const struct acknowledge_result *a, void *ctx)
{
    struct api_request *r = ctx;
    struct turn *t = r->state;
    const struct obligation *who = person_of(a->view);
    if (t->posts && !who)
        guess_untried(r, t->digest);
    if (a->outcome == ACKNOWLEDGE_UNAVAILABLE) {
        page_reply_plain(r, PAGE_TROUBLE, 0);
    } else if (!who) {
        guess_wrong(r);
        page_reply_plain(r, PAGE_UNKNOWN_LINK, 0);
    } else if (t->posts) {
        take(r, t, a->view, who);
        return;
    } else {
        page_reply(r, status_of(t->event), page_of(r, a->view, t));
    }
    turn_free(t);
}

/* --- requests --- */

/* NULL: answered. */
static struct turn *turn_of(struct api_request *r)
{
    struct turn *t = g_new0(struct turn, 1);
    t->faults = faults_new();
    t->names[0] = "code";
    for (size_t i = 0; page_contact_fields[i]; i++)
        t->names[i + 1] = page_contact_fields[i];
    t->form.names = t->names;
    if (link_digest_of(r->match.param, t->digest))
        return t;
    turn_free(t);
    guess_wrong(r);
    page_reply_plain(r, PAGE_UNKNOWN_LINK, 0);
    return NULL;
}

void route_contact_page(struct api_request *r)
{
    struct turn *t = turn_of(r);
    if (t)
        show(r, t);
}

void route_contact_post(struct api_request *r)
{
    struct turn *t = turn_of(r);
    size_t len;
    if (!t)
        return;
    const char *text = api_body(r, &len);
    if (!form_read(&t->form, text, len, t->names, FIELD_MAX_BYTES, t->faults)) {
        api_problem_faults(r, 422, "invalid", "the form was not understood; nothing changed",
                           t->faults);
        turn_free(t);
        return;
    }
    int64_t wait_ms = guess_try(r, t->digest);
    if (wait_ms > 0) {
        page_reply_plain(r, PAGE_TOO_MANY_TRIES, wait_ms);
        turn_free(t);
        return;
    }
    t->posts = link_is_code(form_value(&t->form, "code"));
    if (!t->posts) { /* what is no code is no guess either */
        guess_untried(r, t->digest);
        t->event = PAGE_CONTACT_WRONG_CODE;
    }
    show(r, t);
}
