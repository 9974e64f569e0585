#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "jsonl.h"
#include "mail_text.h"
#include "maildir.h"
#include "options.h"

struct record {
    const struct options *options;                          /* borrowed */
    GString *line, *headers, *value, *message_id, *subject; /* scratch, reused */
    struct maildir *maildir;                                /* owned, NULL without */
    int fd;                                                 /* -1: no journal */
    bool complained;
};

static int open_journal(const char *path, GError **err)
{
    int fd = g_str_equal(path, "-") ? dup(STDOUT_FILENO)
                                    : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

    if (fd < 0)
        g_set_error(err, G_FILE_ERROR, g_file_error_from_errno(errno), "open record %s: %s", path,
                    g_strerror(errno));
    return fd;
}

struct record *record_open(const struct options *o, GError **err)
{
    struct record *r = g_new0(struct record, 1);

    r->options = o;
    r->fd = -1;
    r->line = g_string_sized_new(2048);
    r->headers = g_string_sized_new(1024);
    r->value = g_string_sized_new(256);
    r->message_id = g_string_sized_new(256);
    r->subject = g_string_sized_new(256);
    if ((!o->record || (r->fd = open_journal(o->record, err)) >= 0) &&
        (!o->maildir || (r->maildir = maildir_open(o->maildir, err))))
        return r;
    record_free(r);
    return NULL;
}

void record_free(struct record *r)
{
    if (!r)
        return;
    if (r->fd >= 0)
        close(r->fd);
    maildir_free(r->maildir);
    g_string_free(r->line, TRUE);
    g_string_free(r->headers, TRUE);
    g_string_free(r->value, TRUE);
    g_string_free(r->message_id, TRUE);
    g_string_free(r->subject, TRUE);
    g_free(r);
}

bool record_reopen(struct record *r, GError **err)
{
    int fd;

    if (r->fd < 0)
        return true;
    fd = open_journal(r->options->record, err);
    if (fd < 0)
        return false;
    close(r->fd);
    r->fd = fd;
    r->complained = false;
    return true;
}

static void write_line(struct record *r)
{
    const char *p = r->line->str;
    size_t left = r->line->len;

    while (left) {
        ssize_t n = write(r->fd, p, left);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (!r->complained)
                g_printerr("liaison-sink: write record %s: %s\n", r->options->record,
                           g_strerror(errno));
            r->complained = true;
            return;
        }
        p += n;
        left -= (size_t)n;
    }
}

/* Fills message_id, subject and, as JSON members, headers. */
static void read_headers(struct record *r, const GString *text)
{
    struct mail_header h = { .value = r->value };
    const char *at = text->str, *end = text->str + text->len;

    jsonl_begin(r->headers);
    while (mail_header_next(&at, end, &h)) {
        g_autofree char *name = NULL;

        if (mail_header_is(&h, "Message-ID")) {
            g_string_assign(r->message_id, h.value->str);
        } else if (mail_header_is(&h, "Subject")) {
            g_string_assign(r->subject, h.value->str);
        } else if (r->fd >= 0 && mail_header_tells_status(&h)) {
            name = g_strndup(h.name, h.name_len);
            jsonl_bytes(r->headers, name, h.value->str, h.value->len);
        }
    }
    g_string_append_c(r->headers, '}');
}

static void add_digest(struct record *r, const GString *bytes)
{
    g_autofree char *hex = NULL;

    if (!r->options->digests)
        return;
    hex = g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)bytes->str, bytes->len);
    jsonl_text(r->line, "sha256", hex);
}

static void add_text(struct record *r, const struct record_mail *m, uint64_t kept_as)
{
    g_autofree char *file = NULL;

    jsonl_bytes(r->line, "message_id", r->message_id->str, r->message_id->len);
    jsonl_bytes(r->line, "subject", r->subject->str, r->subject->len);
    g_string_append(r->line, ",\"headers\":");
    g_string_append_len(r->line, r->headers->str, (gssize)r->headers->len);
    jsonl_int(r->line, "size", (int64_t)m->text->len);
    jsonl_bool(r->line, "bare_lf", m->bare_lf);
    add_digest(r, m->text);
    if (kept_as) {
        file = g_strdup_printf("new/%" G_GUINT64_FORMAT ".eml", kept_as);
        jsonl_text(r->line, "file", file);
    }
}

