/*
 * Metrics as text that OpenMetrics and the older Prometheus format both take: a counter's name is
 * told differently in the two, so its type is given only to a scraper that asks for OpenMetrics by
 * name.
 */
#include "api/routes.h"
#include "api/server_state.h"
#include "flow/coverage.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "model/outcome.h"
#include <string.h>

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

static const char *const intake_names[] = {
    [INTAKE_ACCEPTED] = "accepted",     [INTAKE_KNOWN] = "known",
    [INTAKE_CONFLICT] = "conflict",     [INTAKE_INVALID] = "invalid",
    [INTAKE_KEY_REUSED] = "key_reused", [INTAKE_EXPECTATION] = "expectation",
    [INTAKE_FORBIDDEN] = "forbidden",   [INTAKE_UNAVAILABLE] = "unavailable"
};

#define STORE_WITHIN_MS 1000

struct page {
    GString *text;
    bool typed; /* strict OpenMetrics */
};

static void gauge(struct page *p, const char *name, const char *help, int64_t value)
{
    g_string_append_printf(
        p->text,
        "# TYPE liaisond_%s gauge\n# HELP liaisond_%s %s\nliaisond_%s %" G_GINT64_FORMAT "\n", name,
        name, help, name, value);
}

/* The samples, liaisond_NAME_total{…}, follow. */
static void counter(struct page *p, const char *name, const char *help)
{
    if (p->typed)
        g_string_append_printf(p->text, "# TYPE liaisond_%s counter\n# HELP liaisond_%s %s\n", name,
                               name, help);
    else
        g_string_append_printf(p->text, "# HELP liaisond_%s_total %s\n", name, help);
}

static void sending(struct page *p, const struct service *s)
{
    struct dispatch_stats d;
    dispatch_stats(s->dispatch, &d);
    counter(p, "attempts", "Attempts at notifications by status of the broadcast and outcome.");
    for (size_t i = 0; i < G_N_ELEMENTS(d.attempts); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(d.attempts[i]); k++)
            g_string_append_printf(
                p->text,
                "liaisond_attempts_total{status=\"%s\",outcome=\"%s\"} %" G_GUINT64_FORMAT "\n",
                broadcast_status_names[i], outcome_names[k], d.attempts[i][k]);
    gauge(p, "in_flight", "Attempts that have not ended.", d.lanes.in_flight);
    gauge(p, "held", "Claimed notifications that wait in memory.", d.lanes.held);
    gauge(p, "lanes", "Lanes that hold or await something.", d.lanes.lanes);
    gauge(p, "destinations_probed", "Destinations that fail and are only probed.", d.lanes.open);
    gauge(p, "destinations_down", "Of these, destinations that are down.", d.lanes.down);
    gauge(p, "settle_backlog", "Outcomes that wait to be stored.", d.settle_backlog);
}

static void storing(struct page *p, const struct service *s)
{
    int64_t seq;
    bool behind;
    delivery_log_stats(s->log, &seq, &behind);
    gauge(p, "store_queue", "Pieces of work that wait for the store.",
          store_thread_queued(s->store));
    gauge(p, "store_failing", "1 while commits fail.", s->store_fault != NULL);
    gauge(p, "delivery_log_seq", "Number of the last record written to the delivery log.",
          MAX(seq, 0));
    gauge(p, "delivery_log_behind", "1 while the delivery log cannot be written.", behind);
    gauge(p, "roster_missions", "Missions in the roster.", (int64_t)roster_count(s->roster));
    gauge(p, "roster_representatives", "Representatives in the roster.",
          (int64_t)roster_representative_count(s->roster));
}

static void certificates(struct page *p, const struct service *s)
{
    const struct {
        const char *of; /* the group of the keys */
        int64_t ends_ms;
    } all[] = { { "api", s->tls.api ? tls_expires_ms(s->tls.api) : 0 },
                { "acknowledge", s->tls.pages ? tls_expires_ms(s->tls.pages) : 0 },
                { "mail", s->mail_signer ? cms_signer_ends_ms(s->mail_signer) : 0 } };
    g_string_append(p->text, "# TYPE liaisond_certificate_expires_seconds gauge\n"
                             "# HELP liaisond_certificate_expires_seconds End of a "
                             "certificate or of one of its issuers, since the epoch.\n");
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i].ends_ms)
            g_string_append_printf(
                p->text, "liaisond_certificate_expires_seconds{of=\"%s\"} %" G_GINT64_FORMAT "\n",
                all[i].of, all[i].ends_ms / 1000);
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(a, b);
}

