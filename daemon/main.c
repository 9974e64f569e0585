/* liaisond - arguments, the start ladder, and its mirror, the stop ladder. */
#include "api/server.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/signing.h"
#include "channel/smtp.h"
#include "channel/webhook.h"
#include "flow/audit.h"
#include "flow/backup.h"
#include "flow/checkpoint.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/inspect.h"
#include "flow/keyring.h"
#include "flow/opening.h"
#include "flow/roster_keeper.h"
#include "flow/service.h"
#include "flow/setup.h"
#include "flow/spool.h"
#include "flow/strongbox.h"
#include "flow/sweeps.h"
#include "flow/vigil.h"
#include "flow/waiting.h"
#include "io/http_client.h"
#include "io/smtp_client.h"
#include "store/store_sqlite.h"
#include "wire/decoder_memory.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct daemon {
    struct service service;
    struct webhook_keys *keys; /* shown by the API, copied into the channel */
    struct mailbox *completions;
    struct loop_watch *watches[4]; /* completions, SIGHUP, SIGTERM, SIGINT */
    struct smtp_client *smtp_client;
    struct http_client *http_client;
    struct channel *channels[CHANNEL_WEBHOOK + 1];
    struct api_server *api;
    struct spool *spool;
    struct vigil *vigil;
    struct loop_timer *watchdog, *grace;
    uint64_t watchdog_us;
};

static void apply_log_level(const struct config *c)
{
    static const char *const names[] = { "debug", "info", "warn", "error", NULL };
    log_set_level((enum log_level)MAX(broadcast_name_index(names, c->log_level), 0));
}

/* The channel and the API each hold the keys, and give theirs up on their own. */
static struct webhook_keys keys_copy(const struct webhook_keys *k)
{
    struct webhook_keys out = { .masters =
                                    g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref) };
    for (guint i = 0; k && k->masters && i < k->masters->len; i++)
        g_ptr_array_add(out.masters, g_bytes_ref(g_ptr_array_index(k->masters, i)));
    return out;
}

/* The key that others check with is said, the private one never. */
static void note_signing(struct service *v, struct signing_keys *k)
{
    service_set_signing(v, k);
    if (k)
        log_event(LOG_LEVEL_INFO, "journal.signing", LOG_STR("key", signing_public(k, 0)));
    else
        log_event(LOG_LEVEL_WARN, "journal.unsigned",
                  LOG_STR("reason", "journal.key_file is empty"),
                  LOG_STR("effect", "nothing proves that the journal was not written anew"));
}

/* --- reload --- */

static void reopen_logs(struct daemon *d)
{
    delivery_log_reopen(d->service.log);
    delivery_log_reopen(d->service.witness);
}

/* Who sent the signal is not known; root and the daemon's own user can. */
static void write_down_reload(struct daemon *d, const char *on, const char *end)
{
    struct audit_act act = { .operation = "reloadConfiguration",
                             .by = "",
                             .from = d->service.config->file,
                             .on = on,
                             .means = "signal",
                             .end = end };
    audit_write(&d->service, &act, NULL, NULL);
}

static void refuse_reload(struct daemon *d, const struct faults *f)
{
    g_autofree char *why = faults_to_line(f);
    log_event(LOG_LEVEL_ERROR, "configuration.refused", LOG_STR("file", d->service.config->file),
              LOG_STR("reason", why), LOG_STR("effect", "the old configuration stays"));
    reopen_logs(d);
    write_down_reload(d, why, "refused");
}

static void take_reload(struct daemon *d, struct setup *s)
{
    g_autofree char *restart = config_needs_restart(d->service.config, s->config);
    g_autofree char *changes = config_changes(d->service.config, s->config);
    if (restart)
        log_event(LOG_LEVEL_WARN, "configuration.needs_restart", LOG_STR("keys", restart));
    config_keep_running(s->config, d->service.config);
    struct smtp_settings smtp = setup_smtp(s);
    struct http_settings http = setup_http(s->config);
    smtp_client_configure(d->smtp_client, &smtp);
    http_client_configure(d->http_client, &http);
    smtp_channel_configure(d->channels[CHANNEL_SMTP], s->config, s->templates, s->mail_signer);
    apply_log_level(s->config);
    service_set_config(&d->service, g_steal_pointer(&s->config));
    service_set_templates(&d->service, g_steal_pointer(&s->templates));
    note_signing(&d->service, g_steal_pointer(&s->signing));
    keyring_set_file(d->service.keyring, g_steal_pointer(&s->keys));
    service_set_tls(&d->service, s->tls);
    s->tls = (struct service_tls){ NULL, NULL };
    service_set_mail_signer(&d->service, g_steal_pointer(&s->mail_signer));
    if (d->service.key && s->store_keys)
        strongbox_reload(d->service.store, s->store_keys);
    dispatch_reload(d->service.dispatch);
    sweeps_reload(&d->service);
    reopen_logs(d);
    api_server_reload(d->api);
    log_event(LOG_LEVEL_INFO, "configuration.reloaded", LOG_STR("file", d->service.config->file));
    write_down_reload(d, changes ? changes : "", "taken");
}

