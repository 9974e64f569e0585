/*
 * bench_webhook - a bare webhook client: libcurl's multi interface over epoll, each call signed.
 *
 *   bench_webhook PORT COUNT CONCURRENCY BYTES [ROUNDS]
 *
 * Posts BYTES to COUNT paths of 127.0.0.1, ROUNDS times with its connections kept, each signed by
 * Standard Webhooks (HMAC-SHA-256 of id, time and body), and prints the figures of each round.
 */
#include "yardstick.h"
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <sys/epoll.h>

static CURLM *multi;
static int loop;
static int64_t timer_us; /* -1: none */
static char *port, *body, *run = "0";
static guint count, next, done, concurrency;

static size_t ignore(char *data, size_t size, size_t n, void *user)
{
    (void)data;
    (void)user;
    return size * n;
}

static struct curl_slist *signed_headers(guint number)
{
    static const guchar key[32] = "a key of the bench, 32 bytes....";
    g_autofree char *id = g_strdup_printf("01920000-0000-7000-8000-%s-%u", run, number);
    g_autofree char *now = g_strdup_printf("%" PRId64, g_get_real_time() / 1000000);
    g_autofree char *text = g_strconcat(id, ".", now, ".", body, NULL);
    guchar mac[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    HMAC(EVP_sha256(), key, sizeof key, (const guchar *)text, strlen(text), mac, &len);
    g_autofree char *base64 = g_base64_encode(mac, len);
    g_autofree char *h1 = g_strconcat("webhook-id: ", id, NULL);
    g_autofree char *h2 = g_strconcat("webhook-timestamp: ", now, NULL);
    g_autofree char *h3 = g_strconcat("webhook-signature: v1,", base64, NULL);
    struct curl_slist *list = curl_slist_append(NULL, "Content-Type: application/json");
    list = curl_slist_append(list, "Expect:");
    list = curl_slist_append(list, h1);
    list = curl_slist_append(list, h2);
    return curl_slist_append(list, h3);
}

static void start_one(CURL *easy)
{
    g_autofree char *url = g_strdup_printf("http://127.0.0.1:%s/hook/%u", port, next);
    struct curl_slist *headers = signed_headers(next++);
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, headers);
    curl_multi_add_handle(multi, easy);
}

static void finish_all(void)
{
    int left;
    for (CURLMsg *m; (m = curl_multi_info_read(multi, &left)) != NULL;) {
        CURL *easy = m->easy_handle;
        struct curl_slist *headers;
        long code = 0;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &headers);
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
        if (m->data.result != CURLE_OK || code != 200)
            g_error("curl: %s, %ld", curl_easy_strerror(m->data.result), code);
        curl_multi_remove_handle(multi, easy);
        curl_slist_free_all(headers);
        done++;
        if (next < count)
            start_one(easy);
        else
            curl_easy_cleanup(easy);
    }
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
    struct epoll_event e = { .data.fd = fd };
    (void)easy;
    (void)user;
    e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    epoll_ctl(loop,
              what == CURL_POLL_REMOVE ? EPOLL_CTL_DEL
              : known                  ? EPOLL_CTL_MOD
                                       : EPOLL_CTL_ADD,
              fd, &e);
    curl_multi_assign(multi, fd, what == CURL_POLL_REMOVE ? NULL : &loop);
    return 0;
}

static int on_timer(CURLM *m, long ms, void *user)
{
    (void)m;
    (void)user;
    timer_us = ms < 0 ? -1 : g_get_monotonic_time() + ms * 1000;
    return 0;
}

static void turn(void)
{
    struct epoll_event events[256];
    const int64_t left = timer_us < 0 ? 1000000 : timer_us - g_get_monotonic_time();
    const int n = epoll_wait(loop, events, G_N_ELEMENTS(events), (int)(MAX(left, 0) / 1000));
    int running;
    for (int i = 0; i < n; i++)
        curl_multi_socket_action(multi, events[i].data.fd,
                                 (events[i].events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                                     (events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0),
                                 &running);
    if (timer_us >= 0 && g_get_monotonic_time() >= timer_us) {
        timer_us = -1;
        curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    finish_all();
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: bench_webhook PORT COUNT CONCURRENCY BYTES [ROUNDS]\n");
        return 2;
    }
    port = argv[1];
    count = (guint)g_ascii_strtoull(argv[2], NULL, 10);
    concurrency = (guint)g_ascii_strtoull(argv[3], NULL, 10);
    body = g_strnfill((gsize)g_ascii_strtoull(argv[4], NULL, 10), 'x');
    curl_global_init(CURL_GLOBAL_DEFAULT);
    loop = epoll_create1(EPOLL_CLOEXEC);
    multi = curl_multi_init();
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)concurrency);
    for (int rounds = argc > 5 ? (int)g_ascii_strtoll(argv[5], NULL, 10) : 1; rounds > 0;
         rounds--) {
        const int64_t begun = g_get_monotonic_time(), cpu = yardstick_cpu_us();
        g_autofree char *word = g_strdup_printf("%d", rounds);
        run = word;
        for (next = done = 0; next < MIN(concurrency, count);)
            start_one(curl_easy_init());
        while (done < count)
            turn();
        printf("{\"count\":%u,\"begun_us\":%" PRId64 ",\"wall_us\":%" PRId64 ",\"cpu_us\":%" PRId64
               "}\n",
               count, begun, g_get_monotonic_time() - begun, yardstick_cpu_us() - cpu);
    }
    return 0;
}
