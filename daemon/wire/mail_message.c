#include "wire/mail_message.h"

#include <gmime/gmime.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "wire/mail_attach.h"
#include "wire/mail_text.h"
#include "wire/notice_json.h"

#define NAME_MAX_CHARS 100

static void init_once(void)
{
    static gsize done;
    if (g_once_init_enter(&done)) {
        g_mime_init();
        g_once_init_leave(&done, 1);
    }
}

const char *mail_message_envelope_from(const struct mail_settings *s, enum broadcast_status status)
{
    bool own = status != STATUS_ACTUAL && s->exercise_address && *s->exercise_address;
    return own ? s->exercise_address : s->from_address;
}

/* "", which is no mailbox: the endpoint is of another kind. */
static const char *recipient_address(const struct notice *n)
{
    const char *endpoint = n->notification->endpoint;
    return g_str_has_prefix(endpoint, "mailto:") ? endpoint + strlen("mailto:") : "";
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

static bool check_address(const char *address, const char *what, GError **error)
{
    const char *why = NULL;
    if (text_is_mailbox(address, &why))
        return true;
    g_autofree char *shown = text_printable(address, -1);
    g_set_error(error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE, "%s \"%s\": %s", what,
                shown, why);
    return false;
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

static void set_header(GMimeMessage *m, const char *name, const char *value)
{
    g_mime_object_set_header(GMIME_OBJECT(m), name, value, "utf-8");
}

static void set_thread(GMimeMessage *m, const struct broadcast *b, const char *domain)
{
    g_autoptr(GString) references = g_string_new(NULL);
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = b->references->pdata[i];
        append_thread_id(references, r->identifier, r->sender, r->sent.ms, domain);
    }
    if (references->len) {
        const char *last = strrchr(references->str, '<');
        set_header(m, "In-Reply-To", last);
    }
    append_thread_id(references, b->identifier, b->sender, b->sent.ms, domain);
    set_header(m, "References", references->str);
}

static void set_importance(GMimeMessage *m, enum broadcast_urgency urgency)
{
    bool high = urgency == URGENCY_IMMEDIATE || urgency == URGENCY_EXPECTED;
    set_header(m, "Importance", high ? "high" : "normal");
    set_header(m, "X-Priority", urgency == URGENCY_IMMEDIATE ? "1" : high ? "2" : "3");
}

static void set_headers(GMimeMessage *m, const struct notice *n, const struct mail_settings *s,
                        const char *subject, const char *languages)
{
    const struct broadcast *b = n->broadcast;
    g_autofree char *to = recipient_name(n);
    g_autofree char *from = mail_text(s->from_name), *about = mail_text(subject);
    g_autofree char *key = notification_message_key(b->id, n->notification->id);
    g_autofree char *id = g_strdup_printf("%s@%s", key, s->domain);
    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(n->now_ms / 1000);
    g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_FROM, *from ? from : NULL,
                               mail_message_envelope_from(s, b->status));
    g_mime_message_add_mailbox(m, GMIME_ADDRESS_TYPE_TO, to, recipient_address(n));
    g_mime_message_set_subject(m, about, "utf-8");
    g_mime_message_set_date(m, now);
    g_mime_message_set_message_id(m, id);
    set_thread(m, b, s->domain);
    set_header(m, "Auto-Submitted", "auto-generated");
    set_header(m, "X-Auto-Response-Suppress", "All"); /* what Exchange goes by */
    set_header(m, "Content-Language", languages);
    set_importance(m, b->urgency);
}

static GMimeObject *text_part(const struct template *t, const json_t *value, const char *subtype)
{
    g_autoptr(GString) text = g_string_new(NULL);
    template_render(t, value, text);
    /* Not g_mime_text_part_set_text(): that one picks a charset by what is in the text. */
    GMimeStream *bytes = g_mime_stream_mem_new_with_buffer(text->str, text->len);
    GMimeDataWrapper *content =
        g_mime_data_wrapper_new_with_stream(bytes, GMIME_CONTENT_ENCODING_DEFAULT);
    GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);
    g_mime_text_part_set_charset(part, "utf-8");
    g_mime_part_set_content(GMIME_PART(part), content);
    g_mime_part_set_content_encoding(GMIME_PART(part), GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
    g_object_unref(content);
    g_object_unref(bytes);
    return GMIME_OBJECT(part);
}

