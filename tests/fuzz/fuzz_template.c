/* A template either has faults that are said, or renders the example and nothing at all alike; with
 * every text of the example left open and filled in again it comes to the same. */
#include <string.h>

#include "fuzz_target.h"
#include "wire/mail_encode.h"
#include "wire/template.h"

static json_t *example(void)
{
    return json_pack("{s:s, s:b, s:{s:s}, s:[{s:s, s:[s]}]}", "name", "<Ann & \"Bob\">", "urgent",
                     1, "office", "city", "Chicago", "missions", "id", "fr-chicago", "gaps",
                     "none");
}

#define OPEN 4

static void try_fixed(const struct template *t, const json_t *value, template_encode_fn encode,
                      const char *want)
{
    const json_t *mission = json_array_get(json_object_get(value, "missions"), 0);
    const json_t *const open[OPEN] = {
        json_object_get(value, "name"),
        json_object_get(json_object_get(value, "office"), "city"),
        json_object_get(mission, "id"),
        json_array_get(json_object_get(mission, "gaps"), 0),
    };
    const char *texts[OPEN];
    g_autoptr(GString) out = g_string_new(NULL);
    struct template *fixed = template_fix(t, value, open, OPEN, encode);

    for (int i = 0; i < OPEN; i++)
        texts[i] = json_string_value(open[i]);
    template_fill(fixed, texts, out);
    g_assert_cmpstr(out->str, ==, want);
    template_free(fixed);
}

static void try_output(const char *source, enum template_output output, const json_t *schema,
                       const json_t *empty)
{
    struct faults *f = faults_new();
    struct template *t = template_parse("fuzz", source, output, schema, f);

    g_assert((t != NULL) == !faults_any(f));
    if (t) {
        g_autoptr(GString) out = g_string_new(NULL);
        g_autoptr(GString) encoded = g_string_new(NULL);
        template_render(t, schema, out);
        mail_encode_quoted(encoded, out->str, out->len);
        try_fixed(t, schema, NULL, out->str);
        try_fixed(t, schema, mail_encode_quoted, encoded->str);
        template_render(t, empty, out);
        template_free(t);
    }
    faults_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *source = g_strndup((const char *)data, size);
    json_t *schema = example(), *empty = json_object();

    try_output(source, TEMPLATE_TEXT, schema, empty);
    try_output(source, TEMPLATE_HTML, schema, empty);
    json_decref(schema);
    json_decref(empty);
    return 0;
}