/* What it would be given to may be gone already; nothing new is begun by it anyway. */
static void ignore_reload(struct daemon *d)
{
    log_event(LOG_LEVEL_INFO, "configuration.not_read",
              LOG_STR("reason", "the daemon is stopping; the next start reads it"));
    reopen_logs(d);
}

static void reload(void *ctx)
{
    struct daemon *d = ctx;
    struct setup s = { 0 };
    if (d->service.stopping) {
        ignore_reload(d);
        return;
    }
    struct faults *f = faults_new();
    sd_notify(0, "RELOADING=1");
    if (setup_read(&s, d->service.config->file, SETUP_RELOAD, f))
        take_reload(d, &s);
    else
        refuse_reload(d, f);
    setup_clear(&s);
    faults_free(f);
    sd_notify(0, "READY=1");
}

/* --- watchdog: fed when the store thread has answered and the loop is there to hear it --- */

static bool store_answers(struct store *s, void *arg, GError **error)
{
    (void)s;
    (void)arg;
    (void)error;
    return true;
}

static void feed(void *arg, const GError *error)
{
    struct daemon *d = arg;
    (void)error; /* a full disk is no reason to be killed: the thread is alive */
    sd_notify(0, "WATCHDOG=1");
    loop_timer_arm(d->watchdog, (int64_t)(d->watchdog_us / 3000));
}

static void ask_the_store(void *ctx)
{
    struct daemon *d = ctx;
    store_thread_submit(d->service.store, store_answers, feed, d);
}

/* --- stop --- */

static void logged(void *ctx)
{
    struct daemon *d = ctx;
    loop_stop(d->service.loop);
}

static void log_ends(void *ctx)
{
    struct daemon *d = ctx;
    delivery_log_when_idle(d->service.log, logged, d);
}

static void has_signed(void *ctx)
{
    struct daemon *d = ctx;
    delivery_log_when_idle(d->service.witness, log_ends, d);
}

static void stopped(void *ctx)
{
    struct daemon *d = ctx;
    checkpoint_end(d->service.checkpoint, has_signed, d);
}

/* What is in flight after the grace is given up; outcomes are stored as far as they are known. */
static void grace_is_over(void *ctx)
{
    struct daemon *d = ctx;
    log_event(LOG_LEVEL_WARN, "stop.giving_up",
              LOG_STR("reason", "some attempts did not end in time"));
    g_clear_pointer(&d->http_client, http_client_free);
    g_clear_pointer(&d->smtp_client, smtp_client_free);
    if (d->service.store_fault) /* outcomes cannot be stored: those notifications are sent again */
        loop_stop(d->service.loop);
}

static void stop(void *ctx)
{
    struct daemon *d = ctx;
    if (d->service.stopping) {
        loop_stop(d->service.loop); /* asked twice: at once */
        return;
    }
    log_event(LOG_LEVEL_INFO, "daemon.stopping",
              LOG_INT("grace_s", d->service.config->stop_grace_s));
    sd_notify(0, "STOPPING=1");
    d->service.stopping = true;
    api_server_stop_listening(d->api);
    loop_timer_arm(d->grace, (int64_t)d->service.config->stop_grace_s * 1000);
    dispatch_stop(d->service.dispatch, stopped, d);
}

/* --- start --- */

/* The keys are others: whoever has copies gets new ones. */
static void apply_keys(void *ctx)
{
    struct daemon *d = ctx;
    struct webhook_keys *keys = g_new0(struct webhook_keys, 1);
    keys->masters = keyring_signing(d->service.keyring);
    setup_keys_free(d->keys);
    d->keys = keys;
    service_set_masters(&d->service, keyring_linking(d->service.keyring));
    struct webhook_keys copy = keys_copy(keys);
    if (d->channels[CHANNEL_WEBHOOK])
        webhook_channel_configure(d->channels[CHANNEL_WEBHOOK], d->service.config, &copy);
    webhook_keys_clear(&copy);
}

static bool open_store(struct daemon *d, struct setup *setup, GError **error)
{
    d->completions = mailbox_new(store_completion_drop);
    struct opening o = { &store_sqlite, d->completions, apply_keys, d };
    if (!opening_run(&d->service, setup, &o, error))
        return false;
    apply_keys(d);
    return true;
}

