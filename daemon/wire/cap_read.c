#include <string.h>

#include "wire/cap_read_info.h"
#include "wire/cap_value.h"
#include "wire/cap_words.h"

static bool is(const char *value, const char *word)
{
    return value && strcmp(value, word) == 0;
}

/* CAP 1.2, 3.2.1, scope: who may read it must be said where not everybody may. */
static void check_scope(const struct cap_alert *a, const struct cap_node *n, struct faults *f)
{
    if (is(a->scope, "Restricted") && !a->restriction)
        cap_node_error(n, f, "missing-restriction",
                       "scope Restricted needs a <restriction> that says to whom");
    if (is(a->scope, "Private") && !cap_node_part(n, "addresses"))
        cap_node_error(n, f, "missing-addresses", "scope Private needs <addresses>");
}

static bool is_itself(const struct cap_alert *a, const struct cap_reference *r)
{
    return is(a->identifier, r->identifier) && is(a->sender, r->sender) && a->sent.ms == r->sent.ms;
}

/* CAP 1.2, 3.2.1, msgType: all but Alert are about the messages in <references>. */
static void check_references(const struct cap_alert *a, const struct cap_node *n, struct faults *f)
{
    const struct cap_node *at = cap_node_part(n, "references");

    if (!at && a->msg_type && !is(a->msg_type, "Alert"))
        cap_node_error(n, f, "missing-references",
                       "msgType %s must name the messages it is about in <references>",
                       a->msg_type);
    for (guint i = 0; i < a->references->len; i++)
        if (is_itself(a, a->references->pdata[i]))
            cap_node_error(at, f, "self-reference", "an alert cannot refer to itself");
}

static void check_infos(const struct cap_alert *a, const struct cap_node *n, struct faults *f)
{
    if (a->infos->len == 0 && (is(a->msg_type, "Alert") || is(a->msg_type, "Update")))
        cap_node_warn(n, f, "missing-info", "there is no <info>, so nothing is said to anybody");
}

static void read_head(struct cap_alert *a, const struct cap_node *n, struct faults *f)
{
    a->identifier = cap_value_identifier(cap_node_part(n, "identifier"), f);
    a->sender = cap_value_identifier(cap_node_part(n, "sender"), f);
    cap_value_time(cap_node_part(n, "sent"), &a->sent, f);
    a->status = cap_value_word(cap_node_part(n, "status"), cap_status_words, f);
    a->msg_type = cap_value_word(cap_node_part(n, "msgType"), cap_type_words, f);
    a->source = cap_value_text(cap_node_part(n, "source"));
    a->scope = cap_value_word(cap_node_part(n, "scope"), cap_scope_words, f);
    a->restriction = cap_value_text(cap_node_part(n, "restriction"));
    a->note = cap_value_text(cap_node_part(n, "note"));
    cap_value_list(cap_node_part(n, "addresses"), a->addresses, f);
    cap_value_list(cap_node_part(n, "incidents"), a->incidents, f);
    cap_value_references(cap_node_part(n, "references"), a->references, f);
    if (!a->scope && a->version == CAP_1_0)
        a->scope = g_strdup("Public"); /* optional until 1.1 */
}

/* An element of CAP 1.0 alone (and a bad idea). */
static void refuse_password(const struct cap_alert *a, const struct cap_node *n, struct faults *f)
{
    if (a->version == CAP_1_0)
        cap_node_warn(n, f, "password", "a <password> is not looked at and not kept");
    else
        cap_node_error(n, f, "unknown-element", "CAP has no element <password> since 1.1");
}

static void read_alert(struct cap_alert *a, const struct cap_node *n, struct faults *f)
{
    read_head(a, n, f);
    for (guint i = 0; i < n->parts->len; i++) {
        const struct cap_node *part = n->parts->pdata[i];
        if (is(part->element->name, "code"))
            g_ptr_array_add(a->codes, g_strdup(part->text));
        else if (is(part->element->name, "info"))
            g_ptr_array_add(a->infos, cap_read_info(part, a->version, a->sent, f));
        else if (is(part->element->name, "password"))
            refuse_password(a, part, f);
    }
    check_scope(a, n, f);
    check_references(a, n, f);
    check_infos(a, n, f);
}

struct cap_alert *cap_read(const char *text, size_t len, enum cap_version oldest, struct faults *f)
{
    guint before = f->errors->len;
    struct cap_alert *a = cap_alert_new();
    struct cap_node *root = cap_xml_read(text, len, oldest, &a->version, f);

    if (root)
        read_alert(a, root, f);
    cap_node_free(root);
    if (f->errors->len > before || f->errors->len > CAP_MAX_FAULTS || !root)
        g_clear_pointer(&a, cap_alert_free);
    return a;
}