static GMimeObject *body_of(const struct notice *n, const struct template_set *t,
                            const json_t *value)
{
    bool desk = notice_is_for_desk(n);
    const struct template *text =
        template_set_get(t, desk ? TEMPLATE_DESK_TEXT : TEMPLATE_REPRESENTATIVE_TEXT);
    const struct template *html =
        template_set_get(t, desk ? TEMPLATE_DESK_HTML : TEMPLATE_REPRESENTATIVE_HTML);
    GMimeMultipart *both = g_mime_multipart_new_with_subtype("alternative");
    /* Ours instead of a random one, so that a retry is the same mail; quoted-printable never has
     * "=_". */
    g_autofree char *key = notification_message_key(n->broadcast->id, n->notification->id);
    g_autofree char *boundary = g_strdup_printf("=_%s", key);
    g_mime_multipart_set_boundary(both, boundary);
    GMimeObject *parts[] = { text_part(text, value, "plain"), text_part(html, value, "html") };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_mime_multipart_add(both, parts[i]);
        g_object_unref(parts[i]);
    }
    return GMIME_OBJECT(both);
}

static void set_body(GMimeMessage *m, const struct notice *n, const struct template_set *t,
                     int64_t attach_bytes, const json_t *value)
{
    GMimeObject *whole = mail_attach(n, body_of(n, t, value), attach_bytes);
    g_mime_message_set_mime_part(m, whole);
    g_object_unref(whole);
}

#define FROM_LINE "From "

/*
 * GMime writes the encoded lines with LF; SMTP wants CRLF and nothing bare.  A line that begins
 * with "From " is changed on the way into some mailboxes, which would break a signature (RFC 8551,
 * 3.1.1); only quoted-printable text has such lines, and the soft line break keeps their length.
 */
static GBytes *to_crlf(const char *s, gsize len)
{
    GString *out = g_string_sized_new(len + len / 32);
    bool begins = true; /* a line */
    for (gsize i = 0; i < len; i++) {
        if (begins && g_str_has_prefix(s + i, FROM_LINE)) {
            g_string_append(out, "=46rom =\r\n");
            i += strlen(FROM_LINE) - 1;
            continue; /* what follows begins a line too */
        }
        begins = s[i] == '\n';
        if (begins)
            g_string_append(out, "\r\n");
        else if (s[i] != '\r')
            g_string_append_c(out, s[i]);
    }
    return g_string_free_to_bytes(out);
}

/* "es", or "es, en" where the text is in another language than the fixed sentences. */
static char *content_languages(const struct broadcast *b, const struct notice *n, const char *fixed)
{
    const struct message *m = broadcast_message_for(b, n->notification->language);
    bool same = !m || b->handling == HANDLING_NOTICE || !g_ascii_strcasecmp(m->language, fixed);
    return same ? g_strdup(fixed) : g_strdup_printf("%s, %s", fixed, m->language);
}

GBytes *mail_message_render(const struct notice *n, const struct template_set *t,
                            const struct mail_settings *s, GError **error)
{
    const char *from = mail_message_envelope_from(s, n->broadcast->status);
    if (!check_address(from, "sender", error) ||
        !check_address(recipient_address(n), "recipient", error))
        return NULL;
    init_once();
    const char *language = "en";
    const json_t *phrases = template_set_phrases(t, n->notification->language, &language);
    g_autofree char *subject = notice_subject(n, phrases);
    g_autofree char *languages = content_languages(n->broadcast, n, language);
    GMimeMessage *m = g_mime_message_new(FALSE);
    set_headers(m, n, s, subject, languages);
    json_t *value = notice_json(n, phrases, language);
    set_body(m, n, t, s->attach_bytes, value);
    json_decref(value);
    g_autofree char *text = g_mime_object_to_string(GMIME_OBJECT(m), NULL);
    g_object_unref(m);
    return to_crlf(text, strlen(text));
}