static bool open_clients(struct daemon *d, const struct setup *s, GError **error)
{
    struct smtp_settings smtp = setup_smtp(s);
    struct http_settings http = setup_http(s->config);
    struct webhook_keys keys = keys_copy(s->keys);
    d->smtp_client = smtp_client_new(d->service.loop, &smtp, error);
    d->http_client = d->smtp_client ? http_client_new(d->service.loop, &http, error) : NULL;
    if (!d->http_client) {
        webhook_keys_clear(&keys);
        return false;
    }
    d->channels[CHANNEL_SMTP] =
        smtp_channel_new(d->smtp_client, s->config, s->templates, s->mail_signer);
    d->channels[CHANNEL_WEBHOOK] = webhook_channel_new(d->http_client, s->config, &keys);
    return true;
}

static bool open_api(struct daemon *d, GError **error)
{
    g_auto(GStrv) names = NULL;
    int n = sd_listen_fds_with_names(1, &names); /* negative: none */
    g_autofree int *fds = g_new0(int, MAX(n, 1));
    for (int i = 0; i < n; i++)
        fds[i] = SD_LISTEN_FDS_START + i;
    struct api_sockets sockets = { .fds = fds, .names = names, .n = (size_t)MAX(n, 0) };
    d->api =
        api_server_new(&d->service, (const struct webhook_keys *const *)&d->keys, &sockets, error);
    return d->api != NULL;
}

static bool start(struct daemon *d, struct setup *s, GError **error)
{
    struct service *v = &d->service;
    v->clock = clock_system();
    v->started_ms = service_now_ms(v);
    v->config = config_ref(s->config);
    v->templates = template_set_ref(s->templates);
    service_set_tls(v, s->tls);
    s->tls = (struct service_tls){ NULL, NULL };
    note_signing(v, g_steal_pointer(&s->signing));
    service_set_mail_signer(v, g_steal_pointer(&s->mail_signer));
    v->loop = loop_new(error);
    if (!v->loop || !open_store(d, s, error))
        return false;
    d->watches[0] = loop_watch_mailbox(v->loop, d->completions, store_completion_run, NULL, NULL);
    struct setup clients = { .config = v->config,
                             .templates = v->templates,
                             .keys = d->keys,
                             .smtp_password = s->smtp_password,
                             .mail_signer = v->mail_signer };
    if (!open_clients(d, &clients, error))
        return false;
    v->log = delivery_log_new(v);
    v->witness = delivery_log_witness(v);
    v->dispatch = dispatch_new(v, d->channels);
    v->backup = backup_new(v);
    sweeps_new(v);
    if (!open_api(d, error))
        return false;
    d->watches[1] = loop_watch_signal(v->loop, SIGHUP, reload, d);
    d->watches[2] = loop_watch_signal(v->loop, SIGTERM, stop, d);
    d->watches[3] = loop_watch_signal(v->loop, SIGINT, stop, d);
    d->grace = loop_timer_new(v->loop, grace_is_over, d);
    d->watchdog = loop_timer_new(v->loop, ask_the_store, d);
    if (sd_watchdog_enabled(0, &d->watchdog_us) > 0)
        loop_timer_arm(d->watchdog, 0);
    dispatch_start(v->dispatch, waiting_resume);
    sweeps_start(v);
    d->spool = spool_new(v);
    d->vigil = vigil_new(v, d->channels);
    log_event(LOG_LEVEL_INFO, "daemon.started", LOG_STR("version", LIAISOND_VERSION),
              LOG_STR("config", v->config->file),
              LOG_INT("missions", (int64_t)roster_count(v->roster)));
    sd_notify(0, "READY=1");
    return true;
}

static void passed(void *arg, const GError *error)
{
    (void)error;
    *(bool *)arg = true;
}

/* Until the store has nothing left to do: a completion may submit more, so one round in which
 * nothing but our own marker comes back is the end. */
static void drain_store(struct daemon *d)
{
    unsigned taken;
    do {
        bool marker = false;
        store_thread_submit(d->service.store, store_answers, passed, &marker);
        for (taken = 0; !marker; taken++)
            store_completion_run(mailbox_take(d->completions), NULL);
    } while (taken > 1);
}

