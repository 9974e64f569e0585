/*
 * command - what every command is given, and the table of them.
 *
 * To add one: a row in commands[] (command_table.c), a function in a file of its group, an example
 * in liaisonctl.1, a test.  Completion follows the table.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

#include "api_client.h"

enum command_exit { COMMAND_DONE = 0, COMMAND_FAILED = 1, COMMAND_USAGE = 2 };

struct command;

struct session {
    const struct command *command; /* the one that runs */
    struct api_access access;      /* owned; NULL: not given */
    gboolean json, help, version;
    struct api *api; /* NULL for a command that needs no server */
    bool unanswered; /* the last question got no answer: nobody knows what came of it */
};

struct command { /* name NULL ends the table */
    const char *name, *arguments, *help;
    int (*run)(struct session *s, int argc, char **argv); /* argv[0] is the command's name */
    bool offline;
};
extern const struct command commands[];

/* Reads the command's options and the ones all commands have; what is left in argv[1]… are between
 * least and most arguments (most -1: any number).  False: the answer is *result. */
bool command_options(struct session *s, const GOptionEntry *options, int *argc, char ***argv,
                     int least, int most, int *result);
/* Those that say how the daemon is reached; they stand before a command or after it. */
void command_access_options(struct session *s, GOptionContext *context);
/* Complains and says how the command is used; returns COMMAND_USAGE. */
int command_misused(const struct session *s, const char *sentence);
/* Is it an instant with an offset (RFC 3339)?  NULL is fine.  Complains. */
bool command_time(const char *option, const char *text);

/* Asks the server.  NULL: it has been told what went wrong. */
struct api_answer *command_ask(struct session *s, const struct api_request *r);
struct api_answer *command_get(struct session *s, const char *path);
/* With a body, which is taken; NULL likewise. */
struct api_answer *command_ask_json(struct session *s, const char *method, const char *path,
                                    json_t *body);
/* The answer in another form, "text/csv"; NULL likewise. */
struct api_answer *command_get_as(struct session *s, const char *path, const char *accept);
/* Writes it whole into a file, beside and renamed, "-": standard output as it is.  Complains. */
bool command_save(const struct api_answer *answer, const char *file);
/* With --json: prints the answer and is true. */
bool command_json(const struct session *s, const struct api_answer *answer);
/* Does so, else shows it; the end of most commands.  answer: taken, NULL: it failed. */
int command_show(const struct session *s, struct api_answer *answer,
                 void (*show)(const json_t *answer));
/* Prints JSON that is made here, and takes it; NULL: an empty object. */
void command_own_json(json_t *o);

/* The functions of the table. */
int send_run(struct session *s, int argc, char **argv);
int preview_run(struct session *s, int argc, char **argv);
int status_run(struct session *s, int argc, char **argv);
int watch_run(struct session *s, int argc, char **argv);
int explain_run(struct session *s, int argc, char **argv);
int cancel_run(struct session *s, int argc, char **argv);
int approve_run(struct session *s, int argc, char **argv);
int reject_run(struct session *s, int argc, char **argv);
int release_run(struct session *s, int argc, char **argv);
int unreached_run(struct session *s, int argc, char **argv);
int take_run(struct session *s, int argc, char **argv);
int report_run(struct session *s, int argc, char **argv);
int retry_run(struct session *s, int argc, char **argv);
int tail_run(struct session *s, int argc, char **argv);
int roster_import_run(struct session *s, int argc, char **argv);
int roster_export_run(struct session *s, int argc, char **argv);
int roster_check_run(struct session *s, int argc, char **argv);
int roster_show_run(struct session *s, int argc, char **argv);
int roster_set_run(struct session *s, int argc, char **argv);
int when_run(struct session *s, int argc, char **argv);
int matter_list_run(struct session *s, int argc, char **argv);
int matter_show_run(struct session *s, int argc, char **argv);
int matter_open_run(struct session *s, int argc, char **argv);
int matter_confirm_run(struct session *s, int argc, char **argv);
int matter_decide_run(struct session *s, int argc, char **argv);
int matter_draft_run(struct session *s, int argc, char **argv);
int campaign_start_run(struct session *s, int argc, char **argv);
int campaign_list_run(struct session *s, int argc, char **argv);
int campaign_show_run(struct session *s, int argc, char **argv);
int destinations_run(struct session *s, int argc, char **argv);
int threat_set_run(struct session *s, int argc, char **argv);
int threat_list_run(struct session *s, int argc, char **argv);
int threat_overdue_run(struct session *s, int argc, char **argv);
int partner_list_run(struct session *s, int argc, char **argv);
int partner_locations_run(struct session *s, int argc, char **argv);
int token_create_run(struct session *s, int argc, char **argv);
int token_list_run(struct session *s, int argc, char **argv);
int token_revoke_run(struct session *s, int argc, char **argv);
int webhook_secret_run(struct session *s, int argc, char **argv);
int key_list_run(struct session *s, int argc, char **argv);
int key_rotate_run(struct session *s, int argc, char **argv);
int key_retire_run(struct session *s, int argc, char **argv);
int backup_run(struct session *s, int argc, char **argv);
int erase_run(struct session *s, int argc, char **argv);
int evidence_run(struct session *s, int argc, char **argv);
int evidence_verify_run(struct session *s, int argc, char **argv);
int log_verify_run(struct session *s, int argc, char **argv);
int log_key_run(struct session *s, int argc, char **argv);
int health_run(struct session *s, int argc, char **argv);
int help_run(struct session *s, int argc, char **argv);
