/* liaisonctl health: is the daemon ready to take and to send? */
#include <string.h>

#include "command.h"
#include "field.h"
#include "out.h"
#include "problem.h"

static void show(const json_t *answer)
{
    const char *part;
    json_t *state;
    const char *between = ": ";

    out_bold("%s", field_text(answer, "status"));
    json_object_foreach((json_t *)answer, part, state)
    {
        g_autofree char *text = field_shown(state);
        if (strcmp(part, "status") == 0)
            continue;
        out("%s%s %s", between, part, text);
        between = ", ";
    }
    out("\n");
}

int health_run(struct session *s, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    int result = COMMAND_FAILED;

    if (!command_options(s, NULL, &argc, &argv, 0, 0, &result))
        return result;
    struct api_answer *answer =
        api_call(s->api, &(struct api_request){ .method = "GET", .path = "/readyz" }, &error);
    if (!answer) {
        complain("%s", error->message);
        return COMMAND_FAILED;
    }
    /* "Not ready" is an answer (503), and no problem document. */
    result = answer->status == 200 ? COMMAND_DONE : COMMAND_FAILED;
    if (!*field_text(answer->json, "status"))
        problem_complain(answer);
    else if (!command_json(s, answer))
        show(answer->json);
    api_answer_free(answer);
    return result;
}
