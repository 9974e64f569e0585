#include "wire/cap_read_info.h"

#include <string.h>

#include "wire/cap_geometry.h"
#include "wire/cap_value.h"
#include "wire/cap_words.h"

static bool is(const struct cap_node *n, const char *name)
{
    return strcmp(n->element->name, name) == 0;
}

/* CAP 1.0: "name=value" in one text. */
static struct cap_pair *pair_of_text(const struct cap_node *n, struct faults *f)
{
    const char *equals = strchr(n->text, '=');

    if (!equals || equals == n->text) {
        cap_node_error(n, f, "bad-pair", "CAP 1.0 writes <%s> as name=value", n->element->name);
        return NULL;
    }
    g_autofree char *name = g_strndup(n->text, (gsize)(equals - n->text));
    g_autofree char *value = g_strdup(equals + 1);
    return cap_pair_new(g_strstrip(name), g_strstrip(value));
}

static void add_pair(GPtrArray *to, const struct cap_node *n, struct faults *f)
{
    const struct cap_node *name = cap_node_part(n, "valueName"), *value = cap_node_part(n, "value");
    struct cap_pair *p = NULL;

    if (n->text)
        p = pair_of_text(n, f);
    else if (name)
        p = cap_pair_new(name->text, value ? value->text : "");
    if (p)
        g_ptr_array_add(to, p);
}

static void add_polygon(struct cap_area *a, const struct cap_node *n, struct faults *f)
{
    const char *code = NULL;
    g_autofree char *why = NULL;
    g_autoptr(GArray) points = cap_polygon_points(n->text, &code, &why);

    if (points)
        g_ptr_array_add(a->polygons, g_strdup(n->text));
    else
        cap_node_error(n, f, code, "%s", why);
}

static void add_circle(struct cap_area *a, const struct cap_node *n, struct faults *f)
{
    const char *code = NULL;
    g_autofree char *why = NULL;
    struct point center;
    double radius_km;

    if (cap_circle_parse(n->text, &center, &radius_km, &code, &why))
        g_ptr_array_add(a->circles, g_strdup(n->text));
    else
        cap_node_error(n, f, code, "%s", why);
}

static struct cap_area *read_area(const struct cap_node *n, struct faults *f)
{
    struct cap_area *a = cap_area_new();

    for (guint i = 0; i < n->parts->len; i++) {
        const struct cap_node *part = n->parts->pdata[i];
        if (is(part, "polygon"))
            add_polygon(a, part, f);
        else if (is(part, "circle"))
            add_circle(a, part, f);
        else if (is(part, "geocode"))
            add_pair(a->geocodes, part, f);
    }
    a->description = cap_value_text(cap_node_part(n, "areaDesc"));
    a->altitude = cap_value_number(cap_node_part(n, "altitude"), false, f);
    a->ceiling = cap_value_number(cap_node_part(n, "ceiling"), false, f);
    if (a->ceiling && !cap_node_part(n, "altitude"))
        cap_node_warn(n, f, "ceiling-alone", "<ceiling> means nothing without <altitude>");
    return a;
}

static struct cap_resource *read_resource(const struct cap_node *n, struct faults *f)
{
    struct cap_resource *r = cap_resource_new();

    r->description = cap_value_text(cap_node_part(n, "resourceDesc"));
    r->mime_type = cap_value_text(cap_node_part(n, "mimeType"));
    r->size = cap_value_number(cap_node_part(n, "size"), true, f);
    r->uri = cap_value_text(cap_node_part(n, "uri"));
    r->deref_uri = cap_value_text(cap_node_part(n, "derefUri"));
    r->digest = cap_value_text(cap_node_part(n, "digest"));
    return r;
}

/* Everything that may be there more than once. */
static void read_repeated(struct cap_info *i, const struct cap_node *n, struct faults *f)
{
    for (guint k = 0; k < n->parts->len; k++) {
        const struct cap_node *part = n->parts->pdata[k];
        char *word = NULL;
        if (is(part, "category") && (word = cap_value_word(part, cap_category_words, f)))
            g_ptr_array_add(i->categories, word);
        else if (is(part, "responseType") && (word = cap_value_word(part, cap_response_words, f)))
            g_ptr_array_add(i->responses, word);
        else if (is(part, "eventCode"))
            add_pair(i->event_codes, part, f);
        else if (is(part, "parameter"))
            add_pair(i->parameters, part, f);
        else if (is(part, "resource"))
            g_ptr_array_add(i->resources, read_resource(part, f));
        else if (is(part, "area"))
            g_ptr_array_add(i->areas, read_area(part, f));
    }
}

static void read_texts(struct cap_info *i, const struct cap_node *n)
{
    const struct {
        const char *name;
        char **into;
    } texts[] = {
        { "event", &i->event },
        { "audience", &i->audience },
        { "senderName", &i->sender_name },
        { "headline", &i->headline },
        { "description", &i->description },
        { "instruction", &i->instruction },
        { "web", &i->web },
        { "contact", &i->contact },
    };

    for (size_t k = 0; k < G_N_ELEMENTS(texts); k++)
        *texts[k].into = cap_value_text(cap_node_part(n, texts[k].name));
}

/* Real alerts are late or carry a wrong year; nothing is sent after expires anyway. */
static void check_times(const struct cap_info *i, const struct cap_node *n, struct timestamp sent,
                        struct faults *f)
{
    const struct cap_node *expires = cap_node_part(n, "expires");

    if (i->expires.ms == 0)
        return;
    if (i->expires.ms <= sent.ms)
        cap_node_warn(expires, f, "end-before-begin", "expires is not later than sent");
    else if (i->effective.ms && i->expires.ms <= i->effective.ms)
        cap_node_warn(expires, f, "end-before-begin", "expires is not later than effective");
}

struct cap_info *cap_read_info(const struct cap_node *n, enum cap_version version,
                               struct timestamp sent, struct faults *f)
{
    struct cap_info *i = cap_info_new();

    i->language = cap_value_language(cap_node_part(n, "language"), f);
    i->urgency = cap_value_word(cap_node_part(n, "urgency"), cap_urgency_words, f);
    i->severity = cap_value_word(cap_node_part(n, "severity"), cap_severity_words, f);
    i->certainty = cap_value_word(cap_node_part(n, "certainty"), cap_certainty_words, f);
    cap_value_time(cap_node_part(n, "effective"), &i->effective, f);
    cap_value_time(cap_node_part(n, "onset"), &i->onset, f);
    cap_value_time(cap_node_part(n, "expires"), &i->expires, f);
    read_texts(i, n);
    read_repeated(i, n, f);
    check_times(i, n, sent, f);
    if (i->categories->len == 0 && version == CAP_1_0)
        g_ptr_array_add(i->categories, g_strdup("Other")); /* required since 1.1 */
    return i;
}
