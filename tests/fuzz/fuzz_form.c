/* A posted form: what is taken is clean text within its bounds, or there is a fault. */
#include "fuzz_target.h"
#include "wire/form.h"
#include <string.h>

#define MAX_BYTES 64

static const char *const names[] = { "code", "answer", "note", NULL };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct form form;
    struct faults *f = faults_new();
    bool good = form_read(&form, (const char *)data, size, names, MAX_BYTES, f);
    g_assert(good == !faults_any(f));
    for (size_t i = 0; names[i]; i++) {
        const char *value = form_value(&form, names[i]);
        g_assert(strlen(value) <= MAX_BYTES && g_utf8_validate(value, -1, NULL));
        g_assert(!strpbrk(value, "\r\x1b\x7f"));
    }
    form_clear(&form);
    faults_free(f);
    return 0;
}
