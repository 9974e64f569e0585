#include "io/http_call.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "io/egress.h"
#include "io/http_sockets.h"

#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"
#define MAX_HEADER_BYTES (32 * 1024)
#define MAX_EXCERPT 200   /* characters of a reply's body that are worth keeping */
#define KEEP_NAMES_S 300L /* a look-up costs a thread */
#define KEEP_CA_S 60L     /* a bundle that was replaced is noticed within that time */
#define MAX_RETRY_AFTER_S (30 * 24 * 3600)
#define READ_BYTES 1024L /* at a time; allocated for each request, and replies are short */

struct http_policy *http_policy_new(const struct http_settings *s, GError **error)
{
    struct egress *e = egress_new(s->allow_networks, error);
    if (!e) {
        return NULL;
    }
    struct http_policy *p = g_new0(struct http_policy, 1);
    *p = (struct http_policy){
        .refs = 1,
        .allow_http = s->allow_http,
        .egress = e,
        .ca_file = g_strdup(s->ca_file && *s->ca_file ? s->ca_file : SYSTEM_CA),
        .connect_timeout_ms = s->connect_timeout_s * 1000L,
        .timeout_ms = s->timeout_s * 1000L,
        .max_reply_bytes = (size_t)MAX(s->max_reply_bytes, 0),
        .max_connections = MAX(s->max_connections, 1),
    };
    return p;
}

void http_policy_unref(struct http_policy *p)
{
    if (p && --p->refs == 0) {
        egress_free(p->egress);
        g_free(p->ca_file);
        g_free(p);
    }
}

/* One line of the head, the blank one that ends it included. */
static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
    struct http_call *call = ctx;
    size_t len = size * n;
    call->header_bytes += len;
    if (call->header_bytes > MAX_HEADER_BYTES) {
        call->too_much = "the reply's headers are too large";
        return 0;
    }
    if (len > 5 && memcmp(line, "HTTP/", 5) == 0) {
        const char *blank = memchr(line, ' ', len);
        size_t skip = blank ? (size_t)(blank - line) + 1 : len;
        g_string_truncate(call->status, 0);
        g_string_append_len(call->status, line + skip, (gssize)MIN(len - skip, OUTCOME_REPLY_MAX));
    } else if ((line[0] == '\r' || line[0] == '\n') && call->status->str[0] != '1') {
        call->head_done = true;
    }
    return len;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct http_call *call = ctx;
    size_t len = size * n;
    call->reply_bytes += len;
    if (call->reply->len < OUTCOME_REPLY_MAX) {
        g_string_append_len(call->reply, data, (gssize)MIN(len, OUTCOME_REPLY_MAX));
    }
    if (call->reply_bytes > call->policy->max_reply_bytes) {
        call->too_much = "the reply is too large";
        return 0;
    }
    return len;
}

static void deny(struct http_call *call, const char *address)
{
    g_free(call->denied);
    call->denied = g_strdup(address);
}

static curl_socket_t on_open(void *ctx, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)purpose;
    struct http_call *call = ctx;
    if (egress_allows(call->policy->egress, &a->addr)) {
        call->opened = true;
        int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
        if (fd < 0)
            return CURL_SOCKET_BAD;
        http_sockets_opened(call->sockets, fd);
        return fd;
    }
    const struct sockaddr *sa = &a->addr;
    char text[INET6_ADDRSTRLEN] = "of an unknown family";
    const void *bytes =
        a->family == AF_INET6
            ? (const void *)&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr
            : (const void *)&((const struct sockaddr_in *)(const void *)sa)->sin_addr;
    inet_ntop(a->family, bytes, text, sizeof text);
    deny(call, text);
    return CURL_SOCKET_BAD;
}

/* The connection may be older than any call there is. */
static int on_close(void *sockets, curl_socket_t fd)
{
    return http_sockets_close(sockets, fd);
}

/* A kept connection may be older than the policy. */
static int on_request(void *ctx, char *ip, char *local_ip, int port, int local_port)
{
    (void)local_ip;
    (void)port;
    (void)local_port;
    struct http_call *call = ctx;
    call->asked = true;
    if (egress_allows_text(call->policy->egress, ip)) {
        return CURL_PREREQFUNC_OK;
    }
    call->opened = false;
    deny(call, ip);
    return CURL_PREREQFUNC_ABORT;
}

static void set_callbacks(struct http_call *call)
{
    CURL *e = call->easy;
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_open);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, call);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, call->sockets);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_request);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, call);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, call->error);
    curl_easy_setopt(e, CURLOPT_PRIVATE, call);
}

static void set_limits(struct http_call *call)
{
    CURL *e = call->easy;
    const struct http_policy *p = call->policy;
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, p->allow_http ? "http,https" : "https");
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, p->connect_timeout_ms);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, p->timeout_ms);
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, KEEP_NAMES_S);
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(e, CURLOPT_BUFFERSIZE, READ_BYTES);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_CAINFO, p->ca_file);
    curl_easy_setopt(e, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(e, CURLOPT_CA_CACHE_TIMEOUT, KEEP_CA_S);
}

struct http_call *http_call_new(struct http_policy *p, struct http_sockets *s)
{
    struct http_call *call = g_new0(struct http_call, 1);
    p->refs++;
    call->policy = p;
    call->sockets = s;
    call->easy = curl_easy_init();
    g_assert(call->easy);
    call->link.data = call;
    call->error = g_malloc0(CURL_ERROR_SIZE);
    call->status = g_string_new(NULL);
    call->reply = g_string_new(NULL);
    set_callbacks(call);
    set_limits(call);
    return call;
}

