/* A template either has faults that are said, or renders the example and nothing at all alike. */
#include <string.h>

#include "fuzz_target.h"
#include "wire/template.h"

static json_t *example(void)
{
    return json_pack("{s:s, s:b, s:{s:s}, s:[{s:s, s:[s]}]}", "name", "<Ann & \"Bob\">", "urgent",
                     1, "office", "city", "Chicago", "missions", "id", "fr-chicago", "gaps",
                     "none");
}

static void try_output(const char *source, enum template_output output, const json_t *schema,
                       const json_t *empty)
{
    struct faults *f = faults_new();
    struct template *t = template_parse("fuzz", source, output, schema, f);

    g_assert((t != NULL) == !faults_any(f));
    if (t) {
        g_autoptr(GString) out = g_string_new(NULL);
        template_render(t, schema, out);
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
