#include "wire/mail_head.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "wire/mail_text.h"
#include "wire/notice_json.h"

#define NAME_MAX_CHARS 100
#define LINE_CHARS 78 /* of a header line that is not folded */

/* Mails are made on several threads.  Not a GOnce: the thread sanitizer cannot see into GLib. */
static void init_once(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, g_mime_init);
}

const char *mail_head_sender(const struct mail_settings *s, enum broadcast_status status)
{
    bool own = status != STATUS_ACTUAL && s->exercise_address && *s->exercise_address;
    return own ? s->exercise_address : s->from_address;
}

const char *mail_head_recipient(const struct notice *n)
{
    const char *endpoint = n->notification->endpoint;
    return g_str_has_prefix(endpoint, "mailto:") ? endpoint + strlen("mailto:") : "";
}

/* GMime writes lines with LF. */
static void append_crlf(GString *to, const char *lines)
{
    for (const char *s = lines; *s; s++) {
        if (*s == '\n')
            g_string_append(to, "\r\n");
        else if (*s != '\r')
            g_string_append_c(to, *s);
    }
}

static GMimeMessage *message_new(void)
{
    init_once();
    return g_mime_message_new(FALSE);
}

static void append_and_free(GString *to, GMimeMessage *m)
{
    g_autofree char *lines = g_mime_object_get_headers(GMIME_OBJECT(m), NULL);
    append_crlf(to, lines);
    g_object_unref(m);
}

static void append_all(GString *to, const char *first, ...)
{
    va_list parts;
    va_start(parts, first);
    for (const char *part = first; part; part = va_arg(parts, const char *))
        g_string_append(to, part);
    va_end(parts);
}

static bool fits(const char *name, size_t len)
{
    return strlen(name) + strlen(": ") + len < LINE_CHARS;
}

/* GMime writes what is neither encoded nor folded as this, at a hundred times the cost. */
void mail_head_append_text(GString *to, const char *name, const char *value)
{
    if (text_is_plain_line(value) && !strstr(value, "=?") && fits(name, strlen(value))) {
        append_all(to, name, ": ", value, "\r\n", NULL);
        return;
    }
    GMimeMessage *m = message_new();
    g_mime_object_set_header(GMIME_OBJECT(m), name, value, "utf-8");
    append_and_free(to, m);
}

/* The person's name, if the mailbox is one person's. */
static char *recipient_name(const struct notice *n)
{
    const char *name = NULL;
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        if (name && !g_str_equal(name, o->name))
            return NULL;
        name = o->name;
    }
    g_autofree char *clean = name ? mail_text(name) : NULL;
    return clean && *clean ? text_ellipsize(clean, NAME_MAX_CHARS) : NULL;
}

/* Words of letters and digits stand as they are, other ASCII between quotes; NULL: it is neither.
 */
static const char *quote_of(const char *name)
{
    static const char words[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '-";
    if (!name[strspn(name, words)])
        return "";
    for (const char *s = name; *s; s++)
        if (*s < ' ' || *s >= 0x7f || *s == '"' || *s == '\\')
            return NULL;
    return "\"";
}

/* GMime would decode a domain of xn-- and encode it again, which need not give what it was. */
static InternetAddress *mailbox_new(const char *name, const char *address)
{
    InternetAddress *one = internet_address_mailbox_new(name, address);
    char **encoded = &INTERNET_ADDRESS_MAILBOX(one)->idn_addr;
    g_free(*encoded);
    *encoded = g_strdup(address);
    return one;
}

/* name: NULL for none. */
static void append_mailbox(GString *to, GMimeAddressType type, const char *name,
                           const char *address)
{
    const char *header = type == GMIME_ADDRESS_TYPE_FROM ? "From" : "To";
    const char *quote = name ? quote_of(name) : NULL;
    if (quote && fits(header, strlen("\"\" <>") + strlen(name) + strlen(address))) {
        append_all(to, header, ": ", quote, name, quote, " <", address, ">\r\n", NULL);
        return;
    }
    GMimeMessage *m = message_new();
    InternetAddress *one = mailbox_new(name, address);
    internet_address_list_add(g_mime_message_get_addresses(m, type), one);
    g_object_unref(one);
    append_and_free(to, m);
}

static void append_to(GString *to, const struct notice *n)
{
    g_autofree char *name = recipient_name(n);
    append_mailbox(to, GMIME_ADDRESS_TYPE_TO, name, mail_head_recipient(n));
}

/*
 * All mails about one broadcast share an identifier that nobody has received: mail programs thread
 * what has a reference in common, so an update finds its alert without anybody remembering who got
 * which.
 */
static void append_thread_id(GString *out, const char *identifier, const char *sender,
                             int64_t sent_ms, const char *domain)
{
    g_autofree char *triple =
        g_strdup_printf("%s\n%s\n%" G_GINT64_FORMAT, sender, identifier, sent_ms);
    g_autofree char *hash = digest_sha256_hex(triple, strlen(triple));
    g_string_append_printf(out, "%s<%.32s.thread@%s>", out->len ? " " : "", hash, domain);
}

static void append_thread(GString *to, const struct broadcast *b, const char *domain)
{
    g_autoptr(GString) references = g_string_new(NULL);
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = b->references->pdata[i];
        append_thread_id(references, r->identifier, r->sender, r->sent.ms, domain);
    }
    if (references->len) {
        const char *last = strrchr(references->str, '<');
        mail_head_append_text(to, "In-Reply-To", last);
    }
    append_thread_id(references, b->identifier, b->sender, b->sent.ms, domain);
    mail_head_append_text(to, "References", references->str);
}

