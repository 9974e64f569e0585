#include "wire/cap_xml.h"

#include <expat.h>
#include <string.h>

#include "wire/cap_name.h"

#define MAX_FRAMES 6 /* alert, info, area, geocode, valueName, and one to spare */

/* An element that is open. */
struct frame {
    struct cap_node *node;         /* borrowed: parents and the root own them */
    unsigned count[CAP_MAX_PARTS]; /* of its parts, by their position */
    unsigned furthest;             /* position of a part, for the order */
    bool disordered, stray;        /* warned already */
};

struct reading {
    XML_Parser parser;
    struct faults *faults;
    enum cap_version oldest, version;
    struct cap_node *root; /* owned */
    struct frame frames[MAX_FRAMES];
    unsigned n_frames, skipped; /* open elements of CAP, and of others within */
    unsigned elements;
    GString *text; /* of the innermost element, where it has no parts */
    bool begun, stopped;
};

static struct frame *innermost(struct reading *r)
{
    return r->n_frames > 0 ? &r->frames[r->n_frames - 1] : NULL;
}

static char *here(struct reading *r)
{
    GString *out = g_string_new(NULL);

    g_string_printf(out, "%lu:%lu", (unsigned long)XML_GetCurrentLineNumber(r->parser),
                    (unsigned long)XML_GetCurrentColumnNumber(r->parser) + 1);
    if (r->n_frames > 0) {
        g_autofree char *place = cap_node_place(innermost(r)->node);
        g_string_append(out, strchr(place, ' '));
    }
    return g_string_free(out, FALSE);
}

static void complain(struct reading *r, bool error, const char *code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

static void complain(struct reading *r, bool error, const char *code, const char *format, ...)
{
    va_list args;

    if ((error ? r->faults->errors : r->faults->warnings)->len > CAP_MAX_FAULTS)
        return;
    va_start(args, format);
    g_autofree char *sentence = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *place = here(r);
    (error ? cap_error : cap_warn)(r->faults, place, code, sentence);
}

/* Nothing after this is looked at; the caller has said why. */
static void stop(struct reading *r)
{
    r->stopped = true;
    XML_StopParser(r->parser, XML_FALSE);
}

static void on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                       const XML_Char *public, int has_internal_subset)
{
    struct reading *r = data;

    (void)name, (void)system, (void)public, (void)has_internal_subset;
    if (r->stopped)
        return;
    complain(r, true, "doctype", "a document type declaration is never accepted");
    stop(r);
}

static bool check_root(struct reading *r, const char *qualified)
{
    struct cap_name name = cap_name_of(qualified);
    g_autofree char *shown = cap_shown(name.local);
    bool known = cap_name_version(&name, &r->version);

    if (!known && name.uri_len > 0 && cap_name_is_own(&name))
        complain(r, true, "unsupported-version", "this version of CAP is not known");
    else if (!known || strcmp(name.local, "alert") != 0)
        complain(r, true, "not-an-alert", "the document's element “%s” is no alert of CAP", shown);
    else if (r->version < r->oldest)
        complain(r, true, "version-not-accepted", "CAP 1.%d is not accepted here", (int)r->version);
    else
        return true;
    stop(r);
    return false;
}

static void check_attributes(struct reading *r, const XML_Char **attributes)
{
    /* those of a namespace (xsi:schemaLocation, xml:lang) are everybody's */
    for (size_t i = 0; attributes[i]; i += 2) {
        if (strchr(attributes[i], CAP_NAME_JOINT) || g_str_has_prefix(attributes[i], "xml"))
            continue;
        g_autofree char *shown = cap_shown(attributes[i]);
        complain(r, false, "unknown-attribute", "CAP has no attributes; “%s” is ignored", shown);
    }
}

static void open_element(struct reading *r, const struct cap_element *element, unsigned index)
{
    struct cap_node *n = g_new0(struct cap_node, 1);
    struct frame *outer = innermost(r);

    n->element = element;
    n->index = index;
    n->line = (unsigned)XML_GetCurrentLineNumber(r->parser);
    n->column = (unsigned)XML_GetCurrentColumnNumber(r->parser) + 1;
    if (element->parts)
        n->parts = g_ptr_array_new_with_free_func((GDestroyNotify)cap_node_free);
    if (outer) {
        n->up = outer->node;
        g_ptr_array_add(outer->node->parts, n);
    } else {
        r->root = n;
    }
    g_assert(r->n_frames < MAX_FRAMES);
    r->frames[r->n_frames++] = (struct frame){ .node = n };
    g_string_truncate(r->text, 0);
}

