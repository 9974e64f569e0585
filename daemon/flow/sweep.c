#include "flow/sweep.h"

static void arm(struct sweep *w)
{
    int64_t wait_ms = w->next_ms - service_now_ms(w->service);
    if (w->next_ms != INT64_MAX)
        loop_timer_arm(w->timer, CLAMP(wait_ms, 0, SWEEP_MAX_WAIT_MS));
}

static void due(void *ctx)
{
    struct sweep *w = ctx;
    int64_t now_ms = service_now_ms(w->service);
    if (w->busy || w->service->stopping)
        return;
    if (w->next_ms > now_ms) {
        arm(w);
        return;
    }
    w->busy = true;
    w->look(w->ctx, now_ms);
}

void sweep_init(struct sweep *w, struct service *s, void (*look)(void *ctx, int64_t now_ms),
                void *ctx)
{
    *w = (struct sweep){ .service = s, .look = look, .ctx = ctx, .next_ms = INT64_MAX };
    w->timer = loop_timer_new(s->loop, due, w);
}

void sweep_clear(struct sweep *w)
{
    loop_timer_free(w->timer);
}

struct sweep *sweep_new(struct service *s, void (*look)(void *ctx, int64_t now_ms))
{
    struct sweep *w = g_new(struct sweep, 1);
    sweep_init(w, s, look, w);
    return w;
}

void sweep_free(struct sweep *w)
{
    sweep_clear(w);
    g_free(w);
}

void sweep_start(struct sweep *w)
{
    sweep_note(w, service_now_ms(w->service));
}

void sweep_note(struct sweep *w, int64_t due_ms)
{
    w->next_ms = MIN(w->next_ms, due_ms);
    w->noted = w->noted || w->busy;
    arm(w);
}

void sweep_done(struct sweep *w, const GError *error, int64_t now_ms, bool more, int64_t next_ms)
{
    w->busy = false;
    service_note_store(w->service, error);
    if (error) {
        loop_timer_arm(w->timer, SWEEP_RETRY_MS);
        return;
    }
    more = more || w->noted;
    w->noted = false;
    int64_t known_ms = w->next_ms > now_ms ? w->next_ms : INT64_MAX;
    w->next_ms = more ? now_ms : MIN(known_ms, next_ms);
    arm(w);
}
