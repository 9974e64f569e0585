/* Outside text in every place of a notice: the mail has our headers and no other, each once, in
 * 7 bits and lines that SMTP takes, to one mailbox; the webhook's body is JSON and its headers are
 * lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/text.h"
#include "fuzz_parts.h"
#include "model/resource.h"
#include "notice_world.h"
#include "wire/mail_message.h"
#include "wire/webhook_message.h"
#include <gmime/gmime.h>
#include <jansson.h>

static const char *const mail_headers[] = { "From",
                                            "To",
                                            "Date",
                                            "Message-Id",
                                            "Subject",
                                            "In-Reply-To",
                                            "References",
                                            "Auto-Submitted",
                                            "X-Auto-Response-Suppress",
                                            "Importance",
                                            "X-Priority",
                                            "MIME-Version",
                                            "Mime-Version",
                                            "Content-Language",
                                            "Content-Type" };

/* Replaces *where by the next piece, if the input has one. */
static void take(struct fuzz_input *in, char **where)
{
    if (in->left == 0)
        return;
    g_free(*where);
    *where = fuzz_piece(in);
}

static struct reference *reference_of(const struct broadcast *b)
{
    struct reference *r = g_new0(struct reference, 1);
    r->identifier = g_strdup(b->identifier);
    r->sender = g_strdup(b->sender);
    r->sent = b->sent;
    return r;
}

static void ask(struct notice_world *w, struct obligation *o)
{
    static const struct link link = { "oX3vB6yDq1sT0aZkLmN2pQ", "204811", "" };

    w->notice.link = &link;
    w->notice.base_url = "https://liaison.dss.example";
    w->notification->purpose = o->part == PART_UPDATE ? PURPOSE_REMIND : PURPOSE_TELL;
    o->asks = true;
}

static void attach(struct broadcast *b, struct fuzz_input *in)
{
    g_autofree char *description = fuzz_piece(in), *type = fuzz_piece(in);

    b->resources = resource_array_new();
    g_ptr_array_add(b->resources, resource_new("en", NULL, description, type,
                                               g_bytes_new_static("\x89PNG\r\n\x1a\n.\r\n", 11)));
}

static const char *const reasons[] = {
    OBLIGATION_AFFECTED,    OBLIGATION_NEEDS_ASSISTANCE, OBLIGATION_NO_REPRESENTATIVE,
    OBLIGATION_ALL_REFUSED, OBLIGATION_NOT_ACKNOWLEDGED, OBLIGATION_WRONG_PERSON,
    OBLIGATION_HANDED_OVER, OBLIGATION_HANDED_ON,
};

/* The first byte chooses what kind of notice it is, a second one what else is with it. */
static struct notice_world *world_of(struct fuzz_input *in, struct mail_settings *s)
{
    g_autofree char *kind = fuzz_piece(in);
    bool desk = *kind & 1;
    struct notice_world *w = notice_world_new("mailto:one@mission.example", "en");
    struct broadcast *b = w->broadcast;
    world_add_text(b, "en", "Headline", "Text", "Do");
    struct affected_mission *m = world_add_mission(w, "fr-chicago", "A mission", "embassy",
                                                   "Chicago", "IL", "America/Chicago", "chicago");
    struct obligation *o =
        world_add_obligation(w, desk ? OBLIGATION_OFFICE : OBLIGATION_REPRESENTATIVE,
                             desk ? "office:chicago" : "fr-chicago/1", "One", "fr-chicago");
    o->reason =
        reasons[*kind && kind[1] ? (guint)kind[1] % G_N_ELEMENTS(reasons) : (*kind >> 1) & 1];
    o->part = *kind & 4 ? PART_UPDATE : PART_FULL;
    b->type = *kind & 4 ? TYPE_UPDATE : TYPE_ALERT;
    b->status = *kind & 8 ? STATUS_EXERCISE : STATUS_ACTUAL;
    b->handling = *kind & 16 ? HANDLING_NOTICE : HANDLING_FULL;
    struct message *text = b->messages->pdata[0];
    char **const places[] = { &text->headline, &text->description, &text->instruction,
                              &o->name,        &m->name,           &m->city,
                              &o->detail,      &b->identifier,     &b->sender,
                              &b->incident,    &text->place,       &o->phone };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
        take(in, places[i]);
    if (*kind & 4)
        g_ptr_array_add(b->references, reference_of(b));
    if (in->left)
        s->from_name = fuzz_piece(in);
    take(in, &w->notification->endpoint);
    if (*kind && kind[1] & 8)
        ask(w, o);
    if (*kind && kind[1] & 16)
        attach(b, in);
    return w;
}

