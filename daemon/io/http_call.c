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

struct http_call *http_call_new(struct http_policy *p, const char *url, const char *body,
                                size_t len, const GPtrArray *headers)
{
    struct http_call *call = g_new0(struct http_call, 1);
    p->refs++;
    call->policy = p;
    call->url = g_strdup(url);
    call->body = g_memdup2(body, len);
    call->body_len = len;
    call->header_lines = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; headers && i < headers->len; i++) {
        g_ptr_array_add(call->header_lines, g_strdup(g_ptr_array_index(headers, i)));
    }
    call->error = g_malloc0(CURL_ERROR_SIZE);
    call->status = g_string_new(NULL);
    call->reply = g_string_new(NULL);
    return call;
}

void http_call_free(struct http_call *call)
{
    curl_slist_free_all(call->headers);
    http_policy_unref(call->policy);
    g_ptr_array_unref(call->header_lines);
    g_string_free(call->status, TRUE);
    g_string_free(call->reply, TRUE);
    g_free(call->url);
    g_free(call->body);
    g_free(call->error);
    g_free(call->denied);
    g_free(call);
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
    if (egress_allows_text(call->policy->egress, ip)) {
        return CURL_PREREQFUNC_OK;
    }
    call->opened = false;
    deny(call, ip);
    return CURL_PREREQFUNC_ABORT;
}

static void set_request(struct http_call *call)
{
    CURL *e = call->easy;
    curl_easy_setopt(e, CURLOPT_URL, call->url);
    curl_easy_setopt(e, CURLOPT_POST, 1L);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, call->body ? call->body : "");
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
    for (guint i = 0; i < call->header_lines->len; i++) {
        call->headers = curl_slist_append(call->headers, g_ptr_array_index(call->header_lines, i));
    }
    call->headers = curl_slist_append(call->headers, "Expect:"); /* never wait for a 100 */
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, call->headers);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "liaisond/" LIAISOND_VERSION);
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

char *http_call_fault(const struct http_call *call)
{
    if (!call->policy->allow_http && g_ascii_strncasecmp(call->url, "http:", 5) == 0) {
        return g_strdup("plain http is not allowed, only https");
    }
    for (guint i = 0; i < call->header_lines->len; i++) {
        if (text_has_control(g_ptr_array_index(call->header_lines, i))) {
            return g_strdup("a request header holds a control character");
        }
    }
    return NULL;
}

void http_call_prepare(struct http_call *call, void *easy, struct http_sockets *sockets)
{
    call->easy = easy;
    call->sockets = sockets;
    set_request(call);
    set_limits(call);
    const struct clock *clock = clock_system();
    call->start_ms = clock->monotonic_ms(clock);
}

static bool request_was_sent(struct http_call *call)
{
    curl_off_t sent = 0;
    long request = 0;
    curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(call->easy, CURLINFO_REQUEST_SIZE, &request);
    return request > 0 && sent >= (curl_off_t)call->body_len;
}

/* "503 Service Unavailable: the beginning of the body" */
static char *peer_words(struct http_call *call, long code)
{
    g_autofree char *status = text_clean_line(call->status->str);
    g_autofree char *line = text_clean_line(call->reply->str);
    g_autofree char *excerpt = text_ellipsize(g_strchug(line), MAX_EXCERPT);
    const char *where = NULL;
    if (code / 100 == 3 &&
        curl_easy_getinfo(call->easy, CURLINFO_REDIRECT_URL, &where) == CURLE_OK && where) {
        return g_strdup_printf("%s: redirects are not followed (to %s)", g_strchomp(status), where);
    }
    bool more = *excerpt && code / 100 != 2;
    return g_strdup_printf("%s%s%s", g_strchomp(status), more ? ": " : "", more ? excerpt : "");
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
    g_uri_split_network(call->url, G_URI_FLAGS_NONE, NULL, &host, NULL, NULL);
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
    if (!call->easy) {
        return outcome_new(OUTCOME_DEFERRED, 0, "stopped before it was sent");
    }
    const struct clock *clock = clock_system();
    struct outcome *o = conclude(call, (CURLcode)rc, aborted);
    o->duration_ms = clock->monotonic_ms(clock) - call->start_ms;
    return o;
}
