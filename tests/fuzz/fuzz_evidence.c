/* A bundle of evidence is judged without a crash, and only the one that was signed is proved. */
#include "base/digest.h"
#include "fuzz_parts.h"
#include "wire/evidence.h"

/* Of corpus/evidence/whole: whose key it is, and the SHA-256 of what that has signed. */
static const char *const keys[] = { "5Kas3D8DsZPODybTecZYd-kUt6not6L_qs6TsW_DQEs", NULL };
#define WHOLE "33483023d8d077ef594d9edd16535d78e708c356699da0c2af7f60e6340fe7f7"

static void note(void *ctx, const struct journal_fault *f)
{
    g_assert(f->code && *f->sentence);
    (*(unsigned *)ctx)++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    struct evidence_found found;
    unsigned faults = 0;

    evidence_check(text, size, keys, note, &faults, &found);
    g_assert(faults == found.faults);
    if (faults == 0) {
        const char *end = g_strrstr(text, ",\"signature\":");
        g_autofree char *digest = end ? digest_sha256_hex(text, (size_t)(end - text)) : NULL;
        g_assert_cmpstr(digest, ==, WHOLE);
    }
    evidence_found_clear(&found);
    return 0;
}