const char *record_mail(struct record *r, const struct record_mail *m)
{
    uint64_t kept_as = 0;

    g_string_truncate(r->message_id, 0);
    g_string_truncate(r->subject, 0);
    if (m->text)
        read_headers(r, m->text);
    if (m->accepted && r->maildir)
        kept_as = maildir_keep(r->maildir, m->text);
    if (r->fd < 0)
        return r->message_id->str;
    jsonl_begin(r->line);
    jsonl_time(r->line, "time");
    jsonl_text(r->line, "kind", m->accepted ? "mail" : "attempt");
    jsonl_bool(r->line, "accepted", m->accepted);
    jsonl_int(r->line, "answer", m->answer);
    jsonl_text(r->line, "rule", m->rule);
    jsonl_text(r->line, "stage", m->stage);
    jsonl_text(r->line, "from", m->from);
    jsonl_list(r->line, "to", m->rcpts, m->n_rcpts);
    if (m->text)
        add_text(r, m, kept_as);
    jsonl_int(r->line, "connection", (int64_t)m->connection);
    jsonl_bool(r->line, "tls", m->tls);
    jsonl_end(r->line);
    write_line(r);
    return r->message_id->str;
}

/* Header members named alike are all kept, so that a duplicate can be seen. */
static void add_webhook_headers(struct record *r, const GString *head)
{
    static const char *const own[][2] = { { "Host", "host" },
                                          { "Content-Type", "content_type" },
                                          { "webhook-id", "webhook_id" },
                                          { "webhook-timestamp", "webhook_timestamp" },
                                          { "webhook-signature", "webhook_signature" } };
    struct mail_header h = { .value = r->value };
    const char *at = head->str, *end = head->str + head->len;

    jsonl_begin(r->headers);
    while (mail_header_next(&at, end, &h)) {
        g_autofree char *name = g_ascii_strdown(h.name, (gssize)h.name_len);

        for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
            if (mail_header_is(&h, own[i][0]))
                jsonl_bytes(r->line, own[i][1], h.value->str, h.value->len);
        jsonl_bytes(r->headers, name, h.value->str, h.value->len);
    }
    g_string_append_c(r->headers, '}');
}

static void add_body(struct record *r, const GString *body)
{
    g_autofree char *coded = NULL;

    if (g_utf8_validate_len(body->str, body->len, NULL)) {
        jsonl_bytes(r->line, "body", body->str, body->len);
        return;
    }
    coded = g_base64_encode((const guchar *)body->str, body->len);
    jsonl_text(r->line, "body_base64", coded);
}

void record_webhook(struct record *r, const struct record_webhook *w)
{
    if (r->fd < 0)
        return;
    jsonl_begin(r->line);
    jsonl_time(r->line, "time");
    jsonl_text(r->line, "kind", "webhook");
    jsonl_bool(r->line, "accepted", w->accepted);
    jsonl_int(r->line, "status", w->status);
    jsonl_text(r->line, "rule", w->rule);
    jsonl_text(r->line, "method", w->method);
    jsonl_text(r->line, "path", w->path);
    add_webhook_headers(r, w->head);
    g_string_append(r->line, ",\"headers\":");
    g_string_append_len(r->line, r->headers->str, (gssize)r->headers->len);
    jsonl_int(r->line, "size", (int64_t)w->body->len);
    add_digest(r, w->body);
    if (r->options->bodies)
        add_body(r, w->body);
    jsonl_int(r->line, "connection", (int64_t)w->connection);
    jsonl_bool(r->line, "tls", w->tls);
    jsonl_end(r->line);
    write_line(r);
}
