/* Whatever a relay says in a whole session, the mail has an outcome, and is called accepted only
 * where a 2xx followed the body. */
#include "fuzz_parts.h"
#include "fuzz_peer.h"
#include "io/config.h"
#include "io/smtp_worker.h"
#include <curl/curl.h>

static struct smtp_relay *relay(void)
{
    struct smtp_settings s = { .host = "127.0.0.1",
                               .port = fuzz_peer_port(FUZZ_PEER_SPEAKS_FIRST),
                               .starttls = TLS_OPTIONAL,
                               .ca_file = "",
                               .user = "user",
                               .password = "password",
                               .hello = "node.dss.example",
                               .connections = 1,
                               .connect_timeout_s = 5,
                               .reply_timeout_s = 5,
                               .message_timeout_s = 10 };
    return smtp_relay_new(&s);
}

/* NULs cut the script into pieces and are not said: a reply may come in several. */
static gboolean is_said(const uint8_t *data, size_t size, const char *what)
{
    g_autoptr(GString) said = g_string_new(NULL);
    for (size_t i = 0; i < size; i++)
        if (data[i])
            g_string_append_c(said, (char)data[i]);
    return strstr(said->str, what) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char text[] = "Subject: x\r\n\r\n.\r\n..text\r\n";
    static struct smtp_relay *to;
    gboolean session;

    if (!to) {
        curl_global_init(CURL_GLOBAL_DEFAULT);
        to = relay();
    }
    fuzz_peer_script(data, size);
    struct smtp_worker *w = smtp_worker_new();
    g_autoptr(GBytes) message = g_bytes_new_static(text, sizeof text - 1);
    struct outcome *o =
        smtp_worker_send(w, to, "desk@dss.example", "one@mission.example", message, &session);
    g_assert(o->reply && strlen(o->reply) <= OUTCOME_REPLY_MAX);
    if (o->kind == OUTCOME_ACCEPTED)
        g_assert(session && o->code / 100 == 2 && is_said(data, size, "354"));
    g_assert(session || o->kind == OUTCOME_DEFERRED);
    outcome_free(o);
    smtp_worker_free(w);
    return 0;
}
