/* Whatever a webhook answers, the call has one outcome, bounded, and only a 2xx is a success. */
#include "fuzz_parts.h"
#include "fuzz_peer.h"
#include "io/http_client.h"
#include "io/loop.h"
#include <curl/curl.h>

static struct loop *loop;
static unsigned outcomes;

static void done(struct outcome *o, void *ctx)
{
    (void)ctx;
    g_assert(o->reply && strlen(o->reply) <= OUTCOME_REPLY_MAX && o->retry_after_ms >= 0);
    g_assert((o->kind == OUTCOME_ACCEPTED) == (o->code / 100 == 2));
    g_assert(o->endpoint_gone == (o->code == 410));
    outcome_free(o);
    outcomes++;
    loop_stop(loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int port = fuzz_peer_port(FUZZ_PEER_LISTENS);
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%d/hook", port);
    g_autoptr(GPtrArray) inside = g_ptr_array_new();
    GPtrArray *headers = g_ptr_array_new();

    g_ptr_array_add(inside, (gpointer) "127.0.0.0/8");
    g_ptr_array_add(headers, (gpointer) "webhook-id: 1");
    if (!loop) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        loop = loop_new(NULL);
    }
    struct http_settings s = { .allow_http = true,
                               .allow_networks = inside,
                               .ca_file = "",
                               .connect_timeout_s = 5,
                               .timeout_s = 10,
                               .max_reply_bytes = 4096,
                               .max_connections = 1 };
    fuzz_peer_script(data, size);
    struct http_client *c = http_client_new(loop, &s, NULL);
    unsigned before = outcomes;
    http_client_post(c, http_request_new(url, g_strdup("{}"), 2, headers), done, NULL);
    loop_run(loop);
    g_assert(outcomes == before + 1);
    http_client_free(c);
    g_assert(outcomes == before + 1);
    return 0;
}
