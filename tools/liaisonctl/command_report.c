/* liaisonctl report: the after-action report, as text, as JSON or as a page. */
#include "broadcast_id.h"
#include "command.h"
#include "out.h"

int report_run(struct session *s, int argc, char **argv)
{
    g_autofree char *html = NULL;
    const GOptionEntry options[] = {
        { "html", 0, 0, G_OPTION_ARG_FILENAME, &html, "Write a page (-: standard output)", "FILE" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (html && s->json)
        return command_misused(s, "only one of --html and --json");
    g_autofree char *path = broadcast_path(s, argv[1], "/report");
    if (!path)
        return COMMAND_FAILED;
    const char *form = html ? "text/html" : s->json ? "application/json" : "text/plain";
    struct api_answer *answer = command_get_as(s, path, form);
    if (!answer)
        return COMMAND_FAILED;
    bool fine = true;
    if (html)
        fine = command_save(answer, html);
    else if (!command_json(s, answer))
        out_text(answer->body->str, 0);
    api_answer_free(answer);
    return fine ? COMMAND_DONE : COMMAND_FAILED;
}
