#include <string.h>

#include "options.h"
#include "smtp_session.h"

static char *decode(const char *text)
{
    gsize len = 0;
    g_autofree guchar *bytes = g_base64_decode(text, &len);
    GString *plain = g_string_new_len((const char *)bytes, (gssize)len);

    return g_string_free(plain, FALSE);
}

static void conclude(struct smtp *s, const char *user, const char *password)
{
    g_autofree char *given = g_strconcat(user, ":", password, NULL);

    s->reading = READ_COMMANDS;
    s->authenticated = g_str_equal(given, s->sink->options->auth);
    smtp_say(s, s->authenticated ? "235 2.7.0 you are known" : "535 5.7.8 not known here");
}

/* RFC 4616: authorization identity, NUL, user, NUL, password. */
static void conclude_plain(struct smtp *s, const char *coded)
{
    gsize len = 0;
    g_autofree guchar *bytes = g_base64_decode(coded, &len);
    g_autofree char *parts = g_malloc0(len + 3); /* missing parts read as empty */
    const char *user, *password;

    memcpy(parts, bytes, len);
    user = memchr(parts, '\0', len + 1);
    user++;
    password = user + MIN(strlen(user) + 1, (size_t)(parts + len + 2 - user));
    conclude(s, user, password);
}

void smtp_auth_line(struct smtp *s, const char *line)
{
    g_autofree char *plain = NULL;

    if (g_str_equal(line, "*")) {
        s->reading = READ_COMMANDS;
        smtp_say(s, "501 5.7.0 authentication given up");
        return;
    }
    switch (s->reading) {
    case READ_LOGIN_USER:
        plain = decode(line);
        g_strlcpy(s->user, plain, sizeof(s->user));
        s->reading = READ_LOGIN_PASSWORD;
        smtp_say(s, "334 UGFzc3dvcmQ6");
        break;
    case READ_LOGIN_PASSWORD:
        plain = decode(line);
        conclude(s, s->user, plain);
        break;
    default:
        conclude_plain(s, line);
    }
}

void smtp_auth_begin(struct smtp *s, const char *arguments)
{
    g_auto(GStrv) words = g_strsplit(arguments, " ", 2);
    const char *mechanism = words[0] ? words[0] : "", *initial = words[0] ? words[1] : NULL;

    if (!s->sink->options->auth) {
        smtp_say(s, "502 5.5.1 authentication is not offered");
    } else if (s->sink->options->require_starttls && !conn_is_tls(s->conn)) {
        smtp_say(s, "530 5.7.0 STARTTLS first");
    } else if (s->authenticated || s->in_mail) {
        smtp_say(s, "503 5.5.1 not now");
    } else if (g_ascii_strcasecmp(mechanism, "PLAIN") == 0) {
        s->reading = READ_PLAIN;
        if (initial)
            smtp_auth_line(s, initial);
        else
            smtp_say(s, "334 ");
    } else if (g_ascii_strcasecmp(mechanism, "LOGIN") == 0) {
        s->reading = READ_LOGIN_USER;
        if (initial)
            smtp_auth_line(s, initial);
        else
            smtp_say(s, "334 VXNlcm5hbWU6");
    } else {
        smtp_say(s, "504 5.5.4 mechanism is not offered");
    }
}
