/* The lines of a delivery log are judged without a crash, and what counts as signed by the key is
 * never more than that key has signed.  Ranges that are read are in order. */
#include "fuzz_parts.h"
#include "wire/journal_check.h"

/* Whose key it is that signed corpus/journal/whole, and the last record that it signed. */
#define KEY "5Kas3D8DsZPODybTecZYd-kUt6not6L_qs6TsW_DQEs"
#define SIGNED_SEQ 7

static void note(void *ctx, const struct journal_fault *f)
{
    g_assert(f->code && *f->sentence && g_utf8_validate(f->sentence, -1, NULL));
    (*(unsigned *)ctx)++;
}

static void check_log(const char *at, size_t size)
{
    unsigned faults = 0;
    struct journal_check *c = journal_check_new(KEY, size % 3 == 0, note, &faults);

    while (size > 0) {
        const char *end = memchr(at, '\n', size);
        size_t len = end ? (size_t)(end - at) : size;
        g_autofree char *line = g_strndup(at, len);
        journal_check_line(c, line, len, end != NULL);
        at += len + (end != NULL);
        size -= len + (end != NULL);
    }
    const struct journal_found *found = journal_check_end(c);
    g_assert(found->faults == faults && found->signed_seq <= SIGNED_SEQ);
    journal_check_free(c);
}

static void check_ranges(const char *text)
{
    g_autoptr(GArray) ranges = journal_ranges_read(text);
    int64_t before = INT64_MIN;

    for (guint i = 0; ranges && i < ranges->len; i++) {
        const struct journal_range *r = &g_array_index(ranges, struct journal_range, i);
        g_assert(r->first > before && r->last >= r->first);
        before = r->last;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);

    check_log((const char *)data, size);
    check_ranges(text);
    return 0;
}