static void check_header_name(const char *line, bool *seen)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mail_headers); i++) {
        size_t len = strlen(mail_headers[i]);
        if (strncmp(line, mail_headers[i], len) == 0 && line[len] == ':') {
            g_assert(!seen[i]);
            seen[i] = true;
            return;
        }
    }
    g_error("a header that is not ours: %s", line);
}

static void check_headers(const char *mail)
{
    bool seen[G_N_ELEMENTS(mail_headers)] = { false };
    const char *end = strstr(mail, "\r\n\r\n");

    g_assert(end);
    g_autofree char *head = g_strndup(mail, (gsize)(end - mail));
    g_auto(GStrv) line = g_strsplit(head, "\r\n", -1);
    for (char **l = line; *l; l++) {
        if (**l == ' ' || **l == '\t')
            g_assert(l > line && (*l)[strspn(*l, " \t")]);
        else
            check_header_name(*l, seen);
    }
    for (const char *p = head; *p; p++)
        g_assert((*p >= ' ' && *p < 0x7f) || *p == '\t' || *p == '\r' || *p == '\n');
}

static void check_lines(const char *mail, size_t len)
{
    size_t in_line = 0;

    for (size_t i = 0; i < len; i++) {
        g_assert(mail[i] && (unsigned char)mail[i] < 0x80);
        g_assert((mail[i] == '\n') == (i > 0 && mail[i - 1] == '\r'));
        in_line = mail[i] == '\n' ? 0 : in_line + 1;
        g_assert(in_line <= 999); /* 998 and the CR */
    }
    g_assert(len > 2 && mail[len - 1] == '\n');
}

/* As a reader's program decodes it.  GMime leaves the fold of a header in a name. */
static void check_decoded(const char *decoded)
{
    g_autoptr(GString) unfolded = g_string_new(decoded);
    g_string_replace(unfolded, "\r\n\t", " ", 0);
    const char *text = unfolded->str;
    g_assert(!text_has_control(text));
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_assert(!(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069));
    }
}

/* As it was written: GMime decodes a domain of xn--, and not every one can be encoded again. */
static void check_written(GMimeMessage *m, const char *address)
{
    GMimeHeaderList *headers = g_mime_object_get_header_list(GMIME_OBJECT(m));
    GMimeHeader *to = g_mime_header_list_get_header(headers, "To");
    g_autofree char *written = g_strstrip(g_strdup(g_mime_header_get_raw_value(to)));
    g_autofree char *named = g_strdup_printf("<%s>", address);
    g_assert(g_str_equal(written, address) || g_str_has_suffix(written, named));
}

static void check_one_recipient(GMimeMessage *m, const char *address)
{
    InternetAddressList *to = g_mime_message_get_addresses(m, GMIME_ADDRESS_TYPE_TO);
    InternetAddressList *bare = internet_address_list_parse(NULL, address);
    InternetAddress *alone = internet_address_list_get_address(bare, 0);

    check_written(m, address);
    g_assert(internet_address_list_length(to) == 1);
    InternetAddress *one = internet_address_list_get_address(to, 0);
    g_assert(INTERNET_ADDRESS_IS_MAILBOX(one));
    g_assert_cmpstr(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one)), ==,
                    internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(alone)));
    if (internet_address_get_name(one))
        check_decoded(internet_address_get_name(one));
    if (g_mime_message_get_subject(m))
        check_decoded(g_mime_message_get_subject(m));
    InternetAddressList *from = g_mime_message_get_addresses(m, GMIME_ADDRESS_TYPE_FROM);
    g_assert(internet_address_list_length(from) == 1);
    g_object_unref(bare);
}

