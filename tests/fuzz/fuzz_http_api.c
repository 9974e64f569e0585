/* The bytes of a connection into the whole service: parsing, gate, routes, store.  Nothing ends it,
 * nothing is answered with 500, every connection ends, and every answer is HTTP.
 *
 * The first byte chooses the door: p is the one of the public pages, s is that too, but the rest is
 * an answer that its webhook's owner signs, everything else the operators' socket.  An input names
 * a broadcast that there is, a personal link of it and its code by the placeholders below. */
#include "api_world.h"
#include "fuzz_parts.h"
#include "model/link.h"
#include "wire/webhook_signature.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define WORLD_NOW_S "1795444200"
#define INPUTS_A_WORLD 3000
#define SILENCE_MS 50 /* then we hang up on what is incomplete */
#define END_MS 20000

/* Behind every input, so that a connection that is still good ends. */
static const char farewell[] = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

static const char matter[] =
    "{\"kind\":\"assistance-request\",\"mission\":\"fr-chicago\",\"body\":{\"subject\":\"Emergency "
    "Reaction Plans\",\"concerns\":\"A fire.\",\"objectives\":\"A "
    "plan.\",\"coordinator\":\"Deputy\"}}";

static struct world *world;
static struct placeholder { /* replaced by what is as long */
    const char *written;
    char *is;
} placeholders[] = {
    { "00000000-0000-7000-8000-00000000000b", NULL },
    { "a-personal-link-token.", NULL },
    { "c0d3c0", NULL },
    { "a-webhooks-link-token.", NULL },
};
#define WEBHOOK "https://fr-chicago.example/hook" /* of world_representatives_csv */

static int last_status; /* while links are looked for */

static void check_found(unsigned n)
{
    if (n == 10)
        g_error("no notification of a new world has such a link; the last answer was %d",
                last_status);
}

static void learn(size_t i, const char *is)
{
    g_assert(strlen(is) == strlen(placeholders[i].written));
    g_free(placeholders[i].is);
    placeholders[i].is = g_strdup(is);
}

/* The request that posts an answer, signed as the owner of WEBHOOK does; caller frees. */
static char *signed_answer(const char *body)
{
    static unsigned number;
    struct webhook_keys keys = { .masters = NULL };
    g_autofree char *why = NULL, *id = g_strdup_printf("answer-%u", ++number % 50);

    g_assert(webhook_keys_parse(&keys, world_master_key, &why));
    g_autofree char *signature = webhook_signature_make(&keys, WEBHOOK, id, WORLD_NOW_S, body);
    webhook_keys_clear(&keys);
    return g_strdup_printf("POST /v1/acknowledgements HTTP/1.1\r\nHost: x\r\n"
                           "Content-Type: application/json\r\nX-Forwarded-For: 198.51.%u.%u\r\n"
                           "webhook-id: %s\r\nwebhook-timestamp: " WORLD_NOW_S
                           "\r\nwebhook-signature: %s\r\nContent-Length: %zu\r\n\r\n%s",
                           number / 250 % 250, number % 250, id, signature, strlen(body), body);
}

static void make_link(const char *id, unsigned n, struct link *link)
{
    gsize len;
    g_autofree guchar *secret = g_base64_decode(world_master_key, &len);
    g_autoptr(GBytes) master = g_bytes_new(secret, len);
    g_autofree char *key = g_strdup_printf("%s.%u", id, n);

    link_make(link, master, key);
}

/* Does the n-th notification carry a link? */
static bool has_link(const char *id, unsigned n, struct link *link)
{
    make_link(id, n, link);
    g_autofree char *target = g_strconcat("/a/", link->token, NULL);
    struct reply r = world_ask_pages(world, "GET", target, "", NULL);
    bool found = (last_status = r.status) == 200;
    reply_clear(&r);
    return found;
}

