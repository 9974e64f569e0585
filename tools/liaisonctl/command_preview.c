/* liaisonctl preview: who would get a broadcast, and why. */
#include "broadcast_file.h"
#include "command.h"
#include "out.h"
#include "preview_show.h"

int preview_run(struct session *s, int argc, char **argv)
{
    g_autofree char *at = NULL;
    const GOptionEntry options[] = {
        { "at", 0, 0, G_OPTION_ARG_STRING, &at, "As if it were sent at that instant", "TIME" },
        G_OPTION_ENTRY_NULL,
    };
    int result = COMMAND_FAILED;

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (!command_time("--at", at))
        return COMMAND_USAGE;
    g_autoptr(GString) body = broadcast_file_read(argv[1]);
    struct api_answer *answer = body ? broadcast_file_preview(s, body, at) : NULL;
    if (!answer)
        return COMMAND_FAILED;
    if (!command_json(s, answer)) {
        json_t *broadcast = json_loadb(body->str, body->len, 0, NULL);
        preview_show_broadcast(broadcast);
        preview_show_missions(answer->json);
        preview_show_summary(answer->json);
        json_decref(broadcast);
    }
    api_answer_free(answer);
    return COMMAND_DONE;
}
