/*
 * config - the configuration as one immutable value, read from libconfig files.
 *
 * Every key is one row of a table (daemon/io/config_keys.c): name, type, unit, range, default,
 * whether a reload takes it, check, one sentence.  Loading reports every fault at once, placed
 * "file:line: key"; unknown keys come with "did you mean"; integers that libconfig would wrap are
 * refused. The data files (offices, desks, partners, calendars) are read by config_directory.h. A
 * struct config is reference counted and never changes; a reload builds a new one. Paths in it are
 * absolute: relative ones count from the file's folder. A value "credential:NAME" of a *_file key
 * means $CREDENTIALS_DIRECTORY/NAME; where that is not set (a check by hand) it stays as it is,
 * with a warning, and config_read_secret() refuses it.
 */
#pragma once
#include "model/broadcast.h"
#include "model/directory.h"
#include "model/faults.h"
#include "model/ladder.h"
#include "model/release.h"
#include "model/retry.h"

enum tls_mode { TLS_OFF, TLS_OPTIONAL, TLS_REQUIRED };

struct config_grant {   /* who may do what */
    char *user, *group; /* over the UNIX socket */
    char *certificate;  /* over TLS: a name in the client's; one of the three, "" otherwise */
    unsigned roles;     /* bits of enum config_role */
};
enum config_role { ROLE_VIEWER = 1, ROLE_PUBLISHER = 2, ROLE_APPROVER = 4, ROLE_OPERATOR = 8 };
extern const char
    *const config_role_names[]; /* "viewer", "publisher", "approver", "operator", NULL */

struct config {
    gint refs;
    char *file;
    char *node;      /* name of this daemon in records; default: host name */
    char *log_level; /* "debug", "info", "warn", "error" */
    struct {
        char *dir;                /* state folder: database, and nothing else's */
        char *key_file;           /* "": its secrets are not sealed */
        int64_t checkpoint_bytes; /* WAL size at which the store checkpoints */
    } store;
    struct {
        char *socket;  /* UNIX socket path, "": none */
        char *address; /* "127.0.0.1:8440", "[::1]:8440", "": none */
        int max_connections;
        int64_t max_body_bytes;
        char *tls_certificate_file, *tls_key_file, *tls_client_ca_file; /* "": none */
        bool allow_http; /* address may be one that others reach without TLS */
        int header_timeout_s, body_timeout_s, idle_timeout_s;
        GPtrArray
            *grants; /* struct config_grant *; root and the daemon's own user have every role */
    } api;
    struct {
        char *host;
        int port;
        enum tls_mode starttls;
        char *ca_file, *user, *password_file; /* "" : none */
        char *hello;                          /* EHLO name, default: node */
        int connections;
        int connect_timeout_s, reply_timeout_s, message_timeout_s;
    } smtp;
    struct {
        char *from_address, *from_name, *exercise_address, *domain; /* of mail */
        char *test_recipient;                        /* "": status test reaches nobody */
        char *sign_certificate_file, *sign_key_file; /* "": mails are not signed */
    } mail;
    struct {
        bool allow_http;           /* plain http: URLs */
        GPtrArray *allow_networks; /* char * "127.0.0.0/8": inside addresses that may be reached */
        char *ca_file;             /* "": the system's */
        char *signing_keys_file;
        int key_overlap_days;  /* that an older key signs beside a new one */
        int per_host;          /* at once to one host */
        int concurrency;       /* at once, those younger than slow_after_ms */
        int concurrency_total; /* at once, all */
        int slow_after_ms;
        int connect_timeout_s, timeout_s;
        int64_t max_reply_bytes;
    } webhook;
    struct {
        struct retry_policy policy[URGENCY_UNKNOWN + 1]; /* by urgency */
        int64_t deadline_s[URGENCY_UNKNOWN + 1];
        int jitter_pct; /* of every policy above */
        int window;     /* notifications held in memory by lane and urgency */
    } dispatch;
    struct {
        char *file; /* the delivery log, "": none */
    } delivery_log;
    struct {
        char *key_file; /* "": nothing is signed */
        char *witness;  /* file for what is signed, "": none */
        int checkpoint_records, checkpoint_s;
    } journal;
    struct { /* days after the end; 0: for ever */
        int broadcasts_days, matters_days, history_days;
        int64_t compact_bytes; /* largest database that is rewritten after an erasure */
    } retention;
    struct {
        int expiry_warning_days; /* roster check: "expires-soon" */
        int proof_days;          /* roster check: "proof-old" */
        int threat_review_days;  /* until a threat level is to be looked at again */
    } roster;
    struct {
        GPtrArray *second_person; /* char * "actual 100 1800" */
        struct release_rule
            *rules; /* n_rules of them, from second_person: the first that matches decides */
        size_t n_rules;
        GPtrArray *approvers;     /* char * mailboxes: who is asked and reminded */
        GPtrArray *may_supersede; /* char * senders who may correct others' broadcasts */
    } release;
    struct {
        char *base_url; /* of the pages for representatives as they see it; "": no links, nobody is
                           asked */
        char *address;  /* where the pages are served: "127.0.0.1:8441"; "": nowhere */
        char *tls_certificate_file, *tls_key_file; /* "": none */
        GPtrArray
            *forwarded_from; /* char * networks of proxies whose X-Forwarded-For is believed */
        int quorum, quorum_urgent; /* representatives of a mission; urgent: immediate or extreme */
        bool remind_after_quorum;
        bool ask_update, ask_release, ask_cancel; /* is a new acknowledgement asked for */
        int link_days; /* how long after the end of its broadcast a link still answers */
    } acknowledge;
    struct {
        int oldest;                     /* enum cap_version: the oldest that is read */
        int64_t attach_resources_bytes; /* most of them in one mail, 0: none */
    } cap;
    struct {
        char *dir; /* "": none */
    } spool;
    char *templates; /* folder */
    char *ladder_file;
    GArray *ladder; /* struct ladder_step, from that file */
    char *offices_file, *desks_file, *partners_file, *calendars_file;
    struct directory *directory; /* from those files, one reference */
    int stop_grace_s;            /* at a stop: how long what is in flight may finish */
};

/* NULL when f received an error. */
struct config *config_load(const char *file, struct faults *f);
struct config *config_ref(struct config *c);
void config_unref(struct config *c);

/* Keys (joined by ", ") whose change needs a restart and differs between the two; NULL: none. */
char *config_needs_restart(const struct config *before, const struct config *after);
/* Those that a reload takes, likewise. */
char *config_changes(const struct config *before, const struct config *after);
/* Gives next, which nobody else has yet, the values of running for every key that needs a restart.
 */
void config_keep_running(struct config *next, const struct config *running);

/* The content of a *_file key without its last newline, at most max bytes; NULL with a fault. */
char *config_read_secret(const char *key, const char *path, size_t max, struct faults *f);
bool config_secret_is_open(const char *path); /* everybody on this host can read it */
