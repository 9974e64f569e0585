/*
 * smtp_job - one mail on its way through the client, owned by whoever has it: the loop thread, the
 * thread that finishes it, the one that sends it, and the loop thread again with its outcome.
 */
#pragma once
#include "io/smtp_relay.h"

struct smtp_job {
    struct smtp_relay *relay; /* one reference */
    char *from, *to;
    GBytes *message;
    struct smtp_finish finish; /* make NULL: none */
    smtp_done_fn done;
    void *ctx;
    struct outcome *outcome; /* NULL: none yet */
};

void smtp_job_free(gpointer job);       /* may be NULL */
void smtp_job_stop(struct smtp_job *j); /* deferred: the daemon stops */
