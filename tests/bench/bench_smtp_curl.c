/*
 * bench_smtp_curl - the same by libcurl: a thread and an easy handle a connection.
 *
 *   bench_smtp_curl PORT COUNT THREADS BYTES
 */
#include "yardstick.h"
#include <curl/curl.h>
#include <string.h>

struct text {
    GString *bytes;
    gsize at;
};

static char *url;
static gint count, next, bytes;

static size_t read_text(char *to, size_t size, size_t n, void *data)
{
    struct text *t = data;
    const size_t len = MIN(size * n, t->bytes->len - t->at);
    memcpy(to, t->bytes->str + t->at, len);
    t->at += len;
    return len;
}

static size_t ignore(char *data, size_t size, size_t n, void *user)
{
    (void)data;
    (void)user;
    return size * n;
}

static void send_one(CURL *easy, int number)
{
    struct text text = { .bytes = g_string_sized_new((gsize)bytes + 512) };
    g_autofree char *to = g_strdup_printf("liaison-%d@mission.example", number);
    struct curl_slist *rcpt = curl_slist_append(NULL, to);
    yardstick_mail(text.bytes, "curl", (uint64_t)number, (size_t)bytes);
    g_string_truncate(text.bytes, text.bytes->len - 3); /* curl says the dot */
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, "bench@dss.example");
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, rcpt);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_text);
    curl_easy_setopt(easy, CURLOPT_READDATA, &text);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    const CURLcode rc = curl_easy_perform(easy);
    if (rc != CURLE_OK)
        g_error("curl: %s", curl_easy_strerror(rc));
    curl_slist_free_all(rcpt);
    g_string_free(text.bytes, TRUE);
}

static gpointer work(gpointer unused)
{
    CURL *easy = curl_easy_init();
    for (int n; (n = g_atomic_int_add(&next, 1)) < count;)
        send_one(easy, n);
    curl_easy_cleanup(easy);
    return unused;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: bench_smtp_curl PORT COUNT THREADS BYTES\n");
        return 2;
    }
    curl_global_init(CURL_GLOBAL_DEFAULT);
    url = g_strdup_printf("smtp://127.0.0.1:%s/bench", argv[1]);
    count = (gint)g_ascii_strtoll(argv[2], NULL, 10);
    bytes = (gint)g_ascii_strtoll(argv[4], NULL, 10);
    const guint n = (guint)g_ascii_strtoull(argv[3], NULL, 10);
    GThread **threads = g_new0(GThread *, n);
    const int64_t begun = g_get_monotonic_time();
    for (guint i = 0; i < n; i++)
        threads[i] = g_thread_new("bench", work, NULL);
    for (guint i = 0; i < n; i++)
        g_thread_join(threads[i]);
    yardstick_tell((uint64_t)count, begun);
    return 0;
}
