#include "options.h"

#include <string.h>

/* Fills one row of the option table; an entry's target is a member of the struct. */
#define STRING(name, target, text, arg)                                                            \
    {                                                                                              \
        name, 0, 0, G_OPTION_ARG_STRING, target, text, arg                                         \
    }
#define FLAG(name, target, text)                                                                   \
    {                                                                                              \
        name, 0, 0, G_OPTION_ARG_NONE, target, text, NULL                                          \
    }

static bool parse_words(struct options *o, int *argc, char ***argv, gboolean *version, GError **err)
{
    GOptionEntry entries[] = {
        STRING("smtp", &o->smtp, "receive mail here", "ADDR:PORT"),
        STRING("http", &o->http, "receive webhooks here", "ADDR:PORT"),
        STRING("https", &o->https, "receive webhooks over TLS here", "ADDR:PORT"),
        STRING("cert", &o->cert, "certificate chain (PEM)", "FILE"),
        STRING("key", &o->key, "private key (PEM)", "FILE"),
        FLAG("starttls", &o->starttls, "offer STARTTLS"),
        FLAG("require-starttls", &o->require_starttls, "take no mail without STARTTLS"),
        STRING("auth", &o->auth, "take mail only from this user", "USER:PASSWORD"),
        STRING("script", &o->script, "fault rules (JSON), re-read on SIGHUP", "FILE"),
        STRING("record", &o->record, "write one JSON line per arrival", "FILE|-"),
        FLAG("bodies", &o->bodies, "record webhook bodies too"),
        FLAG("digests", &o->digests, "record SHA-256 digests too"),
        STRING("maildir", &o->maildir, "keep each mail as DIR/new/N.eml", "DIR"),
        STRING("control", &o->control, "answer commands on this UNIX socket", "PATH"),
        { "ready-fd", 0, 0, G_OPTION_ARG_INT, &o->ready_fd, "write the ready line there too", "N" },
        FLAG("any-address", &o->any_address, "allow addresses other than loopback"),
        FLAG("quiet", &o->quiet, "print neither the ready line nor the summary"),
        FLAG("version", version, "print the version"),
        { 0 },
    };
    g_autoptr(GOptionContext) context = g_option_context_new("- receive mail and webhooks, "
                                                             "with scripted faults");
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, argc, argv, err);
}

/* What is wrong with the combination, as a sentence, or NULL. */
static const char *contradiction(const struct options *o, int argc)
{
    if (argc > 1)
        return "arguments other than options are not taken";
    if (!o->smtp && !o->http && !o->https)
        return "nothing to listen on: give --smtp, --http or --https";
    if (!o->cert != !o->key)
        return "--cert and --key belong together";
    if (o->https && !o->cert)
        return "--https needs --cert and --key";
    if (o->starttls && !o->cert)
        return "--starttls needs --cert and --key";
    if (o->starttls && !o->smtp)
        return "--starttls needs --smtp";
    if (o->auth && (!o->smtp || !strchr(o->auth, ':') || o->auth[0] == ':'))
        return "--auth needs --smtp and a value of the form USER:PASSWORD";
    return NULL;
}

int options_parse(struct options *o, int argc, char **argv)
{
    gboolean version = FALSE;
    g_autoptr(GError) err = NULL;
    const char *fault;

    *o = (struct options){ .ready_fd = -1 };
    if (!parse_words(o, &argc, &argv, &version, &err)) {
        g_printerr("liaison-sink: %s\n", err->message);
        return 2;
    }
    if (version) {
        g_print("liaison-sink %s\n", LIAISOND_VERSION);
        return 0;
    }
    if (o->require_starttls)
        o->starttls = TRUE;
    fault = contradiction(o, argc);
    if (fault) {
        g_printerr("liaison-sink: %s\n", fault);
        return 2;
    }
    return OPTIONS_RUN;
}

void options_clear(struct options *o)
{
    char **const strings[] = { &o->smtp,   &o->http,   &o->https,   &o->cert,    &o->key,
                               &o->script, &o->record, &o->maildir, &o->control, &o->auth };

    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_clear_pointer(strings[i], g_free);
}
