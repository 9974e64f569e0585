#include "io/smtp_job.h"

void smtp_job_free(gpointer job)
{
    struct smtp_job *j = job;
    if (!j)
        return;
    smtp_relay_unref(j->relay);
    g_free(j->from);
    g_free(j->to);
    g_clear_pointer(&j->message, g_bytes_unref);
    g_clear_pointer(&j->outcome, outcome_free);
    if (j->finish.free_ctx)
        j->finish.free_ctx(j->finish.ctx);
    g_free(j);
}

void smtp_job_stop(struct smtp_job *j)
{
    j->outcome = outcome_new(OUTCOME_DEFERRED, 0, "stopped before it was sent");
}
