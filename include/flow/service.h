/*
 * service - what every verb needs: loop, clock, store thread, and the current snapshots.
 *
 * config, roster and templates are immutable values that are swapped whole, by service_set_*(), on
 * the loop thread only; whoever needs one for longer than a callback takes a reference.
 */
#pragma once
#include "base/clock.h"
#include "base/cms.h"
#include "flow/turns.h"
#include "io/config.h"
#include "io/loop.h"
#include "io/tls.h"
#include "model/proof.h"
#include "model/roster.h"
#include "store/store_thread.h"
#include "wire/template_set.h"

struct dispatch;
struct delivery_log;
struct waiting;
struct climb;
struct handover;
struct sweep;
struct backup;
struct keyring;
struct certificate_watch;
struct worker;

struct service_tls { /* one reference each; NULL: in the clear */
    struct tls *api, *pages;
};
struct checkpoint;
struct retention;
struct signing_keys;

struct service {
    struct loop *loop;          /* borrowed */
    const struct clock *clock;  /* borrowed */
    struct store_thread *store; /* borrowed */
    struct config *config;      /* one reference each */
    struct roster *roster;
    struct template_set *templates;
    struct service_tls tls;         /* of those who call */
    struct cms_signer *mail_signer; /* of mails; NULL: they are not signed */
    struct proofs *proofs;          /* loop thread only; owned; NULL: nobody has ever answered */
    GPtrArray *
        masters; /* GBytes *, newest first: the keys of personal links; one reference; NULL: none */
    GBytes *key; /* the store's own (strongbox); one reference; NULL: it has none */
    struct signing_keys *signing;                /* of the journal; one reference; NULL: none */
    struct dispatch *dispatch;                   /* borrowed; set once it exists */
    struct delivery_log *log;                    /* likewise */
    struct sweep *pending;                       /* likewise */
    struct waiting *waiting;                     /* likewise */
    struct sweep *expiry;                        /* likewise */
    struct climb *climb;                         /* likewise */
    struct handover *handover;                   /* likewise */
    struct sweep *matter_clock;                  /* likewise */
    struct certificate_watch *certificate_watch; /* likewise */
    struct keyring *keyring;                     /* likewise */
    struct backup *backup;                       /* likewise */
    struct delivery_log *witness;                /* likewise; NULL in tests without one */
    struct checkpoint *checkpoint;               /* likewise */
    struct retention *retention;                 /* likewise */
    struct worker *roster_reader; /* see roster_keeper.h; owned; NULL: nobody has imported one */
    char *store_fault;            /* owned; NULL: the last commit succeeded, else why it did not */
    void (*store_changed)(void *ctx); /* told when it begins or ends to fail; NULL: nobody */
    void *store_changed_ctx;
    int64_t started_ms;
    struct turns publishing;      /* of publications that follow others; see publish.h */
    struct turns changing_roster; /* see roster_keeper.h, retention.h */
    bool stopping;                /* nothing new is taken */
};

void service_set_config(struct service *s, struct config *c);          /* takes the reference */
void service_set_roster(struct service *s, struct roster *r);          /* takes the reference */
void service_set_templates(struct service *s, struct template_set *t); /* takes the reference */
void service_set_masters(struct service *s,
                         GPtrArray *masters);                  /* takes the reference; NULL: none */
void service_set_tls(struct service *s, struct service_tls t); /* takes the references */
void service_set_signing(struct service *s,
                         struct signing_keys *k); /* takes the reference; NULL: none */
void service_set_mail_signer(struct service *s,
                             struct cms_signer *mail_signer); /* takes the reference */
void service_note_proof(struct service *s, const char *endpoint, int64_t at_ms);
int64_t service_now_ms(const struct service *s);
/* Called with the error of every completion (NULL: success): keeps store_fault, logs a change of
 * it. */
void service_note_store(struct service *s, const GError *error);
/* A record of this node for the journal. */
struct record *service_record(const struct service *s, const char *event);
