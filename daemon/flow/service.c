#include "flow/service.h"

#include "base/log.h"
#include "base/signing.h"
#include "model/record.h"

void service_set_config(struct service *s, struct config *c)
{
    if (s->config)
        config_unref(s->config);
    s->config = c;
}

void service_set_roster(struct service *s, struct roster *r)
{
    if (s->roster)
        roster_unref(s->roster);
    s->roster = r;
}

void service_set_templates(struct service *s, struct template_set *t)
{
    if (s->templates)
        template_set_unref(s->templates);
    s->templates = t;
}

void service_set_masters(struct service *s, GPtrArray *masters)
{
    g_clear_pointer(&s->masters, g_ptr_array_unref);
    s->masters = masters;
}

void service_set_tls(struct service *s, struct service_tls t)
{
    tls_unref(s->tls.api);
    tls_unref(s->tls.pages);
    s->tls = t;
}

void service_set_signing(struct service *s, struct signing_keys *k)
{
    signing_keys_unref(s->signing);
    s->signing = k;
}

void service_set_mail_signer(struct service *s, struct cms_signer *mail_signer)
{
    cms_signer_unref(s->mail_signer);
    s->mail_signer = mail_signer;
}

void service_note_proof(struct service *s, const char *endpoint, int64_t at_ms)
{
    if (!s->proofs)
        s->proofs = proofs_new();
    proofs_note(s->proofs, endpoint, at_ms);
}

int64_t service_now_ms(const struct service *s)
{
    return s->clock->now_ms(s->clock);
}

/* Only a change is logged: a full disk fails every commit and would otherwise fill the log too. */
void service_note_store(struct service *s, const GError *error)
{
    if (error && !s->store_fault)
        log_event(LOG_LEVEL_ERROR, "store.failing", LOG_STR("reason", error->message));
    if (!error && s->store_fault)
        log_event(LOG_LEVEL_INFO, "store.recovered", LOG_STR("after", s->store_fault));
    if (g_strcmp0(s->store_fault, error ? error->message : NULL) == 0)
        return;
    bool changed = !s->store_fault || !error;
    g_free(s->store_fault);
    s->store_fault = error ? g_strdup(error->message) : NULL;
    if (changed && s->store_changed)
        s->store_changed(s->store_changed_ctx);
}

struct record *service_record(const struct service *s, const char *event)
{
    struct record *r = record_new(event, service_now_ms(s));
    r->node = g_strdup(s->config->node);
    return r;
}
