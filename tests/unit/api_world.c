#include "api_world.h"

#include "api/server.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/timestamp.h"
#include "fake_channel.h"
#include "flow/backup.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/keyring.h"
#include "flow/roster_keeper.h"
#include "flow/sweeps.h"
#include "flow/waiting.h"
#include "folder.h"
#include "store/store_sqlite.h"
#include "wire/delivery_record.h"
#include "wire/webhook_message.h"
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

const char world_missions_csv[] =
    "mission,country,name,kind,street,city,state,zip,lat,lon,timezone,county_fips,threat_level,"
    "office,"
    "origin\n"
    "fr-chicago,FR,Consulate General of France,consulate-general,=1 Example "
    "Street,Chicago,IL,60611,41.9,-87.62,"
    "America/Chicago,17031,medium,,real\n"
    "mx-chicago,MX,Consulate General of Mexico,consulate-general,,Chicago,IL,60607,41.88,-87.66,"
    "America/Chicago,17031,low,,real\n"
    "jp-honolulu,JP,Consulate General of Japan,consulate-general,,Honolulu,HI,96817,21.32,-157.86,"
    "Pacific/Honolulu,15003,low,,real\n";
const char world_representatives_csv[] =
    "mission,rank,name,language,email,phone,webhook,exercises,valid_from,valid_to\n"
    "fr-chicago,1,Liaison One,fr,one@fr-chicago.example,+13125550101,,no,,\n"
    "fr-chicago,2,Liaison "
    "Two,fr,two@fr-chicago.example,+13125550102,https://fr-chicago.example/hook,no,,\n"
    "mx-chicago,1,Liaison One,es,one@mx-chicago.example,+13125550103,,no,,\n"
    "jp-honolulu,1,Liaison One,ja,one@jp-honolulu.example,+18085550101,,no,,\n"
    "jp-honolulu,2,Liaison Two,en,two@jp-honolulu.example,+18085550102,,no,,\n";
const char world_master_key[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n";
const char world_broadcast[] =
    "{\"identifier\":\"T-1\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T09:00:00-05:"
    "00\","
    "\"status\":\"actual\",\"type\":\"alert\",\"urgency\":\"immediate\",\"severity\":\"severe\","
    "\"certainty\":\"likely\",\"expires\":\"2026-11-23T18:00:00-05:00\",\"messages\":[{"
    "\"language\":\"en\","
    "\"headline\":\"A headline\",\"description\":\"What is known.\"}],"
    "\"audience\":{\"cities\":[\"Chicago, IL\"]}}";

struct world {
    char *dir, *socket;
    int port, pages_port;
    struct service service;
    struct clock_fake clock;
    struct mailbox *completions;
    struct fake_channel fakes[CHANNEL_WEBHOOK + 1];
    struct channel *channels[CHANNEL_WEBHOOK + 1];
    struct webhook_keys keys, *current_keys;
    struct api_server *api;
    pthread_t thread;
    gint sent; /* atomic */
};

/* --- channels --- */

struct sending {
    bool gone;
    channel_done_fn done;
    void *ctx;
};

static void answered(void *ctx)
{
    struct sending *s = ctx;
    struct outcome *o = s->gone ? outcome_new(OUTCOME_REFUSED, 410, "410 moved out")
                                : outcome_new(OUTCOME_ACCEPTED, 250, "250 taken");
    o->endpoint_gone = s->gone;
    s->done(o, s->ctx);
    g_free(s);
}

static void fake_send(struct channel *c, const struct notice *n, void *made, channel_done_fn done,
                      void *ctx)
{
    (void)made;
    struct world *w = ((struct fake_channel *)c)->world;
    struct sending *s = g_new(struct sending, 1);
    *s = (struct sending){ g_str_has_suffix(n->notification->endpoint, "/gone"), done, ctx };
    g_atomic_int_inc(&w->sent);
    loop_post(w->service.loop, answered, s);
}

static const struct channel_ops fake_ops = { .name = "fake", .send = fake_send, FAKE_CHANNEL };

/* --- start --- */

static void write_configuration(struct world *w, const char *settings)
{
    g_autofree char *file = g_build_filename(w->dir, "world.conf", NULL);
    g_autofree char *text = g_strdup_printf(
        "node = \"test\";\ntemplates = \"%s/conf/templates\";\noffices_file = "
        "\"%s/conf/offices.conf\";\n"
        "desks_file = \"%s/conf/desks.conf\";\npartners_file = \"%s/conf/partners.conf\";\n"
        "calendars_file = \"%s/conf/calendars.conf\";\nladder_file = \"%s/conf/ladder.conf\";\n"
        "store: { dir = \"state\"; };\nmail: { exercise_address = \"exercise@dss.example\"; };\n"
        "api: { socket = \"%s\"; %s };\ndelivery_log: { file = \"delivery.jsonl\"; };\n",
        SOURCE_DIR, SOURCE_DIR, SOURCE_DIR, SOURCE_DIR, SOURCE_DIR, SOURCE_DIR, w->socket,
        settings);
    struct faults *f = faults_new();
    assert_true(g_file_set_contents(file, text, -1, NULL));
    w->service.config = config_load(file, f);
    if (!w->service.config) {
        g_autofree char *why = faults_to_text(f);
        fail_msg("%s", why);
    }
    faults_free(f);
}

static int listen_on_loopback(int *port)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void open_store(struct world *w)
{
    g_autoptr(GError) error = NULL;
    struct store_options o = { .dir = w->service.config->store.dir,
                               .checkpoint_bytes = 1 << 20,
                               .seal = delivery_record_seal };
    w->completions = mailbox_new(store_completion_drop);
    w->service.store = store_thread_new(&store_sqlite, &o, w->completions, &error);
    assert_non_null(w->service.store);
    loop_watch_mailbox(w->service.loop, w->completions, store_completion_run, NULL, NULL);
}

static void *run_loop(void *arg)
{
    struct world *w = arg;
    loop_run(w->service.loop);
    return NULL;
}

static void nothing_changes(void *ctx)
{
    (void)ctx;
}

static void open_flow(struct world *w)
{
    struct service *s = &w->service;
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++) {
        w->fakes[k] = (struct fake_channel){ { &fake_ops }, w };
        w->channels[k] = &w->fakes[k].channel;
    }
    struct faults *f = faults_new();
    s->roster = roster_new();
    s->templates = template_set_load(s->config->templates, f);
    assert_non_null(s->templates);
    faults_free(f);
    s->log = delivery_log_new(s);
    s->dispatch = dispatch_new(s, w->channels);
    s->backup = backup_new(s);
    s->keyring = keyring_new(s, NULL, NULL, nothing_changes, w);
    sweeps_new(s);
}