static void check_order(struct reading *r, struct frame *outer, const struct cap_element *part,
                        unsigned position)
{
    if (position < outer->furthest && !outer->disordered) {
        complain(r, false, "element-order", "<%s> stands after <%s>; the standard has it before",
                 part->name, outer->node->element->parts[outer->furthest].name);
        outer->disordered = true;
    }
    outer->furthest = MAX(outer->furthest, position);
}

static void open_part(struct reading *r, const char *name)
{
    struct frame *outer = innermost(r);
    unsigned position = 0;
    const struct cap_element *part = cap_element_part(outer->node->element, name, &position);

    if (!part) {
        g_autofree char *shown = cap_shown(name);
        complain(r, true, "unknown-element", "CAP has no element <%s> here", shown);
        r->skipped = 1;
        return;
    }
    check_order(r, outer, part, position);
    unsigned count = ++outer->count[position];
    if (part->most > 1 && count > part->most) {
        complain(r, true, "too-many-elements", "more than %u <%s>", part->most, part->name);
        stop(r);
    } else if (part->most == 1 && count > 1) {
        complain(r, true, "repeated-element", "<%s> may stand here once only", part->name);
        r->skipped = 1;
    } else {
        open_element(r, part, count);
    }
}

static void open_child(struct reading *r, const char *qualified)
{
    struct cap_name name = cap_name_of(qualified);
    enum cap_version version;

    if (cap_name_version(&name, &version) && version == r->version) {
        open_part(r, name.local);
        return;
    }
    g_autofree char *shown = cap_shown(name.local);
    if (cap_name_is_own(&name))
        complain(r, true, "unknown-element", "<%s> is not of the alert's own namespace", shown);
    else
        complain(r, false, "foreign-element", "<%s> is no element of CAP and is ignored", shown);
    r->skipped = 1;
}

static void on_start(void *data, const XML_Char *qualified, const XML_Char **attributes)
{
    struct reading *r = data;

    if (r->stopped)
        return;
    r->begun = true;
    if (++r->elements > CAP_MAX_ELEMENTS || r->n_frames + r->skipped >= CAP_MAX_DEPTH) {
        bool deep = r->elements <= CAP_MAX_ELEMENTS;
        complain(r, true, deep ? "too-deep" : "too-many-elements",
                 deep ? "elements within elements deeper than %d" : "more than %d elements",
                 deep ? CAP_MAX_DEPTH : CAP_MAX_ELEMENTS);
        stop(r);
    } else if (r->skipped > 0) {
        r->skipped++;
    } else if (r->n_frames > 0) {
        open_child(r, qualified);
        if (r->skipped == 0 && !r->stopped)
            check_attributes(r, attributes);
    } else if (check_root(r, qualified)) {
        open_element(r, &cap_alert_element, 1);
        check_attributes(r, attributes);
    }
}

/* eventCode, parameter and geocode were text in CAP 1.0. */
static size_t text_ceiling(const struct reading *r, const struct cap_element *e)
{
    if (cap_element_is_pair(e))
        return r->version == CAP_1_0 ? e->parts[1].max_bytes : 0;
    return e->max_bytes;
}

static bool is_blank(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!strchr(" \t\r\n", s[i]))
            return false;
    return true;
}

static void on_text(void *data, const XML_Char *s, int len)
{
    struct reading *r = data;
    struct frame *in = innermost(r);

    if (r->stopped || r->skipped > 0 || !in)
        return;
    size_t ceiling = text_ceiling(r, in->node->element);
    if (ceiling == 0) {
        if (!in->stray && !is_blank(s, (size_t)len)) {
            complain(r, false, "stray-text", "text between the elements is ignored");
            in->stray = true;
        }
    } else if (r->text->len + (size_t)len > ceiling) {
        complain(r, true, "too-long", "more than %zu bytes of text", ceiling);
        stop(r);
    } else {
        g_string_append_len(r->text, s, len);
    }
}

static void check_missing(struct reading *r, const struct frame *done)
{
    const struct cap_element *parts = done->node->element->parts;

    for (unsigned i = 0; parts[i].name; i++) {
        if (done->count[i] > 0 || parts[i].least == 0)
            continue;
        if (r->version >= parts[i].since)
            cap_node_error(done->node, r->faults, "missing-element", "<%s> is missing",
                           parts[i].name);
        else
            cap_node_warn(done->node, r->faults, "missing-element",
                          "<%s> is missing, which CAP 1.2 requires", parts[i].name);
    }
}