/* The start ladder from the top down; whatever was not reached is NULL. */
static void finish(struct daemon *d)
{
    struct service *v = &d->service;
    g_clear_pointer(&d->api, api_server_free);
    g_clear_pointer(&d->http_client, http_client_free);
    g_clear_pointer(&d->smtp_client, smtp_client_free);
    g_clear_pointer(&v->backup, backup_free);
    roster_keeper_stop(v);
    if (v->store)
        drain_store(d);
    g_clear_pointer(&v->keyring, keyring_free);
    g_clear_pointer(&v->store, store_thread_free);
    g_clear_pointer(&d->vigil, vigil_free);
    g_clear_pointer(&d->spool, spool_free);
    sweeps_free(v);
    g_clear_pointer(&v->dispatch, dispatch_free);
    g_clear_pointer(&v->witness, delivery_log_free);
    g_clear_pointer(&v->log, delivery_log_free);
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++)
        if (d->channels[k])
            d->channels[k]->ops->free(d->channels[k]);
    g_clear_pointer(&d->watchdog, loop_timer_free);
    g_clear_pointer(&d->grace, loop_timer_free);
    for (size_t i = 0; i < G_N_ELEMENTS(d->watches); i++)
        g_clear_pointer(&d->watches[i], loop_unwatch);
    g_clear_pointer(&v->loop, loop_free);
    g_clear_pointer(&d->completions, mailbox_free);
    g_clear_pointer(&d->keys, setup_keys_free);
    service_set_masters(v, NULL);
    service_set_tls(v, (struct service_tls){ NULL, NULL });
    g_clear_pointer(&v->key, g_bytes_unref);
    service_set_signing(v, NULL);
    service_set_mail_signer(v, NULL);
    g_clear_pointer(&v->roster, roster_unref);
    g_clear_pointer(&v->proofs, proofs_free);
    g_clear_pointer(&v->templates, template_set_unref);
    g_clear_pointer(&v->config, config_unref);
    g_clear_pointer(&v->store_fault, g_free);
}

static int run(struct setup *s)
{
    struct daemon d = { 0 };
    g_autoptr(GError) error = NULL;
    signal(SIGPIPE, SIG_IGN);
    umask(0077);
    curl_global_init(CURL_GLOBAL_ALL);
    apply_log_level(s->config);
    bool started = start(&d, s, &error);
    if (started)
        loop_run(d.service.loop);
    else
        log_event(LOG_LEVEL_ERROR, "daemon.cannot_start", LOG_STR("reason", error->message));
    if (started)
        log_event(LOG_LEVEL_INFO, "daemon.stopped", LOG_STR("config", s->config->file));
    finish(&d);
    curl_global_cleanup();
    return started ? EXIT_DONE : EXIT_FAILED;
}

/* -t: everything a start would read, and what is doubtful too. */
static int check(const struct setup *s, const struct faults *f, bool good)
{
    g_autofree char *text = faults_to_text(f);
    fputs(text, stderr);
    if (good)
        printf("%s: good\n", s->config->file);
    return good ? EXIT_DONE : EXIT_FAILED;
}

static int check_store(const char *path)
{
    bool good = false;
    g_autofree char *report = inspect_store(path, &good);
    fputs(report, stdout);
    return good ? EXIT_DONE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
    g_autofree char *file = NULL, *store = NULL;
    gboolean test = FALSE, version = FALSE;
    g_autoptr(GError) error = NULL;
    GOptionEntry entries[] = {
        { "config", 'c', 0, G_OPTION_ARG_FILENAME, &file, "Configuration file", "FILE" },
        { "test", 't', 0, G_OPTION_ARG_NONE, &test, "Check the configuration and exit", NULL },
        { "check-store", 0, 0, G_OPTION_ARG_FILENAME, &store,
          "Check a backup, or the store of a stopped daemon, and exit", "PATH" },
        { "version", 'V', 0, G_OPTION_ARG_NONE, &version, "Show the version and exit", NULL },
        G_OPTION_ENTRY_NULL
    };
    decoder_memory_set();
    g_autoptr(GOptionContext) options = g_option_context_new("- emergency-contact routing daemon");
    g_option_context_add_main_entries(options, entries, NULL);
    g_option_context_set_description(options, "Exit status: 0 done, 1 failed, 2 usage. "
                                              "See liaisond(8) and liaisond.conf(5).\n");
    if (!g_option_context_parse(options, &argc, &argv, &error) || argc > 1) {
        fprintf(stderr, "liaisond: %s (--help shows how)\n",
                error ? error->message : "takes no arguments but its options");
        return EXIT_USAGE;
    }
    if (version) {
        printf("liaisond %s\n", LIAISOND_VERSION);
        return EXIT_DONE;
    }
    if (store)
        return check_store(store);
    struct setup s = { 0 };
    struct faults *f = faults_new();
    bool good = setup_read(&s, file ? file : LIAISOND_SYSCONFDIR "/liaisond/liaisond.conf",
                           test ? SETUP_TEST : SETUP_START, f);
    int status = test || !good ? check(&s, f, good) : run(&s);
    faults_free(f);
    setup_clear(&s);
    return status;
}
