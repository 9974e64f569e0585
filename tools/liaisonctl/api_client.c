#include "api_client.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "api_fault.h"
#include "api_token.h"
#include "interrupt.h"

#define CONNECT_TIMEOUT_S 10L
/* Planning and storing a broadcast to tens of thousands takes a while. */
#define ANSWER_TIMEOUT_S 300L
/* The server pings every 10 s; a stream that is silent for three of them is lost. */
#define STREAM_SILENCE_S 30L

struct api {
    CURL *curl;
    char *server;                      /* as given */
    char *base;                        /* "http://localhost" or the URL */
    char *socket;                      /* NULL: TCP */
    char *token;                       /* NULL: none */
    char *ca_file, *certificate, *key; /* NULL: none */
    char error_text[CURL_ERROR_SIZE];
};

/* What a transfer in progress knows. */
struct transfer {
    struct api *api;
    GString *body;
    api_take_fn *take;       /* NULL: the body is gathered */
    void (*tick)(void *ctx); /* NULL: none */
    void *ctx;
    bool ended; /* by take */
};

G_DEFINE_QUARK(liaisonctl - api, api_error)

static char *server_fault(const char *server)
{
    struct sockaddr_un address;

    if (g_str_has_prefix(server, "unix:")) {
        if (server[5] != '/')
            return g_strdup("the path after unix: must begin with /");
        if (strlen(server + 5) >= sizeof address.sun_path)
            return g_strdup("the path of the socket is longer than the system allows");
        return NULL;
    }
    if (!g_str_has_prefix(server, "http://") && !g_str_has_prefix(server, "https://"))
        return g_strdup("give unix:/path, http://host:port or https://host:port");
    if (strchr(server, '@') || strpbrk(server, "?#"))
        return g_strdup("a server's address has no user, query or fragment");
    return NULL;
}

/* The option, else the environment's; NULL: neither. */
static const char *given(const char *option, const char *variable)
{
    const char *text = option ? option : g_getenv(variable);
    return text && *text ? text : NULL;
}

/* What curl would say of a file that cannot be read sends nobody to the right place. */
static bool set_file(char **at, const char *option, const char *variable, const char *name,
                     GError **error)
{
    const char *file = given(option, variable);

    if (file && access(file, R_OK) != 0) {
        g_set_error(error, api_error_quark(), API_ERROR_USAGE, "%s %s: %s", name, file,
                    g_strerror(errno));
        return false;
    }
    *at = g_strdup(file);
    return true;
}

static bool set_tls(struct api *a, const struct api_access *access, GError **error)
{
    if (!set_file(&a->ca_file, access->ca_file, "LIAISOND_CA_FILE", "--ca-file", error) ||
        !set_file(&a->certificate, access->certificate, "LIAISOND_CERTIFICATE", "--certificate",
                  error) ||
        !set_file(&a->key, access->key, "LIAISOND_KEY", "--key", error))
        return false;
    if (!a->certificate == !a->key)
        return true;
    g_set_error(error, api_error_quark(), API_ERROR_USAGE,
                "--certificate and --key belong together: give both");
    return false;
}

struct api *api_new(const struct api_access *access, GError **error)
{
    const char *server = given(access->server, "LIAISOND_SERVER");
    if (!server)
        server = API_DEFAULT_SERVER;
    g_autofree char *wrong = server_fault(server);
    if (wrong) {
        g_set_error(error, api_error_quark(), API_ERROR_USAGE, "--server %s: %s", server, wrong);
        return NULL;
    }
    g_autoptr(GError) token_error = NULL;
    char *token = api_token_read(access->token_file, &token_error);
    if (token_error) {
        g_propagate_error(error, g_steal_pointer(&token_error));
        return NULL;
    }
    struct api *a = g_new0(struct api, 1);
    a->server = g_strdup(server);
    a->token = token;
    a->curl = curl_easy_init();
    g_assert(a->curl != NULL);
    if (g_str_has_prefix(server, "unix:")) {
        a->socket = g_strdup(server + 5);
        a->base = g_strdup("http://localhost");
    } else {
        a->base = g_strdup(server);
        while (g_str_has_suffix(a->base, "/"))
            a->base[strlen(a->base) - 1] = '\0';
    }
    if (set_tls(a, access, error))
        return a;
    api_free(a);
    return NULL;
}

void api_free(struct api *a)
{
    if (!a)
        return;
    curl_easy_cleanup(a->curl);
    g_free(a->server);
    g_free(a->base);
    g_free(a->socket);
    g_free(a->ca_file);
    g_free(a->certificate);
    g_free(a->key);
    api_token_free(a->token);
    g_free(a);
}

const char *api_server(const struct api *a)
{
    return a->server;
}

void api_answer_free(struct api_answer *answer)
{
    if (!answer)
        return;
    g_string_free(answer->body, TRUE);
    json_decref(answer->json);
    g_free(answer);
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    long status = 0;

    curl_easy_getinfo(t->api->curl, CURLINFO_RESPONSE_CODE, &status);
    if (t->take && status == 200) {
        t->ended = !t->take(bytes, size * n, t->ctx);
        return t->ended ? 0 : size * n;
    }
    if (t->body->len + size * n > API_ANSWER_MAX)
        return 0;
    g_string_append_len(t->body, bytes, (gssize)(size * n));
    return size * n;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    struct transfer *t = ctx;

    (void)a, (void)b, (void)c, (void)d;
    if (t->tick)
        t->tick(t->ctx);
    return interrupt_seen();
}

static void add_header(struct curl_slist **headers, const char *name, const char *value)
{
    if (!value)
        return;
    g_autofree char *line = g_strconcat(name, ": ", value, NULL);
    *headers = curl_slist_append(*headers, line);
    g_assert(*headers != NULL);
}