/* Trimmed by XML's idea of a blank; NULL when nothing is left. */
static char *trimmed(const GString *text)
{
    const char *begin = text->str, *end = text->str + text->len;

    while (begin < end && is_blank(begin, 1))
        begin++;
    while (end > begin && is_blank(end - 1, 1))
        end--;
    return end > begin ? g_strndup(begin, (gsize)(end - begin)) : NULL;
}

/* An element without text is not kept; where one is needed, its absence is an error. */
static void drop_empty(struct reading *r, struct cap_node *n, GPtrArray *from)
{
    const struct cap_element *e = n->element;

    if (strcmp(e->name, "polygon") == 0 || strcmp(e->name, "circle") == 0)
        cap_node_warn(n, r->faults, "empty-geometry", "the empty <%s> is ignored", e->name);
    else if (e->least > 0 && r->version >= e->since)
        cap_node_error(n, r->faults, "empty-element", "<%s> must not be empty", e->name);
    g_ptr_array_remove_index(from, from->len - 1);
}

static void close_text(struct reading *r, struct cap_node *n, GPtrArray *siblings)
{
    n->text = trimmed(r->text);
    g_string_truncate(r->text, 0);
    /* Expat does not look at the halves of UTF-16 surrogate pairs. */
    if (n->text && !g_utf8_validate(n->text, -1, NULL))
        cap_node_error(n, r->faults, "encoding", "the text is not in the document's encoding");
    if (!n->text && siblings)
        drop_empty(r, n, siblings);
}

static void on_end(void *data, const XML_Char *qualified)
{
    struct reading *r = data;

    (void)qualified;
    if (r->stopped)
        return;
    if (r->skipped > 0) {
        r->skipped--;
        return;
    }
    struct frame done = r->frames[--r->n_frames];
    GPtrArray *siblings = r->n_frames > 0 ? innermost(r)->node->parts : NULL;
    if (!done.node->parts)
        close_text(r, done.node, siblings);
    else if (text_ceiling(r, done.node->element) > 0 && done.node->parts->len == 0 &&
             r->text->len > 0)
        done.node->text = trimmed(r->text);
    else
        check_missing(r, &done);
    g_string_truncate(r->text, 0);
}

/* What Expat itself could not read. */
static void say_malformed(struct reading *r)
{
    enum XML_Error error = XML_GetErrorCode(r->parser);
    const char *code = r->begun ? "not-well-formed" : "not-xml";

    if (error == XML_ERROR_UNKNOWN_ENCODING || error == XML_ERROR_INCORRECT_ENCODING)
        code = "encoding";
    else if (r->begun &&
             (error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
              error == XML_ERROR_PARTIAL_CHAR || error == XML_ERROR_UNCLOSED_CDATA_SECTION))
        code = "truncated";
    complain(r, true, code, "this is no XML that can be read: %s", XML_ErrorString(error));
}

/* Without any it ends the process, instead of telling the sender that this is no XML. */
static const XML_Memory_Handling_Suite glibs_memory = { g_malloc, g_realloc, g_free };

struct cap_node *cap_xml_read(const char *text, size_t len, enum cap_version oldest,
                              enum cap_version *version, struct faults *f)
{
    struct reading r = { .faults = f, .oldest = oldest };

    if (len == 0 || len > CAP_MAX_BYTES) {
        g_autofree char *sentence =
            g_strdup_printf("%zu bytes; an alert has 1 to %d", len, CAP_MAX_BYTES);
        cap_error(f, "", len == 0 ? "not-xml" : "too-long", sentence);
        return NULL;
    }
    r.parser = XML_ParserCreate_MM(NULL, &glibs_memory, &(XML_Char){ CAP_NAME_JOINT });
    r.text = g_string_new(NULL);
    XML_SetUserData(r.parser, &r);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetCharacterDataHandler(r.parser, on_text);
    /* All at once: Expat is slow where a long token comes in pieces. */
    bool whole = XML_Parse(r.parser, text, (int)len, XML_TRUE) == XML_STATUS_OK;
    if (!whole && !r.stopped)
        say_malformed(&r);
    XML_ParserFree(r.parser);
    g_string_free(r.text, TRUE);
    *version = r.version;
    if (!whole)
        g_clear_pointer(&r.root, cap_node_free);
    return r.root;
}
