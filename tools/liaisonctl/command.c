#include "command.h"

#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "out.h"
#include "problem.h"

void command_access_options(struct session *s, GOptionContext *context)
{
    struct api_access *a = &s->access;
    const GOptionEntry entries[] = {
        { "server", 0, 0, G_OPTION_ARG_STRING, &a->server,
          "The daemon: unix:PATH or a URL ($LIAISOND_SERVER, else " API_DEFAULT_SERVER ")",
          "SERVER" },
        { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &a->token_file,
          "File that holds the token ($LIAISOND_TOKEN_FILE)", "FILE" },
        { "ca-file", 0, 0, G_OPTION_ARG_FILENAME, &a->ca_file,
          "Who vouches for the server, PEM ($LIAISOND_CA_FILE, else the system's)", "FILE" },
        { "certificate", 0, 0, G_OPTION_ARG_FILENAME, &a->certificate,
          "Our own certificate, PEM ($LIAISOND_CERTIFICATE)", "FILE" },
        { "key", 0, 0, G_OPTION_ARG_FILENAME, &a->key, "Its private key, PEM ($LIAISOND_KEY)",
          "FILE" },
        G_OPTION_ENTRY_NULL,
    };
    g_option_context_add_main_entries(context, entries, NULL);
}

static GOptionContext *context_for(struct session *s, const GOptionEntry *options)
{
    const GOptionEntry common[] = {
        { "json", 0, 0, G_OPTION_ARG_NONE, &s->json, "Answer in JSON, for programs", NULL },
        { "help", 'h', 0, G_OPTION_ARG_NONE, &s->help, "Show this", NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autofree char *usage = g_strdup_printf("%s %s", s->command->name, s->command->arguments);
    GOptionContext *context = g_option_context_new(usage);

    g_option_context_set_summary(context, s->command->help);
    g_option_context_set_help_enabled(context, FALSE);
    if (options)
        g_option_context_add_main_entries(context, options, NULL);
    command_access_options(s, context);
    g_option_context_add_main_entries(context, common, NULL);
    return context;
}

static void print_help(GOptionContext *context)
{
    g_autofree char *help = g_option_context_get_help(context, TRUE, NULL);

    fputs(help, stdout);
}

int command_misused(const struct session *s, const char *sentence)
{
    complain("%s", sentence);
    complain("usage: liaisonctl %s%s%s (--help tells more)", s->command->name,
             *s->command->arguments ? " " : "", s->command->arguments);
    return COMMAND_USAGE;
}

static bool open_api(struct session *s, int *result)
{
    g_autoptr(GError) error = NULL;

    if (s->command->offline)
        return true;
    s->api = api_new(&s->access, &error);
    if (s->api)
        return true;
    complain("%s", error->message);
    *result = COMMAND_USAGE;
    return false;
}

bool command_options(struct session *s, const GOptionEntry *options, int *argc, char ***argv,
                     int least, int most, int *result)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GOptionContext) context = context_for(s, options);

    if (!g_option_context_parse(context, argc, argv, &error)) {
        *result = command_misused(s, error->message);
        return false;
    }
    if (s->help) {
        print_help(context);
        *result = COMMAND_DONE;
        return false;
    }
    /* What follows "--" is an argument; the "--" itself stays in argv. */
    if (*argc > 1 && strcmp((*argv)[1], "--") == 0) {
        memmove(*argv + 1, *argv + 2, (size_t)(*argc - 1) * sizeof **argv);
        (*argc)--;
    }
    if (*argc - 1 < least || (most >= 0 && *argc - 1 > most)) {
        *result = command_misused(s, *argc - 1 < least ? "an argument is missing"
                                                       : "there are too many arguments");
        return false;
    }
    return open_api(s, result);
}

bool command_time(const char *option, const char *text)
{
    struct timestamp t;
    const char *why = NULL;

    if (!text || timestamp_parse(text, &t, &why))
        return true;
    complain("%s %s: %s (write it like 2026-11-23T09:30:00-05:00)", option, text, why);
    return false;
}

struct api_answer *command_ask(struct session *s, const struct api_request *r)
{
    g_autoptr(GError) error = NULL;
    struct api_answer *answer = api_call(s->api, r, &error);

    s->unanswered = answer == NULL;
    if (!answer) {
        complain("%s", error->message);
        return NULL;
    }
    if (answer->status >= 200 && answer->status < 300)
        return answer;
    problem_complain(answer);
    if (answer->json)
        command_json(s, answer);
    api_answer_free(answer);
    return NULL;
}

struct api_answer *command_ask_json(struct session *s, const char *method, const char *path,
                                    json_t *body)
{
    char *text = json_dumps(body, JSON_COMPACT);
    struct api_answer *answer = command_ask(
        s, &(struct api_request){
               .method = method, .path = path, .body = text, .body_len = strlen(text) });

    free(text);
    json_decref(body);
    return answer;
}

struct api_answer *command_get(struct session *s, const char *path)
{
    return command_get_as(s, path, NULL);
}

struct api_answer *command_get_as(struct session *s, const char *path, const char *accept)
{
    return command_ask(s, &(struct api_request){ .method = "GET", .path = path, .accept = accept });
}

bool command_save(const struct api_answer *answer, const char *file)
{
    g_autoptr(GError) error = NULL;

    if (strcmp(file, "-") == 0) {
        out_document(answer->body->str, answer->body->len);
        return true;
    }
    /* Beside and renamed, so that a full disk leaves no half of it. */
    bool fine = g_file_set_contents_full(file, answer->body->str, (gssize)answer->body->len,
                                         G_FILE_SET_CONTENTS_CONSISTENT, 0640, &error);
    if (!fine)
        complain("%s", error->message);
    return fine;
}

bool command_json(const struct session *s, const struct api_answer *answer)
{
    if (s->json)
        out_json(answer->body->str, answer->body->len);
    return s->json;
}

int command_show(const struct session *s, struct api_answer *answer,
                 void (*show)(const json_t *answer))
{
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer))
        show(answer->json);
    api_answer_free(answer);
    return COMMAND_DONE;
}

void command_own_json(json_t *o)
{
    char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

    out_json(text ? text : "{}", text ? strlen(text) : 2);
    free(text);
    json_decref(o);
}