static void set_tls_options(const struct api *a)
{
    curl_easy_setopt(a->curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    if (a->ca_file) {
        curl_easy_setopt(a->curl, CURLOPT_CAINFO, a->ca_file);
        curl_easy_setopt(a->curl, CURLOPT_CAPATH, NULL); /* it, and nobody else */
    }
    if (a->certificate) {
        curl_easy_setopt(a->curl, CURLOPT_SSLCERT, a->certificate);
        curl_easy_setopt(a->curl, CURLOPT_SSLKEY, a->key);
    }
}

static void set_connection(struct api *a, struct transfer *t, const char *path)
{
    g_autofree char *url = g_strconcat(a->base, path, NULL);

    curl_easy_reset(a->curl);
    curl_easy_setopt(a->curl, CURLOPT_URL, url);
    curl_easy_setopt(a->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(a->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(a->curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(a->curl, CURLOPT_USERAGENT, "liaisonctl/" LIAISOND_VERSION);
    curl_easy_setopt(a->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    curl_easy_setopt(a->curl, CURLOPT_ERRORBUFFER, a->error_text);
    curl_easy_setopt(a->curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(a->curl, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(a->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(a->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(a->curl, CURLOPT_XFERINFODATA, t);
    set_tls_options(a);
    if (a->socket)
        curl_easy_setopt(a->curl, CURLOPT_UNIX_SOCKET_PATH, a->socket);
    if (a->token) {
        curl_easy_setopt(a->curl, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(a->curl, CURLOPT_XOAUTH2_BEARER, a->token);
    }
    *a->error_text = '\0';
}

/* Runs what was set up.  NULL with *error when no whole answer came. */
static struct api_answer *perform(struct transfer *t, struct curl_slist *headers, GError **error)
{
    struct api *a = t->api;
    struct api_answer *answer = g_new0(struct api_answer, 1);

    t->body = answer->body = g_string_new(NULL);
    curl_easy_setopt(a->curl, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(a->curl);
    curl_slist_free_all(headers);
    curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    if (code == CURLE_OK || t->ended) {
        answer->json = json_loadb(answer->body->str, answer->body->len, 0, NULL);
        return answer;
    }
    long system_error = 0;
    curl_easy_getinfo(a->curl, CURLINFO_OS_ERRNO, &system_error);
    api_fault_set(error, code, (int)system_error, a->server, a->socket, a->error_text);
    api_answer_free(answer);
    return NULL;
}

struct api_answer *api_call(struct api *a, const struct api_request *r, GError **error)
{
    struct transfer t = { .api = a };
    struct curl_slist *headers = NULL;

    set_connection(a, &t, r->path);
    curl_easy_setopt(a->curl, CURLOPT_TIMEOUT, ANSWER_TIMEOUT_S);
    curl_easy_setopt(a->curl, CURLOPT_CUSTOMREQUEST, r->method);
    if (r->body) {
        curl_easy_setopt(a->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body_len);
        curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS, r->body);
        add_header(&headers, "Content-Type",
                   r->content_type ? r->content_type : "application/json");
        add_header(&headers, "Expect", "");
    } else if (strcmp(r->method, "POST") == 0) {
        curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS, "");
    }
    add_header(&headers, "Accept", r->accept);
    add_header(&headers, "Idempotency-Key", r->idempotency_key);
    return perform(&t, headers, error);
}

bool api_stream(struct api *a, const char *path, const char *last_event_id, api_take_fn *take,
                void *ctx, struct api_answer **problem, GError **error)
{
    struct transfer t = { .api = a, .take = take, .ctx = ctx };
    struct curl_slist *headers = NULL;
    long status = 0;

    set_connection(a, &t, path);
    curl_easy_setopt(a->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(a->curl, CURLOPT_LOW_SPEED_TIME, STREAM_SILENCE_S);
    add_header(&headers, "Accept", "text/event-stream");
    add_header(&headers, "Last-Event-ID", last_event_id);
    struct api_answer *answer = perform(&t, headers, error);
    curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
    if (answer && status != 200)
        *problem = answer;
    else
        api_answer_free(answer);
    return status == 200;
}

bool api_download(struct api *a, struct api_download *d, struct api_answer **problem,
                  GError **error)
{
    struct transfer t = { .api = a, .take = d->take, .tick = d->tick, .ctx = d->ctx };
    struct curl_header *digest = NULL;
    long status = 0;

    set_connection(a, &t, d->path);
    curl_easy_setopt(a->curl, CURLOPT_CUSTOMREQUEST, "POST");
    curl_easy_setopt(a->curl, CURLOPT_POSTFIELDS, "");
    curl_easy_setopt(a->curl, CURLOPT_TCP_KEEPALIVE, 1L); /* it may be silent for minutes */
    struct api_answer *answer = perform(&t, NULL, error);
    curl_easy_getinfo(a->curl, CURLINFO_RESPONSE_CODE, &status);
    if (curl_easy_header(a->curl, "Repr-Digest", 0, CURLH_HEADER, -1, &digest) == CURLHE_OK)
        d->digest = g_strdup(digest->value);
    if (answer && status != 200)
        *problem = answer;
    else if (answer)
        api_answer_free(answer);
    return answer && status == 200;
}

void api_query(GString *path, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    g_string_append_c(path, strchr(path->str, '?') ? '&' : '?');
    g_string_append_printf(path, "%s=", name);
    g_string_append_uri_escaped(path, value, NULL, FALSE);
}

char *api_path(const char *before, const char *segment, const char *after)
{
    g_autofree char *escaped = g_uri_escape_string(segment, NULL, FALSE);

    return g_strconcat(before, escaped, after, NULL);
}
