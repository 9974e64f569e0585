#include "flow/sweeps.h"

#include "flow/certificate_watch.h"
#include "flow/checkpoint.h"
#include "flow/climb.h"
#include "flow/expiry.h"
#include "flow/handover.h"
#include "flow/matter_clock.h"
#include "flow/pending.h"
#include "flow/retention.h"
#include "flow/waiting.h"

void sweeps_new(struct service *s)
{
    s->checkpoint = checkpoint_new(s);
    s->retention = retention_new(s);
    s->expiry = expiry_new(s);
    s->pending = pending_new(s);
    s->climb = climb_new(s);
    s->handover = handover_new(s);
    s->matter_clock = matter_clock_new(s);
    s->waiting = waiting_new(s);
    s->certificate_watch = certificate_watch_new(s);
}

void sweeps_start(struct service *s)
{
    checkpoint_look(s->checkpoint);
    retention_start(s->retention);
    sweep_start(s->expiry);
    sweep_start(s->pending);
    climb_realign(s->climb);
    handover_realign(s->handover);
    sweep_start(s->matter_clock);
    certificate_watch_look(s->certificate_watch);
}

void sweeps_reload(struct service *s)
{
    climb_realign(s->climb);
    handover_realign(s->handover);
    certificate_watch_look(s->certificate_watch);
    checkpoint_look(s->checkpoint);
    retention_start(s->retention);
}

void sweeps_free(struct service *s)
{
    g_clear_pointer(&s->certificate_watch, certificate_watch_free);
    g_clear_pointer(&s->waiting, waiting_free);
    g_clear_pointer(&s->matter_clock, sweep_free);
    g_clear_pointer(&s->handover, handover_free);
    g_clear_pointer(&s->climb, climb_free);
    g_clear_pointer(&s->pending, sweep_free);
    g_clear_pointer(&s->expiry, sweep_free);
    g_clear_pointer(&s->retention, retention_free);
    g_clear_pointer(&s->checkpoint, checkpoint_free);
}
