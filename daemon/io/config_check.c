#include "io/config_check.h"
#include "model/release.h"
#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#include "base/text.h"
#include "model/place.h"
#include "model/retry.h"

const char *config_check_mailbox(const char *text)
{
    const char *why = NULL;
    return text_is_mailbox(text, &why) ? NULL : why;
}

static bool is_address(const char *text, int *bits)
{
    unsigned char address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, text, address) == 1) {
        *bits = 32;
        return true;
    }
    *bits = 128;
    return inet_pton(AF_INET6, text, address) == 1;
}

const char *config_check_host(const char *text)
{
    static const char *const wanted = "give a host name or an address without port";
    int bits;
    if (is_address(text, &bits))
        return NULL;
    if (strlen(text) > 253 || !g_ascii_isalnum(text[0]))
        return wanted;
    for (const char *p = text; *p; p++) {
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != '.' && *p != '_')
            return wanted;
        if (*p == '.' && (p[1] == '.' || p[1] == '-'))
            return wanted;
    }
    return NULL;
}

/* A decimal number from min to max, and nothing else. */
static bool is_number(const char *text, guint64 min, guint64 max)
{
    return g_ascii_string_to_unsigned(text, 10, min, max, NULL, NULL);
}

const char *config_check_listen(const char *text)
{
    static const char *const wanted =
        "give a numeric address and a port: 127.0.0.1:8440 or [::1]:8440";
    const char *colon = strrchr(text, ':');
    if (!colon || !is_number(colon + 1, 1, 65535))
        return wanted;
    g_autofree char *host = g_strndup(text, (gsize)(colon - text));
    size_t len = strlen(host);
    bool bracketed = len > 2 && host[0] == '[' && host[len - 1] == ']';
    if (bracketed)
        host[len - 1] = '\0';
    int bits;
    if (!is_address(bracketed ? host + 1 : host, &bits) || bracketed != (bits == 128))
        return wanted;
    return NULL;
}

const char *config_check_network(const char *text)
{
    static const char *const wanted = "give a network as address/bits: 127.0.0.0/8 or fd00::/8";
    const char *slash = strchr(text, '/');
    if (!slash)
        return wanted;
    g_autofree char *address = g_strndup(text, (gsize)(slash - text));
    int bits;
    if (!is_address(address, &bits) || !is_number(slash + 1, 0, (guint64)bits))
        return wanted;
    return NULL;
}

const char *config_check_url(const char *text)
{
    static const char *const wanted = "give a URL with http or https and a host: https://host/path";
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    if (!uri || (strcmp(g_uri_get_scheme(uri), "https") && strcmp(g_uri_get_scheme(uri), "http")))
        return wanted;
    const char *host = g_uri_get_host(uri);
    if (!host || !*host)
        return wanted;
    return g_uri_get_userinfo(uri) ? "must not hold a user or a password" : NULL;
}

const char *config_check_base_url(const char *text)
{
    const char *wrong = config_check_url(text);
    if (wrong)
        return wrong;
    g_autoptr(GUri) uri = g_uri_parse(text, G_URI_FLAGS_NONE, NULL);
    if (g_uri_get_query(uri) || g_uri_get_fragment(uri))
        return "must end with its path: links are made by adding to it";
    for (const char *p = text; *p; p++)
        if (!g_ascii_isgraph(*p) || strchr("\"'<>\\", *p))
            return "give it in the letters of a link: other characters as %XX, a host as xn--";
    return NULL;
}

const char *config_check_telephone(const char *text)
{
    unsigned digits = 0;
    for (const char *p = text; *p; p++) {
        if (g_ascii_isdigit(*p))
            digits++;
        else if (!strchr("+-.() ", *p))
            return "give one telephone number: digits, blanks and + - . ( )";
    }
    return digits >= 3 && digits <= 15 ? NULL : "give a telephone number of 3 to 15 digits";
}

const char *config_check_id(const char *text)
{
    for (const char *p = text; *p; p++)
        if (!g_ascii_islower(*p) && !g_ascii_isdigit(*p) && (*p != '-' || p == text || !p[1]))
            return "give an id of small letters, digits and - between them";
    return strlen(text) <= 64 ? NULL : "give an id of at most 64 characters";
}

const char *config_check_state(const char *text)
{
    return place_is_state(text) ? NULL : "give a state or territory by its postal code: IL, DC, PR";
}

const char *config_check_schedule(const char *text)
{
    struct retry_policy p = { .steps = 0 };
    const char *why = NULL;
    return retry_policy_parse(&p, text, &why) ? NULL : why;
}

const char *config_check_release_rule(const char *text)
{
    struct release_rule rule;
    const char *why = NULL;
    return release_rule_parse(&rule, text, &why) ? NULL : why;
}
