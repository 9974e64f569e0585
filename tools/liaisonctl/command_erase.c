/* liaisonctl erase: what names one person goes, what was done stays. */
#include "command.h"
#include "field.h"
#include "out.h"

#include <stdlib.h>
static void show(const json_t *answer)
{
    g_autofree char *broadcasts = field_count(field_number(answer, "broadcasts"), "broadcast");
    g_autofree char *records = field_count(field_number(answer, "records"), "record");
    g_autofree char *open = field_count(field_number(answer, "open"), "broadcast");
    g_autofree char *old = field_count(field_number(answer, "old_records"), "record");

    out("erased from %s and %s\n", broadcasts, records);
    if (field_number(answer, "open") > 0)
        out("%s that went there, or the event of it, is not over and stays: ask again then\n",
            open);
    if (field_number(answer, "old_records") > 0)
        out("%s of an earlier version cannot be erased and stays\n", old);
    out("delivery logs, their rotated files and backups are yours to erase\n");
}

int erase_run(struct session *s, int argc, char **argv)
{
    g_autofree char *reason = NULL;
    int result = COMMAND_FAILED;
    const GOptionEntry options[] = {
        { "reason", 'r', 0, G_OPTION_ARG_STRING, &reason, "Why, for the journal; without a name",
          "TEXT" },
        G_OPTION_ENTRY_NULL,
    };

    if (!command_options(s, options, &argc, &argv, 1, 1, &result))
        return result;
    if (!reason)
        return command_misused(s, "--reason is missing: the journal keeps why");
    json_t *body = json_pack("{s:s, s:s}", "endpoint", argv[1], "reason", reason);
    if (!body)
        return command_misused(s, "the endpoint is not UTF-8");
    return command_show(s, command_ask_json(s, "POST", "/v1/erasures", body), show);
}