void http_call_free(struct http_call *call)
{
    http_call_end(call);
    curl_easy_cleanup(call->easy);
    http_policy_unref(call->policy);
    g_string_free(call->status, TRUE);
    g_string_free(call->reply, TRUE);
    g_free(call->error);
    g_free(call);
}

static void forget_reply(struct http_call *call)
{
    g_string_truncate(call->status, 0);
    g_string_truncate(call->reply, 0);
    g_clear_pointer(&call->denied, g_free);
    call->error[0] = '\0';
    call->opened = call->asked = call->head_done = false;
    call->header_bytes = call->reply_bytes = 0;
    call->too_much = NULL;
}

static void set_request(struct http_call *call, const struct http_request *r)
{
    CURL *e = call->easy;
    curl_easy_setopt(e, CURLOPT_URL, r ? r->url : NULL);
    curl_easy_setopt(e, CURLOPT_CURLU, r ? r->parsed : NULL);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, r && r->body ? r->body : "");
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, r ? (curl_off_t)r->body_len : 0);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, r ? r->lines : NULL);
}

void http_call_begin(struct http_call *call, struct http_request *r)
{
    const struct clock *clock = clock_system();
    call->request = r;
    set_request(call, r);
    call->start_ms = clock->monotonic_ms(clock);
}

void http_call_end(struct http_call *call)
{
    set_request(call, NULL);
    forget_reply(call);
    g_clear_pointer(&call->request, http_request_free);
}

/* What libcurl counts is of the request before, until this one is begun. */
static bool request_was_sent(struct http_call *call)
{
    curl_off_t sent = 0;
    long request = 0;
    curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &request);
    return call->asked && request > 0 && sent >= (curl_off_t)call->request->body_len;
}

/* "503 Service Unavailable: the beginning of the body" */
static char *peer_words(struct http_call *call, long code)
{
    char *status = g_strchomp(text_clean_line(call->status->str));
    if (code / 100 == 2)
        return status;
    g_autofree char *alone = status;
    g_autofree char *line = text_clean_line(call->reply->str);
    g_autofree char *excerpt = text_ellipsize(g_strchug(line), MAX_EXCERPT);
    const char *where = NULL;
    if (code / 100 == 3 &&
        curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &where) == CURLE_OK && where)
        return g_strdup_printf("%s: redirects are not followed (to %s)", alone, where);
    return g_strdup_printf("%s%s%s", alone, *excerpt ? ": " : "", excerpt);
}

static struct outcome *by_status(struct http_call *call, long code)
{
    enum outcome_kind kind = OUTCOME_REFUSED;
    if (code / 100 == 2) {
        kind = OUTCOME_ACCEPTED;
    } else if (code / 100 == 5 || code == 408 || code == 425 || code == 429) {
        kind = OUTCOME_DEFERRED;
    }
    g_autofree char *words = peer_words(call, code);
    struct outcome *o = outcome_new(kind, (int)code, words);
    o->endpoint_gone = code == 410;
    curl_off_t wait_s = 0;
    if (kind == OUTCOME_DEFERRED) {
        curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &wait_s);
        o->retry_after_ms = CLAMP(wait_s, 0, MAX_RETRY_AFTER_S) * 1000;
    }
    return o;
}

static const char *our_words(const struct http_call *call, CURLcode rc, bool aborted, bool sent)
{
    if (aborted) {
        return sent ? "stopped before the answer came" : "stopped before it was sent";
    }
    if (call->too_much) {
        return call->too_much;
    }
    if (rc == CURLE_OUT_OF_MEMORY) { /* libcurl's word for a line above its own limit */
        return "a header of the reply is too long";
    }
    if (rc == CURLE_OPERATION_TIMEDOUT) {
        return sent ? "no answer in time" : "no connection in time";
    }
    return call->error[0] ? call->error : curl_easy_strerror(rc);
}

/* Names what an operator needs to judge it, and the key that would allow it. */
static char *denial(const struct http_call *call)
{
    g_autofree char *host = NULL;
    g_uri_split_network(call->request->url, G_URI_FLAGS_NONE, NULL, &host, NULL, NULL);
    return g_strdup_printf("host %s: address %s is inside and not allowed, nothing was sent"
                           " (webhook.allow_networks)",
                           host ? host : "of the URL", call->denied);
}

static struct outcome *conclude(struct http_call *call, CURLcode rc, bool aborted)
{
    long code = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &code);
    if (call->head_done && code >= 200) {
        return by_status(call, code);
    }
    if (call->denied && !call->opened) {
        g_autofree char *words = denial(call);
        return outcome_new(OUTCOME_REFUSED, 0, words);
    }
    bool sent = request_was_sent(call);
    if (!sent && (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL)) {
        return outcome_new(OUTCOME_REFUSED, 0, our_words(call, rc, false, false));
    }
    return outcome_new(sent ? OUTCOME_UNKNOWN : OUTCOME_DEFERRED, 0,
                       our_words(call, rc, aborted, sent));
}

struct outcome *http_call_outcome(struct http_call *call, int rc, bool aborted)
{
    const struct clock *clock = clock_system();
    struct outcome *o = conclude(call, (CURLcode)rc, aborted);
    o->duration_ms = clock->monotonic_ms(clock) - call->start_ms;
    return o;
}