/* Is it one over the webhook? */
static bool is_of_webhook(const struct link *link)
{
    g_autofree char *body =
        g_strdup_printf("{\"token\":\"%s\",\"answer\":\"not-affected\"}", link->token);
    g_autofree char *request = signed_answer(body);
    int fd = client_tcp(world_pages_port(world));

    client_send(fd, request, strlen(request));
    struct reply r = client_read_reply(fd);
    bool found = (last_status = r.status) == 200;
    reply_clear(&r);
    close(fd);
    return found;
}

static void learn_placeholders(const struct reply *sent)
{
    json_t *o = reply_json(sent);
    const char *id = json_string_value(json_object_get(o, "id"));
    struct link link;
    unsigned n = 0;

    while (n < 10 && !has_link(id, n, &link))
        n++;
    check_found(n);
    learn(0, id);
    learn(1, link.token);
    learn(2, link.code);
    for (n = 0; n < 10 && !(has_link(id, n, &link) && is_of_webhook(&link)); n++) {
    }
    check_found(n);
    learn(3, link.token);
    json_decref(o);
}

static void fill_in(char *bytes, size_t size)
{
    for (size_t i = 0; i < G_N_ELEMENTS(placeholders); i++) {
        const struct placeholder *p = &placeholders[i];
        size_t len = strlen(p->written);
        for (char *at = bytes; (at = memmem(at, size - (size_t)(at - bytes), p->written, len));)
            memcpy(at, p->is, len);
    }
}

static void end_world(void)
{
    if (world)
        world_stop(world);
}

static void new_world(void)
{
    bool first = !world;

    end_world();
    world = world_start("}; acknowledge: { base_url = \"https://pages.example\";"
                        " address = \"127.0.0.1:1\";"
                        " forwarded_from = [\"127.0.0.1/32\"]; };"
                        " cap: { attach_resources = 65536L;");
    world_import(world);
    struct reply r = world_post(world, "/v1/broadcasts", world_broadcast);
    g_assert(r.status == 201);
    learn_placeholders(&r);
    reply_clear(&r);
    r = world_post(world, "/v1/matters", matter);
    g_assert(r.status == 201);
    reply_clear(&r);
    if (first)
        atexit(end_world); /* before what the libraries that it uses have registered */
}

static void say(int fd, const void *bytes, size_t len)
{
    for (const char *at = bytes; len > 0;) {
        ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* it has hung up on us */
        at += n;
        len -= (size_t)n;
    }
}

static void read_to_the_end(int fd, GString *got)
{
    char part[65536];
    bool hung_up = false;

    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        int ready = poll(&p, 1, hung_up ? END_MS : SILENCE_MS);
        g_assert(ready > 0 || !hung_up);
        if (ready == 0) {
            hung_up = true;
            shutdown(fd, SHUT_WR);
            continue;
        }
        ssize_t n = recv(fd, part, sizeof part, 0);
        if (n <= 0)
            return;
        g_string_append_len(got, part, n);
    }
}

static void check_answers(const GString *got)
{
    static const char begin[] = "HTTP/1.";

    if (got->len == 0)
        return;
    g_assert(got->len > 12 && g_str_has_prefix(got->str, begin));
    for (const char *at = got->str; (at = strstr(at, "HTTP/1.1 500 ")); at++)
        g_error("an answer of 500: %s", got->str);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned inputs;

    if (size < 1)
        return 0;
    if (inputs++ % INPUTS_A_WORLD == 0)
        new_world();
    int fd = *data == 'p' || *data == 's' ? client_tcp(world_pages_port(world))
                                          : client_unix(world_socket(world));
    g_autoptr(GString) got = g_string_new(NULL);
    g_autofree char *bytes = g_memdup2(data, size);
    fill_in(bytes, size);
    if (*data == 's') {
        g_autofree char *body = g_strndup(bytes + 1, size - 1), *request = signed_answer(body);
        say(fd, request, strlen(request));
    } else {
        say(fd, bytes + 1, size - 1);
    }
    say(fd, farewell, sizeof farewell - 1);
    read_to_the_end(fd, got);
    close(fd);
    check_answers(got);
    return 0;
}
