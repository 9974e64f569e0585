#include "api/http_refusal.h"

#include "api/problem.h"
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_MAX_BYTES 2048 /* evhttp's are a few hundred */

/* The status of a whole page of evhttp's own, 0: it is something else. */
static int status_of(const char *text)
{
    const char *body = strstr(text, "\r\n\r\n");
    const char *html = strstr(text, "\r\nContent-Type: text/html\r\n");
    gint64 status = g_str_has_prefix(text, "HTTP/1.") && strlen(text) > 9
                        ? g_ascii_strtoll(text + 9, NULL, 10)
                        : 0;

    return body && html && html < body && status >= 400 && status < 500 ? (int)status : 0;
}

static const struct refusal {
    int status;
    const char *code, *detail;
} refusals[] = {
    { 400, "bad-request",
      "this is not understood as HTTP/1.1: the version, the size of the headers or the length of "
      "the body is not as it must be" },
    { 413, "too-large", "the body is longer than any that is taken" },
    { 417, "expectation", "no expectation is met but 100-continue" },
    { 0, NULL, NULL },
};

void http_refusal_mend(struct evbuffer *out)
{
    char text[PAGE_MAX_BYTES + 1];
    ev_ssize_t n = evbuffer_copyout(out, text, PAGE_MAX_BYTES);

    text[MAX(n, 0)] = '\0';
    const struct refusal *r = refusals;
    int status = status_of(text);
    while (r->status && r->status != status)
        r++;
    if (!r->status)
        return;
    json_t *problem = problem_json(status, r->code, r->detail, NULL);
    char *body = json_dumps(problem, JSON_COMPACT);
    evbuffer_drain(out, evbuffer_get_length(out));
    evbuffer_add_printf(out,
                        "HTTP/1.1 %d %s\r\nContent-Type: " PROBLEM_TYPE "\r\nConnection: close\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        status, problem_status_text(status), strlen(body), body);
    free(body);
    json_decref(problem);
}