/* As a mail program reads it: one recipient, and the two parts that we wrote. */
static void check_read(const char *mail, size_t len, const char *address)
{
    GMimeStream *bytes = g_mime_stream_mem_new_with_buffer(mail, len);
    GMimeParser *parser = g_mime_parser_new_with_stream(bytes);
    GMimeMessage *m = g_mime_parser_construct_message(parser, NULL);

    g_assert(m);
    check_one_recipient(m, address);
    GMimeObject *body = g_mime_message_get_mime_part(m);
    g_assert(GMIME_IS_MULTIPART(body) && g_mime_multipart_get_count(GMIME_MULTIPART(body)) == 2);
    GMimeObject *first = g_mime_multipart_get_part(GMIME_MULTIPART(body), 0);
    if (GMIME_IS_MULTIPART(first)) /* beside the attachment */
        g_assert(g_mime_multipart_get_count(GMIME_MULTIPART(first)) == 2);
    g_object_unref(m);
    g_object_unref(parser);
    g_object_unref(bytes);
}

/* Before and after the press has the form. */
static void check_pressed(const struct notice_world *w, const struct template_set *t,
                          const struct mail_settings *s, GBytes *want)
{
    struct mail_press *press = mail_press_new();

    for (int i = 0; i < 3; i++) {
        g_autoptr(GBytes) got = mail_message_render(&w->notice, t, s, press, NULL);
        g_assert(got && g_bytes_equal(got, want));
    }
    mail_press_free(press);
}

static void try_mail(const struct notice_world *w, const struct template_set *t,
                     const struct mail_settings *s)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) bytes = mail_message_render(&w->notice, t, s, NULL, &error);
    gsize len;

    g_assert((bytes != NULL) == (error == NULL));
    if (!bytes) {
        fuzz_check_shown(error->message, strlen(error->message), "");
        return;
    }
    g_autofree char *mail = g_strndup(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes));
    len = g_bytes_get_size(bytes);
    check_pressed(w, t, s, bytes);
    check_lines(mail, len);
    check_headers(mail);
    check_read(mail, len, w->notification->endpoint + strlen("mailto:"));
}

static void try_webhook(const struct notice_world *w)
{
    struct webhook_keys keys = { .masters = NULL };
    g_autofree char *why = NULL;

    g_assert(webhook_keys_parse(&keys, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n", &why));
    struct webhook_message *m =
        webhook_message_render(&w->notice, "https://dss.example", &keys, NULL);
    struct notice_forms *forms = webhook_message_forms();
    for (int i = 0; i < 3; i++) {
        struct webhook_message *again =
            webhook_message_render(&w->notice, "https://dss.example", &keys, forms);
        g_assert_cmpstr(again->body, ==, m->body);
        webhook_message_free(again);
    }
    json_t *body = json_loadb(m->body, m->body_len, JSON_REJECT_DUPLICATES, NULL);
    g_assert(json_is_object(body));
    for (guint i = 0; i < m->headers->len; i++)
        fuzz_check_shown(m->headers->pdata[i], strlen(m->headers->pdata[i]), "");
    json_decref(body);
    webhook_message_free(m);
    notice_forms_free(forms);
    webhook_keys_clear(&keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct template_set *templates;
    struct fuzz_input in = fuzz_input(data, size);
    struct mail_settings s = { "alerts@dss.example", NULL, "exercise@dss.example", "dss.example",
                               4096 };

    if (!templates) {
        g_mime_init(); /* a mail with a plain header never asked for it */
        struct faults *f = faults_new();
        templates = template_set_load(SOURCE_DIR "/conf/templates", f);
        g_assert(templates);
        faults_free(f);
    }
    struct notice_world *w = world_of(&in, &s);
    g_autofree char *name = (char *)s.from_name;
    s.from_name = name ? name : "Diplomatic Security Service";
    try_mail(w, templates, &s);
    try_webhook(w);
    notice_world_free(w);
    return 0;
}