struct world *world_start(const char *settings)
{
    struct world *w = g_new0(struct world, 1);
    struct timestamp now;
    const char *why;
    g_autoptr(GError) error = NULL;
    g_autofree char *no_keys = NULL;
    log_set_level(LOG_LEVEL_ERROR);
    timestamp_parse(WORLD_NOW, &now, &why);
    w->clock = clock_fake_at(now.ms);
    w->dir = g_dir_make_tmp("liaisond-api-XXXXXX", NULL);
    w->socket = g_build_filename(w->dir, "s", NULL);
    write_configuration(w, settings);
    w->service.clock = &w->clock.clock;
    w->service.started_ms = now.ms;
    w->service.loop = loop_new(NULL);
    open_store(w);
    open_flow(w);
    assert_true(webhook_keys_parse(&w->keys, world_master_key, &no_keys));
    w->current_keys = &w->keys;
    service_set_masters(&w->service, g_ptr_array_ref(w->keys.masters));
    int fds[] = { listen_on_loopback(&w->port), listen_on_loopback(&w->pages_port) };
    char *names[] = { "api", "pages" };
    struct api_sockets sockets = { .fds = fds, .names = names, .n = 2 };
    w->api = api_server_new(&w->service, (const struct webhook_keys *const *)&w->current_keys,
                            &sockets, &error);
    if (!w->api)
        fail_msg("%s", error->message);
    dispatch_start(w->service.dispatch, waiting_resume);
    sweeps_start(&w->service);
    pthread_create(&w->thread, NULL, run_loop, w);
    return w;
}

/* --- stop --- */

static void stopped(void *ctx)
{
    struct world *w = ctx;
    loop_stop(w->service.loop);
}

static void begin_stop(void *ctx)
{
    struct world *w = ctx;
    w->service.stopping = true;
    api_server_stop_listening(w->api);
    dispatch_stop(w->service.dispatch, stopped, w);
}

static bool nothing(struct store *s, void *arg, GError **error)
{
    (void)s;
    (void)arg;
    (void)error;
    return true;
}

