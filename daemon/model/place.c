#include "model/place.h"
#include <glib.h>
#include <string.h>

/* FIPS 5-2 state codes; sorted by postal code. */
static const struct state {
    const char *code, *fips, *name;
} states[] = {
    { "AK", "02", "alaska" },
    { "AL", "01", "alabama" },
    { "AR", "05", "arkansas" },
    { "AS", "60", "american samoa" },
    { "AZ", "04", "arizona" },
    { "CA", "06", "california" },
    { "CO", "08", "colorado" },
    { "CT", "09", "connecticut" },
    { "DC", "11", "district of columbia" },
    { "DE", "10", "delaware" },
    { "FL", "12", "florida" },
    { "GA", "13", "georgia" },
    { "GU", "66", "guam" },
    { "HI", "15", "hawaii" },
    { "IA", "19", "iowa" },
    { "ID", "16", "idaho" },
    { "IL", "17", "illinois" },
    { "IN", "18", "indiana" },
    { "KS", "20", "kansas" },
    { "KY", "21", "kentucky" },
    { "LA", "22", "louisiana" },
    { "MA", "25", "massachusetts" },
    { "MD", "24", "maryland" },
    { "ME", "23", "maine" },
    { "MI", "26", "michigan" },
    { "MN", "27", "minnesota" },
    { "MO", "29", "missouri" },
    { "MP", "69", "northern mariana islands" },
    { "MS", "28", "mississippi" },
    { "MT", "30", "montana" },
    { "NC", "37", "north carolina" },
    { "ND", "38", "north dakota" },
    { "NE", "31", "nebraska" },
    { "NH", "33", "new hampshire" },
    { "NJ", "34", "new jersey" },
    { "NM", "35", "new mexico" },
    { "NV", "32", "nevada" },
    { "NY", "36", "new york" },
    { "OH", "39", "ohio" },
    { "OK", "40", "oklahoma" },
    { "OR", "41", "oregon" },
    { "PA", "42", "pennsylvania" },
    { "PR", "72", "puerto rico" },
    { "RI", "44", "rhode island" },
    { "SC", "45", "south carolina" },
    { "SD", "46", "south dakota" },
    { "TN", "47", "tennessee" },
    { "TX", "48", "texas" },
    { "UT", "49", "utah" },
    { "VA", "51", "virginia" },
    { "VI", "78", "us virgin islands" },
    { "VT", "50", "vermont" },
    { "WA", "53", "washington" },
    { "WI", "55", "wisconsin" },
    { "WV", "54", "west virginia" },
    { "WY", "56", "wyoming" },
};

static const char *const words[][2] = {
    { "saint", "st" },
    { "sainte", "ste" },
    { "fort", "ft" },
    { "mount", "mt" },
};

static const char *const whole_names[][2] = {
    { "agana", "hagatna" }, /* the name until 1998 */
    { "agana heights", "hagatna heights" },
    { "new york city", "new york" },
    { "nyc", "new york" },
    { "washington dc", "washington" },
};

static bool is_silent(gunichar c)
{
    switch (c) {
    case '.':
    case '\'':
    case '`':
    case 0x2018: /* quotation marks used as apostrophes */
    case 0x2019:
    case 0x02BB: /* okina */
    case 0x02BC:
        return true;
    default:
        return g_unichar_ismark(c);
    }
}

/* Lower case, no accents, no silent signs; everything that separates becomes one blank. */
static char *fold(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_autofree char *plain = g_utf8_normalize(valid, -1, G_NORMALIZE_ALL);
    GString *out = g_string_new(NULL);

    for (const char *p = plain; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_silent(c))
            continue;
        if (g_unichar_isalnum(c))
            g_string_append_unichar(out, g_unichar_tolower(c));
        else if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    if (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

static const char *replacement(const char *const (*table)[2], size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(table[i][0], word) == 0)
            return table[i][1];
    return word;
}

char *place_city_key(const char *city)
{
    g_autofree char *folded = fold(city);
    g_auto(GStrv) parts = g_strsplit(folded, " ", -1);
    g_autoptr(GString) key = g_string_new(NULL);

    for (char **p = parts; *p != NULL; p++) {
        if (key->len > 0)
            g_string_append_c(key, ' ');
        g_string_append(key, replacement(words, G_N_ELEMENTS(words), *p));
    }
    return g_strdup(replacement(whole_names, G_N_ELEMENTS(whole_names), key->str));
}

const char *place_state_code(const char *text)
{
    g_autofree char *folded = fold(text);

    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (g_ascii_strcasecmp(states[i].code, folded) == 0 || strcmp(states[i].name, folded) == 0)
            return states[i].code;
    return NULL;
}

/* "Chicago IL", "Washington D.C.": a postal code in capitals after a blank, or NULL. */
static const char *trailing_code(const char *text, size_t *city_len)
{
    const char *blank = strrchr(text, ' ');

    if (blank == NULL || !g_ascii_isupper(blank[1]) ||
        !g_ascii_isupper(blank[2] == '.' ? blank[3] : blank[2]))
        return NULL;
    const char *code = place_state_code(blank + 1);
    *city_len = (size_t)(blank - text);
    return code != NULL && strlen(blank + 1) <= strlen("D.C.") ? code : NULL;
}

bool place_split(const char *text, char **city, char **state)
{
    g_autofree char *whole = g_strstrip(g_utf8_make_valid(text, -1));
    const char *comma = strrchr(whole, ','), *code = NULL;
    size_t city_len = strlen(whole);

    *city = *state = NULL;
    if (comma != NULL) {
        city_len = (size_t)(comma - whole);
        code = place_state_code(comma + 1);
        if (code == NULL)
            return false;
    } else {
        code = trailing_code(whole, &city_len);
        if (code == NULL)
            city_len = strlen(whole);
    }
    g_autofree char *name = g_strchomp(g_strndup(whole, city_len));
    g_autofree char *key = place_city_key(name);
    if (key[0] == '\0')
        return false;
    *city = g_steal_pointer(&name);
    *state = g_strdup(code);
    return true;
}

bool place_is_state(const char *code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].code, code) == 0)
            return true;
    return false;
}

const char *place_state_of_fips(const char *fips)
{
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        if (strncmp(states[i].fips, fips, 2) == 0)
            return states[i].code;
    return NULL;
}

const char *const *place_states(void)
{
    static gsize ready;
    static const char *codes[G_N_ELEMENTS(states) + 1];

    if (g_once_init_enter(&ready)) {
        for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
            codes[i] = states[i].code;
        g_once_init_leave(&ready, 1);
    }
    return codes;
}