static void calling(struct page *p, const struct api_server *a)
{
    const struct api_counts *c = &a->counts;
    GList *keys = g_list_sort(g_hash_table_get_keys(c->requests), by_text);
    counter(p, "broadcasts", "Broadcasts offered by their status and what became of them.");
    for (size_t i = 0; i < G_N_ELEMENTS(c->intake); i++)
        for (size_t k = 0; k < G_N_ELEMENTS(c->intake[i]); k++)
            g_string_append_printf(
                p->text,
                "liaisond_broadcasts_total{status=\"%s\",result=\"%s\"} %" G_GUINT64_FORMAT "\n",
                i <= STATUS_DRAFT ? broadcast_status_names[i] : "unreadable", intake_names[k],
                c->intake[i][k]);
    counter(p, "http_requests", "Requests answered by operation and status.");
    for (const GList *k = keys; k; k = k->next) {
        g_auto(GStrv) label = g_strsplit(k->data, " ", 2);
        const uint64_t *n = g_hash_table_lookup(c->requests, k->data);
        g_string_append_printf(
            p->text,
            "liaisond_http_requests_total{operation=\"%s\",code=\"%s\"} %" G_GUINT64_FORMAT "\n",
            label[0], label[1], *n);
    }
    g_list_free(keys);
    gauge(p, "http_connections", "Connections to the API.", api_server_connections(a));
    counter(p, "tls_refused", "TLS handshakes that failed.");
    g_string_append_printf(p->text, "liaisond_tls_refused_total %" G_GUINT64_FORMAT "\n",
                           api_server_refused(a));
}

static void about(struct page *p, const struct service *s)
{
    g_string_append(p->text, "# TYPE liaisond_build_info gauge\n"
                             "# HELP liaisond_build_info Always 1; the labels say what runs.\n"
                             "liaisond_build_info{version=\"" LIAISOND_VERSION "\"} 1\n");
    g_string_append_printf(
        p->text,
        "# TYPE process_start_time_seconds gauge\n"
        "# HELP process_start_time_seconds Start of the process, since the epoch.\n"
        "process_start_time_seconds %" G_GINT64_FORMAT ".%03d\n",
        s->started_ms / 1000, (int)(s->started_ms % 1000));
}

static void missions(struct page *p, const char *name, const char *help,
                     const struct coverage_sum *sums, size_t member)
{
    g_string_append_printf(p->text, "# TYPE liaisond_%s gauge\n# HELP liaisond_%s %s\n", name, name,
                           help);
    for (int i = 0; i <= STATUS_DRAFT; i++)
        g_string_append_printf(p->text, "liaisond_%s{status=\"%s\"} %u\n", name,
                               broadcast_status_names[i],
                               G_STRUCT_MEMBER(unsigned, &sums[i], member));
}

static void answering(struct page *p, const struct coverage_sum *sums)
{
    missions(p, "asking_broadcasts", "Released broadcasts that ask for acknowledgements.", sums,
             G_STRUCT_OFFSET(struct coverage_sum, broadcasts));
    missions(p, "missions_affected", "Missions that they concern.", sums,
             G_STRUCT_OFFSET(struct coverage_sum, missions.affected));
    missions(p, "missions_covered", "Of these, missions with their quorum.", sums,
             G_STRUCT_OFFSET(struct coverage_sum, missions.covered));
    missions(p, "missions_taken", "Of these, missions that a named person has taken over.", sums,
             G_STRUCT_OFFSET(struct coverage_sum, missions.taken));
    missions(p, "missions_waiting", "Of these, missions that nobody has answered for.", sums,
             G_STRUCT_OFFSET(struct coverage_sum, missions.waiting));
}

/* --- a scrape: what the store has to tell is waited for, but not for long --- */

struct scrape {
    struct api_request *request; /* NULL: answered, or the caller has left */
    struct loop_timer *timer;
};

static void let_go(struct scrape *c)
{
    c->request->on_gone = NULL;
    c->request = NULL;
    g_clear_pointer(&c->timer, loop_timer_free);
}

static void answer(struct scrape *c, const struct coverage_sum *sums)
{
    struct api_request *r = c->request;
    const char *accept = api_header(r, "Accept");
    struct page p = { .text = g_string_new(NULL),
                      .typed = accept && strstr(accept, "application/openmetrics-text") };
    let_go(c);
    about(&p, r->service);
    sending(&p, r->service);
    storing(&p, r->service);
    certificates(&p, r->service);
    if (r->server)
        calling(&p, r->server);
    if (sums)
        answering(&p, sums);
    g_string_append(p.text, "# EOF\n");
    api_reply_text(r, 200, METRICS_TYPE, g_string_free(p.text, FALSE));
}

static void late(void *ctx)
{
    answer(ctx, NULL);
}

static void left(struct api_request *r)
{
    let_go(r->state);
    api_request_free(r);
}

static void summed(const struct coverage_sum *sums, const char *error, void *ctx)
{
    struct scrape *c = ctx;
    if (c->request)
        answer(c, error ? NULL : sums);
    g_free(c);
}

void route_metrics(struct api_request *r)
{
    struct scrape *c = g_new0(struct scrape, 1);
    c->request = r;
    c->timer = loop_timer_new(r->service->loop, late, c);
    r->state = c;
    r->on_gone = left;
    loop_timer_arm(c->timer, STORE_WITHIN_MS);
    coverage_sums(r->service, summed, c);
}
