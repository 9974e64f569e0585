#include "net_case.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/log.h"
#include "io/config.h"
#include "io/loop.h"

int net_case_set_up(void **state)
{
    struct net_case *n = g_new0(struct net_case, 1);
    n->loop = loop_new(NULL);
    n->outcomes = g_ptr_array_new_with_free_func((GDestroyNotify)outcome_free);
    *state = n;
    return n->loop ? 0 : -1;
}

int net_case_tear_down(void **state)
{
    struct net_case *n = *state;
    loop_free(n->loop);
    g_ptr_array_unref(n->outcomes);
    g_free(n);
    return 0;
}

int net_case_libraries(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : -1;
}

void net_case_done(struct outcome *o, void *ctx)
{
    struct net_case *n = ctx;
    g_ptr_array_add(n->outcomes, o);
    if (n->outcomes->len == n->wanted) {
        loop_stop(n->loop);
    }
}

void net_case_wait(struct net_case *n, unsigned outcomes)
{
    n->wanted = outcomes;
    if (n->outcomes->len < outcomes) {
        loop_run(n->loop);
    }
    assert_int_equal(n->outcomes->len, outcomes);
}

const struct outcome *net_case_outcome(struct net_case *n, unsigned i)
{
    return g_ptr_array_index(n->outcomes, i);
}

void net_case_check(const struct outcome *o, enum outcome_kind kind, const char *part_of_reply)
{
    if (o->kind != kind || !strstr(o->reply, part_of_reply)) {
        fail_msg("%s: %s", outcome_names[o->kind], o->reply);
    }
}

struct smtp_settings net_case_relay(int port)
{
    return (struct smtp_settings){ .host = "127.0.0.1",
                                   .port = port,
                                   .starttls = TLS_OFF,
                                   .ca_file = "",
                                   .user = "",
                                   .password = "",
                                   .hello = "test.example",
                                   .connections = 1,
                                   .connect_timeout_s = 5,
                                   .reply_timeout_s = 1,
                                   .message_timeout_s = 20 };
}

GBytes *net_case_message(gsize bytes)
{
    GString *s = g_string_new("Subject: test\r\n\r\n");
    while (s->len < bytes) {
        g_string_append(s, ".a line that begins with a dot\r\n");
    }
    gsize len = s->len;
    return g_bytes_new_take(g_string_free(s, FALSE), len);
}

void net_case_mail(struct net_case *n, struct smtp_client *c, const char *to, gsize bytes)
{
    g_autoptr(GBytes) m = net_case_message(bytes);
    smtp_client_send(c, "desk@dss.example", to, g_bytes_ref(m), NULL, net_case_done, n);
}

struct http_settings net_case_webhooks(GPtrArray *networks)
{
    return (struct http_settings){ .allow_http = true,
                                   .allow_networks = networks,
                                   .ca_file = "",
                                   .connect_timeout_s = 5,
                                   .timeout_s = 1,
                                   .max_reply_bytes = 100000,
                                   .max_connections = 4 };
}

GPtrArray *net_case_loopback(void)
{
    GPtrArray *a = g_ptr_array_new();
    g_ptr_array_add(a, (char *)"127.0.0.0/8");
    return a;
}

void net_case_post(struct net_case *f, struct http_client *c, const char *scheme, int port)
{
    g_autofree char *url = g_strdup_printf("%s://127.0.0.1:%d/hook", scheme, port);
    GPtrArray *headers = g_ptr_array_new();
    g_ptr_array_add(headers, (char *)"Content-Type: application/cloudevents+json");
    g_ptr_array_add(headers, (char *)"webhook-id: 42");
    struct http_request *r = http_request_new(url, g_strdup("{\"a\":1}"), 7, headers);
    http_client_post(c, r, net_case_done, f);
}
