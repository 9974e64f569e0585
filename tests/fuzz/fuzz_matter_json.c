/* What is accepted is written back and reads the same, also where the store keeps it. */
#include <string.h>

#include "fuzz_target.h"
#include "wire/matter_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults *f = faults_new();
    struct matter *m = matter_json_read((const char *)data, size, f);

    g_assert((m != NULL) == !faults_any(f));
    if (m) {
        struct matter_body *b = matter_json_read_body(m->kind, m->body);
        g_assert(b);
        g_autofree char *again = matter_json_write_body(b), *text = matter_body_text(b);
        g_assert_cmpstr(again, ==, m->body);
        g_assert_true(g_utf8_validate(text, -1, NULL));
        matter_body_free(b);
        matter_free(m);
    }
    faults_free(f);
    return 0;
}