static void append_importance(GString *to, enum broadcast_urgency urgency)
{
    bool high = urgency == URGENCY_IMMEDIATE || urgency == URGENCY_EXPECTED;
    mail_head_append_text(to, "Importance", high ? "high" : "normal");
    mail_head_append_text(to, "X-Priority", urgency == URGENCY_IMMEDIATE ? "1" : high ? "2" : "3");
}

static char *rest_of(const struct broadcast *b, const char *domain, const char *languages)
{
    GString *out = g_string_new(NULL);
    append_thread(out, b, domain);
    mail_head_append_text(out, "Auto-Submitted", "auto-generated");
    /* what Exchange goes by */
    mail_head_append_text(out, "X-Auto-Response-Suppress", "All");
    mail_head_append_text(out, "Content-Language", languages);
    append_importance(out, b->urgency);
    return g_string_free(out, FALSE);
}

static char *from_of(const struct broadcast *b, const struct mail_settings *s)
{
    GString *out = g_string_new(NULL);
    g_autofree char *name = mail_text(s->from_name);
    append_mailbox(out, GMIME_ADDRESS_TYPE_FROM, *name ? name : NULL,
                   mail_head_sender(s, b->status));
    return g_string_free(out, FALSE);
}

static char *subject_of(const char *subject)
{
    GString *out = g_string_new(NULL);
    g_autofree char *about = mail_text(subject);
    mail_head_append_text(out, "Subject", about);
    return g_string_free(out, FALSE);
}

/* "es", or "es, en" where the text is in another language than the fixed sentences. */
static char *content_languages(const struct broadcast *b, const struct notice *n, const char *fixed)
{
    const struct message *m = broadcast_message_for(b, n->notification->language);
    bool same = !m || b->handling == HANDLING_NOTICE || !g_ascii_strcasecmp(m->language, fixed);
    return same ? g_strdup(fixed) : g_strdup_printf("%s, %s", fixed, m->language);
}

struct mail_head *mail_head_new(const struct notice *n, const struct template_set *t,
                                const struct mail_settings *s)
{
    struct mail_head *h = g_new0(struct mail_head, 1);
    const char *language = "en";
    const json_t *phrases = template_set_phrases(t, n->notification->language, &language);
    g_autofree char *subject = notice_subject(n, phrases);
    g_autofree char *languages = content_languages(n->broadcast, n, language);
    h->from = from_of(n->broadcast, s);
    h->subject = subject_of(subject);
    h->rest = rest_of(n->broadcast, s->domain, languages);
    return h;
}

void mail_head_free(struct mail_head *h)
{
    if (!h)
        return;
    g_free(h->from);
    g_free(h->subject);
    g_free(h->rest);
    g_free(h->date);
    g_free(h);
}

/* A mail of the same second has the same. */
static const char *date_of(struct mail_head *h, int64_t now_s)
{
    if (h->date && h->date_s == now_s)
        return h->date;
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(now_s);
    g_free(h->date);
    h->date = g_mime_utils_header_format_date(now);
    h->date_s = now_s;
    return h->date;
}

void mail_head_append(GString *to, struct mail_head *h, const struct notice *n,
                      const struct mail_settings *s, const char *key)
{
    const bool on_one_line = fits("Message-Id", strlen("<@>") + strlen(key) + strlen(s->domain));
    g_string_append(to, h->from);
    append_to(to, n);
    append_all(to, h->subject, "Date: ", date_of(h, n->now_ms / 1000),
               "\r\nMessage-Id:", on_one_line ? "" : "\r\n", " <", key, "@", s->domain, ">\r\n",
               h->rest, NULL);
}
