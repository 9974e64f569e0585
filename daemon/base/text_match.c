/* The parts of text.h that judge a word: what was meant by it, and whether it is a mailbox. */
#include "base/text.h"
#include <string.h>

#define WORD_MAX 63
#define DISTANCE_MAX 3
#define LOCAL_MAX 64
#define MAILBOX_MAX 254
#define LABEL_MAX 63

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    return MIN(a, MIN(b, c));
}

/* Damerau-Levenshtein distance (adjacent letters may change places once), letter case aside.
 * Three rows of the table are enough: a change of places looks two rows back. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned rows[3][WORD_MAX + 1];
    for (size_t j = 0; j <= b_len; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        char x = g_ascii_tolower(a[i - 1]);
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_len; j++) {
            char y = g_ascii_tolower(b[j - 1]);
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == g_ascii_tolower(b[j - 2]) && g_ascii_tolower(a[i - 2]) == y)
                row[j] = MIN(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_len % 3][b_len];
}

const char *text_did_you_mean(const char *word, const char *const *candidates)
{
    size_t len = strlen(word);
    if (len > WORD_MAX)
        return NULL;
    const char *best = NULL;
    unsigned limit = MIN((unsigned)len / 3, DISTANCE_MAX) + 1; /* look for less than this */
    for (; *candidates; candidates++) {
        size_t other = strlen(*candidates);
        if (other > WORD_MAX)
            continue;
        unsigned d = distance(word, len, *candidates, other);
        if (d < limit) {
            limit = d;
            best = *candidates;
        }
    }
    return best;
}

/* RFC 5321, 4.1.2, Dot-string. */
static const char *local_part_fault(const char *s, size_t len)
{
    if (len == 0)
        return "nothing stands before the @";
    if (len > LOCAL_MAX)
        return "the part before the @ is longer than 64 characters";
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.' && (i == 0 || i == len - 1 || s[i - 1] == '.'))
            return "a dot stands first, last or twice in a row before the @";
        if (!g_ascii_isalnum(s[i]) && !strchr(".!#$%&'*+-/=?^_`{|}~", s[i]))
            return "a character that is not allowed stands before the @";
    }
    return NULL;
}

static const char *label_fault(const char *s, size_t len)
{
    if (len == 0)
        return "the domain has an empty label";
    if (len > LABEL_MAX)
        return "the domain has a label longer than 63 characters";
    for (size_t i = 0; i < len; i++)
        if (!g_ascii_isalnum(s[i]) && s[i] != '-')
            return "a character that is not allowed stands in the domain";
    if (s[0] == '-' || s[len - 1] == '-')
        return "a label of the domain begins or ends with a hyphen";
    return NULL;
}

static const char *domain_fault(const char *s)
{
    if (!*s)
        return "nothing stands after the @";
    for (;;) {
        size_t len = strcspn(s, ".");
        const char *wrong = label_fault(s, len);
        if (wrong)
            return wrong;
        if (!s[len])
            return strspn(s, "0123456789") == len ? "the domain ends in a number" : NULL;
        s += len + 1;
    }
}

bool text_is_mailbox(const char *s, const char **why)
{
    const char *at = strchr(s, '@'), *wrong = NULL;
    if (strlen(s) > MAILBOX_MAX)
        wrong = "the address is longer than 254 characters";
    else if (!at)
        wrong = "the @ is missing";
    else
        wrong = local_part_fault(s, (size_t)(at - s));
    if (!wrong)
        wrong = domain_fault(at + 1);
    if (wrong && why)
        *why = wrong;
    return wrong == NULL;
}
