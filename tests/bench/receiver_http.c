#include "receiver.h"
#include <string.h>

/* Where the value of a header begins; NULL: there is no such header.  head ends in an empty line.
 */
static const char *header(const char *head, size_t len, const char *name)
{
    const size_t n = strlen(name);
    const char *at = head, *end = head + len;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        if ((size_t)(end - at) > n && at[n] == ':' && g_ascii_strncasecmp(at, name, n) == 0)
            return at + n + 1 + strspn(at + n + 1, " ");
    }
    return NULL;
}

bool receiver_http(struct peer *p)
{
    const char *text = (const char *)p->in->data;
    const char *blank = p->in->len ? memmem(text, p->in->len, "\r\n\r\n", 4) : NULL;
    if (!blank)
        return false;
    const size_t head = (size_t)(blank - text) + 4;
    const char *length = header(text, head, "Content-Length");
    const size_t len = head + (length ? (size_t)g_ascii_strtoull(length, NULL, 10) : 0);
    if (p->in->len < len)
        return false;
    const char *id = header(text, head, "webhook-id");
    uint64_t key = receiver_hash(0, text, strcspn(text, "\r"));
    if (id)
        key = receiver_hash(key, id, strcspn(id, "\r"));
    const char *keep = header(text, head, "Connection");
    p->closing = keep && g_ascii_strncasecmp(keep, "close", 5) == 0;
    receiver_count(key, text, len);
    receiver_taken(p, len);
    g_string_append(p->out, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    receiver_pause(p);
    return true;
}
