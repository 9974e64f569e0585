#include "io/smtp_stream.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#define RECORD_MAX 16384 /* RFC 8446, 5.1 */

static gboolean is_later(int error)
{
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
}

static int get_plain(const struct smtp_stream *s, char *to, int size, const char **why)
{
    ssize_t n = recv(s->fd, to, (size_t)size, 0);
    if (n >= 0)
        return n > 0 ? (int)n : -1;
    if (errno == EAGAIN || errno == EINTR)
        return 0;
    *why = g_strerror(errno);
    return -1;
}

int smtp_stream_get(struct smtp_stream *s, char *to, int size, const char **why)
{
    *why = "closed by the relay";
    if (!s->ssl)
        return get_plain(s, to, size, why);
    ERR_clear_error();
    int n = SSL_read(s->ssl, to, size);
    if (n > 0)
        return n;
    return is_later(SSL_get_error(s->ssl, n)) ? 0 : -1;
}

int smtp_stream_put(struct smtp_stream *s, const char *bytes, gsize len)
{
    if (!s->ssl) {
        ssize_t sent = send(s->fd, bytes, len, MSG_NOSIGNAL);
        return sent >= 0 ? (int)sent : errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    ERR_clear_error();
    errno = 0;
    int n = SSL_write(s->ssl, bytes, (int)MIN(len, RECORD_MAX));
    if (n > 0)
        return n;
    errno = errno ? errno : ECONNRESET;
    return is_later(SSL_get_error(s->ssl, n)) ? 0 : -1;
}

enum smtp_shake smtp_stream_shake(struct smtp_stream *s)
{
    ERR_clear_error();
    int n = SSL_connect(s->ssl);
    if (n == 1)
        return SMTP_SHAKEN;
    int error = SSL_get_error(s->ssl, n);
    if (error == SSL_ERROR_WANT_READ)
        return SMTP_SHAKE_READS;
    return error == SSL_ERROR_WANT_WRITE ? SMTP_SHAKE_WRITES : SMTP_SHAKE_FAILED;
}

void smtp_stream_close(struct smtp_stream *s)
{
    if (s->ssl && SSL_is_init_finished(s->ssl))
        SSL_shutdown(s->ssl);
    g_clear_pointer(&s->ssl, SSL_free);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    ERR_clear_error();
}
