/* What is accepted is written back, accepted again, and says the same. */
#include <string.h>

#include "fuzz_target.h"
#include "wire/broadcast_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults *f = faults_new();
    struct broadcast *b = broadcast_json_read((const char *)data, size, 0, NULL, f);

    g_assert((b != NULL) == !faults_any(f));
    if (b) {
        g_autofree char *text = broadcast_json_write(b), *digest = broadcast_json_digest(b);
        struct broadcast *again = broadcast_json_read(text, strlen(text), 0, NULL, f);
        g_assert(again);
        g_autofree char *text2 = broadcast_json_write(again),
                        *digest2 = broadcast_json_digest(again);
        g_assert_cmpstr(text, ==, text2);
        g_assert_cmpstr(digest, ==, digest2);
        broadcast_unref(again);
        broadcast_unref(b);
    }
    faults_free(f);
    return 0;
}
