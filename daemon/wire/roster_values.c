#include "wire/roster_values.h"

#include <glib.h>
#include <string.h>

#include "base/text.h"
#include "model/mission.h"
#include "wire/language.h"

#define DIGITS "0123456789"
#define MAX_RANK 99

bool roster_value_is_id(const char *s)
{
    size_t n = strlen(s);

    return n >= 2 && n <= 64 && strspn(s, "abcdefghijklmnopqrstuvwxyz" DIGITS "-") == n;
}

bool roster_value_is_country(const char *s)
{
    return strlen(s) == 2 && g_ascii_isupper(s[0]) && g_ascii_isupper(s[1]);
}

int roster_value_index(const char *const *names, const char *s)
{
    for (int i = 0; names[i]; i++)
        if (strcmp(names[i], s) == 0)
            return i;
    return -1;
}

bool roster_value_is_kind(const char *s)
{
    return roster_value_index(mission_kinds, s) >= 0;
}

bool roster_value_is_zip(const char *s)
{
    size_t n = strspn(s, DIGITS);

    if (n != 5)
        return false;
    return s[5] == '\0' || (s[5] == '-' && strspn(s + 6, DIGITS) == 4 && s[10] == '\0');
}

static bool is_decimal_within(const char *s, double limit)
{
    const char *p = s + (*s == '-');
    size_t whole = strspn(p, DIGITS);

    if (whole < 1 || whole > 3)
        return false;
    p += whole;
    if (*p == '.') {
        size_t fraction = strspn(p + 1, DIGITS);
        if (fraction < 1 || fraction > 15)
            return false;
        p += 1 + fraction;
    }
    double value = g_ascii_strtod(s, NULL);
    return *p == '\0' && value >= -limit && value <= limit;
}

bool roster_value_is_latitude(const char *s)
{
    return is_decimal_within(s, 90);
}

bool roster_value_is_longitude(const char *s)
{
    return is_decimal_within(s, 180);
}

/* A city on a county line has its post in both counties. */
bool roster_value_is_counties(const char *s)
{
    for (;;) {
        if (strspn(s, DIGITS) != 5)
            return false;
        s += 5;
        if (*s == '\0')
            return true;
        if (*s++ != ' ')
            return false;
    }
}

bool roster_value_is_language(const char *s)
{
    g_autofree char *canonical = language_canonical(s);

    return canonical && strcmp(canonical, s) == 0;
}

bool roster_value_is_mailbox(const char *s)
{
    const char *why;

    return text_is_mailbox(s, &why);
}

bool roster_value_is_phone(const char *s)
{
    size_t digits = 0;

    for (const char *p = s; *p; p++) {
        if (g_ascii_isdigit(*p))
            digits++;
        else if (!(strchr(" .-()", *p) || (*p == '+' && p == s)))
            return false;
    }
    return digits >= 7 && digits <= 15;
}

bool roster_value_is_webhook(const char *s)
{
    for (const char *p = s; *p; p++)
        if (*p <= ' ' || *p > '~' || strchr("\"<>\\^`{|}", *p))
            return false;
    if (!g_str_has_prefix(s, "https://") && !g_str_has_prefix(s, "http://"))
        return false;
    g_autoptr(GUri) uri = g_uri_parse(s, G_URI_FLAGS_ENCODED, NULL);
    if (!uri || g_uri_get_userinfo(uri) || g_uri_get_fragment(uri) || g_uri_get_port(uri) == 0)
        return false;
    const char *host = g_uri_get_host(uri);
    return host && *host;
}

bool roster_value_is_date(const char *s)
{
    if (strlen(s) != 10 || strspn(s, DIGITS) != 4 || s[4] != '-' || strspn(s + 5, DIGITS) != 2 ||
        s[7] != '-' || strspn(s + 8, DIGITS) != 2)
        return false;
    guint year = (guint)g_ascii_strtoull(s, NULL, 10);
    guint month = (guint)g_ascii_strtoull(s + 5, NULL, 10);
    guint day = (guint)g_ascii_strtoull(s + 8, NULL, 10);
    return year > 0 && g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

bool roster_value_rank(const char *s, unsigned *rank)
{
    size_t n = strspn(s, DIGITS);

    if (n < 1 || n > 2 || s[n] || s[0] == '0')
        return false;
    *rank = (unsigned)g_ascii_strtoull(s, NULL, 10);
    return true;
}

const char *roster_value_rank_text(unsigned rank)
{
    static const char texts[MAX_RANK + 1][3] = {
#define TEN(t) t "0", t "1", t "2", t "3", t "4", t "5", t "6", t "7", t "8", t "9"
        TEN(""),  TEN("1"), TEN("2"), TEN("3"), TEN("4"),
        TEN("5"), TEN("6"), TEN("7"), TEN("8"), TEN("9")
#undef TEN
    };

    g_assert(rank <= MAX_RANK);
    return texts[rank];
}
