/* What is made harmless is; what is a mailbox or a language tag keeps to its grammar. */
#include "base/text.h"
#include "fuzz_parts.h"
#include "wire/language.h"

static void check_clean_line(const char *s)
{
    g_autofree char *once = text_clean_line(s), *twice = text_clean_line(once);

    g_assert_cmpstr(once, ==, twice);
    g_assert(!text_has_control(once) && !g_str_has_prefix(once, " "));
    for (const char *p = once; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_assert(!(c >= 0x202a && c <= 0x202e) && !(c >= 0x2066 && c <= 0x2069));
    }
}

static void check_cut(const char *s, size_t max)
{
    g_autofree char *valid = g_utf8_make_valid(s, -1), *cut = text_cut(valid, max + 3),
                    *short_one = text_ellipsize(s, max);

    g_assert(strlen(cut) <= max + 3 && g_utf8_validate(cut, -1, NULL));
    g_assert(g_utf8_validate(short_one, -1, NULL));
    g_assert((size_t)g_utf8_strlen(short_one, -1) <= max);
}

static void check_mailbox(const char *s)
{
    const char *why = NULL;

    if (!text_is_mailbox(s, &why)) {
        g_assert(why);
        return;
    }
    const char *at = strchr(s, '@');
    g_assert(at && at == strrchr(s, '@') && at - s >= 1 && at - s <= 64 && strlen(s) <= 254);
    for (const char *p = s; *p; p++)
        g_assert(*p > ' ' && *p < 0x7f && !strchr("<>()[]\\,;:\"", *p));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const words[] = { "broadcast", "mission", "recipient", NULL };
    struct fuzz_input in = fuzz_input(data, size);
    g_autofree char *s = fuzz_piece(&in), *shown = text_printable((const char *)data, (gssize)size);
    g_autofree char *tag = language_canonical(s), *again = tag ? language_canonical(tag) : NULL;

    fuzz_check_shown(shown, strlen(shown), "");
    g_assert_cmpstr(tag, ==, again);
    g_assert(!tag || strlen(tag) <= LANGUAGE_MAX_BYTES);
    check_clean_line(s);
    check_cut(s, size % 40);
    check_mailbox(s);
    text_did_you_mean(s, words);
    return 0;
}
