/* liaisonctl - the daemon's command line: finds the command in the table and runs it. */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "command.h"
#include "out.h"

static void list_commands(const char *of)
{
    size_t len = strlen(of);

    for (const struct command *c = commands; c->name; c++) {
        g_autofree char *usage = g_strdup_printf("%s %s", c->name, c->arguments);
        if (strncmp(c->name, of, len) != 0)
            continue;
        if (g_utf8_strlen(usage, -1) > 34)
            out("  %s\n  %-34s  %s\n", usage, "", c->help);
        else
            out("  %-34s  %s\n", usage, c->help);
    }
}

static void print_help(void)
{
    out("usage: liaisonctl [--server URL|unix:PATH] [--token-file FILE] [--json] COMMAND …\n"
        "       over https: [--ca-file FILE] [--certificate FILE --key FILE]\n\n");
    out("The command line of liaisond, which gets security broadcasts to foreign missions.\n\n");
    list_commands("");
    out("\nCOMMAND --help shows a command's options; man liaisonctl shows examples.\n"
        "The exit code is 0 when it is done, 1 when it failed, 2 when it was asked wrongly.\n");
}

/* The row that argv names, by two words ("roster import") or by one; *words is how many. */
static const struct command *find(int argc, char **argv, int *words)
{
    g_autofree char *two = argc > 1 ? g_strdup_printf("%s %s", argv[0], argv[1]) : NULL;

    for (const struct command *c = commands; c->name; c++) {
        if (g_strcmp0(c->name, two) == 0 || strcmp(c->name, argv[0]) == 0) {
            *words = strchr(c->name, ' ') ? 2 : 1;
            return c;
        }
    }
    return NULL;
}

/* "roster" alone, or with a second word that there is not. */
static bool is_group(const char *word)
{
    g_autofree char *start = g_strconcat(word, " ", NULL);

    for (const struct command *c = commands; c->name; c++)
        if (g_str_has_prefix(c->name, start))
            return true;
    return false;
}

static const char *meant(const char *said)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    for (const struct command *c = commands; c->name; c++)
        g_ptr_array_add(names, (gpointer)c->name);
    g_ptr_array_add(names, NULL);
    return text_did_you_mean(said, (const char *const *)names->pdata);
}

static int unknown(int argc, char **argv)
{
    bool has_second = argc > 1 && argv[1][0] != '-';
    g_autofree char *two = has_second ? g_strdup_printf("%s %s", argv[0], argv[1]) : NULL;
    const char *guess = two ? meant(two) : NULL;

    if (!guess)
        guess = meant(argv[0]);
    if (is_group(argv[0])) {
        if (two)
            complain("there is no command %s%s%s%s", two, guess ? "; did you mean " : "",
                     guess ? guess : "", guess ? "?" : "");
        else
            complain("%s needs a second word:", argv[0]);
        out_use(stderr);
        list_commands(argv[0]);
        return COMMAND_USAGE;
    }
    if (guess)
        complain("there is no command %s; did you mean %s?", argv[0], guess);
    else
        complain("there is no command %s; liaisonctl help lists them", argv[0]);
    return COMMAND_USAGE;
}

static int run_command(struct session *s, int argc, char **argv)
{
    int words = 1;

    s->command = find(argc, argv, &words);
    if (!s->command)
        return unknown(argc, argv);
    int result = s->command->run(s, argc - words + 1, argv + words - 1);
    if (!out_flush() && !out_is_closed() && result == COMMAND_DONE) {
        complain("write to standard output: failed");
        result = COMMAND_FAILED;
    }
    return result;
}

int help_run(struct session *s, int argc, char **argv)
{
    char *help_option = (char *)"--help";
    int words = 1;

    if (argc < 2 || argv[1][0] == '-') {
        print_help();
        return COMMAND_DONE;
    }
    s->command = find(argc - 1, argv + 1, &words);
    if (!s->command)
        return unknown(argc - 1, argv + 1);
    if (s->command->run == help_run) {
        print_help();
        return COMMAND_DONE;
    }
    char *arguments[] = { (char *)s->command->name, help_option, NULL };
    return s->command->run(s, 2, arguments);
}

/* The options before the command; false when they are wrong. */
static bool read_options(struct session *s, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        { "json", 0, 0, G_OPTION_ARG_NONE, &s->json, NULL, NULL },
        { "help", 'h', 0, G_OPTION_ARG_NONE, &s->help, NULL, NULL },
        { "version", 0, 0, G_OPTION_ARG_NONE, &s->version, NULL, NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_strict_posix(context, TRUE);
    command_access_options(s, context);
    g_option_context_add_main_entries(context, entries, NULL);
    if (g_option_context_parse(context, argc, argv, &error))
        return true;
    complain("%s; liaisonctl help lists the commands", error->message);
    return false;
}

int main(int argc, char **argv)
{
    struct session s = { .command = NULL };
    int result = COMMAND_USAGE;

    out_init();
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (!read_options(&s, &argc, &argv)) {
        result = COMMAND_USAGE;
    } else if (s.version) {
        out("liaisonctl %s\n", LIAISOND_VERSION);
        result = COMMAND_DONE;
    } else if (argc > 1) {
        result = run_command(&s, argc - 1, argv + 1);
    } else {
        out_use(s.help ? stdout : stderr);
        print_help();
        result = s.help ? COMMAND_DONE : COMMAND_USAGE;
    }
    api_free(s.api);
    g_free(s.access.server);
    g_free(s.access.token_file);
    g_free(s.access.ca_file);
    g_free(s.access.certificate);
    g_free(s.access.key);
    curl_global_cleanup();
    return result;
}