static void mark(void *arg, const GError *error)
{
    (void)error;
    *(bool *)arg = true;
}

/* What was asked may ask for more: until a mark comes back with nothing before it. */
static void settle_store(struct world *w)
{
    unsigned before;
    do {
        bool marked = false;
        before = 0;
        store_thread_submit(w->service.store, nothing, mark, &marked);
        for (; !marked; before++)
            store_completion_run(mailbox_take(w->completions), NULL);
    } while (before > 1);
}

void world_stop(struct world *w)
{
    struct service *s = &w->service;
    loop_post(s->loop, begin_stop, w);
    pthread_join(w->thread, NULL);
    api_server_free(w->api);
    backup_free(s->backup);
    roster_keeper_stop(s);
    settle_store(w);
    keyring_free(s->keyring);
    store_thread_free(s->store);
    sweeps_free(s);
    dispatch_free(s->dispatch);
    delivery_log_free(s->log);
    loop_free(s->loop);
    mailbox_free(w->completions);
    roster_unref(s->roster);
    proofs_free(s->proofs);
    template_set_unref(s->templates);
    config_unref(s->config);
    g_free(s->store_fault);
    service_set_masters(s, NULL);
    webhook_keys_clear(&w->keys);
    folder_remove(w->dir);
    g_free(w->dir);
    g_free(w->socket);
    g_free(w);
}

int world_setup(void **state)
{
    *state = world_start("");
    return 0;
}

int world_teardown(void **state)
{
    world_stop(*state);
    return 0;
}

/* --- what tests ask --- */

const char *world_socket(const struct world *w)
{
    return w->socket;
}

int world_port(const struct world *w)
{
    return w->port;
}

int world_pages_port(const struct world *w)
{
    return w->pages_port;
}

unsigned world_sent(const struct world *w)
{
    return (unsigned)g_atomic_int_get(&w->sent);
}

static struct reply ask(int fd, const char *method, const char *target, const char *headers,
                        const char *body)
{
    g_autoptr(GString) q = g_string_new(NULL);
    g_string_append_printf(q, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, target, headers);
    if (body)
        g_string_append_printf(q, "Content-Length: %zu\r\n", strlen(body));
    g_string_append(q, "\r\n");
    if (body)
        g_string_append(q, body);
    client_send(fd, q->str, q->len);
    struct reply r = client_read_reply(fd);
    close(fd);
    return r;
}

struct reply world_ask(struct world *w, const char *method, const char *target, const char *headers,
                       const char *body)
{
    return ask(client_unix(w->socket), method, target, headers, body);
}

struct reply world_get(struct world *w, const char *target)
{
    return world_ask(w, "GET", target, "", NULL);
}

struct reply world_post(struct world *w, const char *target, const char *json)
{
    return world_ask(w, "POST", target, "Content-Type: application/json\r\n", json);
}

struct reply world_ask_tcp(struct world *w, const char *method, const char *target,
                           const char *token, const char *json)
{
    g_autofree char *headers =
        g_strdup_printf("%s%s%s%s", *token ? "Authorization: Bearer " : "", token,
                        *token ? "\r\n" : "", json ? "Content-Type: application/json\r\n" : "");
    return ask(client_tcp(w->port), method, target, headers, json);
}

struct reply world_ask_pages(struct world *w, const char *method, const char *target,
                             const char *headers, const char *body)
{
    return ask(client_tcp(w->pages_port), method, target, headers, body);
}

char *world_token(struct world *w, const char *role)
{
    g_autofree char *wish = g_strdup_printf("{\"name\":\"a test's\",\"roles\":[\"%s\"]}", role);
    struct reply r = world_post(w, "/v1/tokens", wish);
    assert_int_equal(r.status, 201);
    json_t *o = reply_json(&r);
    char *token = g_strdup(json_string_value(json_object_get(o, "token")));
    json_decref(o);
    reply_clear(&r);
    return token;
}

void world_import(struct world *w)
{
    json_t *o = json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "missions", "name", "missions.csv",
                          "text", world_missions_csv, "representatives", "name",
                          "representatives.csv", "text", world_representatives_csv);
    char *text = json_dumps(o, 0);
    struct reply r = world_post(w, "/v1/roster", text);
    if (r.status != 200)
        fail_msg("%s", r.body);
    reply_clear(&r);
    free(text);
    json_decref(o);
}
