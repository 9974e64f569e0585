#include "command.h"

/* clang-format off */
const struct command commands[] = {
    { "send", "FILE", "show what a broadcast would do, ask, and send it", send_run, false },
    { "preview", "FILE", "show who would get a broadcast and why, and send nothing", preview_run, false },
    { "status", "[ID]", "list the broadcasts, or show one in detail", status_run, false },
    { "watch", "ID", "follow a broadcast until nothing is left to send", watch_run, false },
    { "explain", "ID", "tell who got a broadcast, why, and what each endpoint answered", explain_run, false },
    { "cancel", "ID", "cancel a broadcast at once, to everyone whom it may have reached", cancel_run, false },
    { "approve", "ID", "let a broadcast go that waits for a second person", approve_run, false },
    { "reject", "ID", "refuse a broadcast that waits", reject_run, false },
    { "release", "ID", "give a broadcast that is held its audience, and let it go", release_run, false },
    { "unreached", "ID", "list who does not know yet, with telephone numbers", unreached_run, false },
    { "take", "ID", "take missions over that have not acknowledged", take_run, false },
    { "report", "ID", "tell what became of a broadcast: the after-action report", report_run, false },
    { "retry", "ID", "try a broadcast's deferred notifications now", retry_run, false },
    { "tail", "", "show the latest delivery records, and follow them with -f", tail_run, false },
    { "roster import", "DIR | MISSIONS.csv REPRESENTATIVES.csv", "replace the roster, all rows or none", roster_import_run, false },
    { "roster export", "DIR", "write the roster to missions.csv and representatives.csv", roster_export_run, false },
    { "roster check", "", "list what the roster lacks", roster_check_run, false },
    { "roster show", "MISSION", "show a mission, its representatives and its history", roster_show_run, false },
    { "roster set", "MISSION[/RANK] FIELD=VALUE", "change one field of a mission or a representative", roster_set_run, false },
    { "when", "SUBJECT", "tell who is on duty for an office, a desk or a mission, and what changes next", when_run, false },
    { "token create", "NAME", "make a token for the API and show it once", token_create_run, false },
    { "token list", "", "list the tokens", token_list_run, false },
    { "token revoke", "ID", "end a token at once", token_revoke_run, false },
    { "webhook-secret", "URL", "show the secrets that sign what is posted to a webhook", webhook_secret_run, false },
    { "log verify", "FILE…", "check that a delivery log has no gap and no changed line", log_verify_run, true },
    { "health", "", "ask whether the daemon is ready", health_run, false },
    { "help", "[COMMAND]", "list the commands, or tell how one is used", help_run, true },
    { NULL, NULL, NULL, NULL, false },
};
/* clang-format on */
