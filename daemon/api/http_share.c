#include "api/http_share.h"

#define READ_COST 1024 /* bytes that libevent spends on one read, however little came */
#define LEAVING_MAX 64 /* told to give way and not gone yet, beyond which nobody is let in */

struct http_share {
    struct http_share_limits limits;
    struct http_share_hooks hooks;
    struct crowd *crowd;       /* of struct http_sharer * whose caller we wait for */
    struct http_sharer *fresh; /* the last to join, which has no name yet; NULL: gone */
    size_t held;
    unsigned members, leaving;
    bool full; /* as the hook was told last */
};

struct http_share *http_share_new(const struct http_share_limits *limits,
                                  const struct http_share_hooks *hooks)
{
    struct http_share *s = g_new0(struct http_share, 1);
    s->limits = *limits;
    s->hooks = *hooks;
    s->crowd = crowd_new();
    return s;
}

void http_share_free(struct http_share *s)
{
    crowd_free(s->crowd);
    g_free(s);
}

static struct http_sharer *sharer_of(struct crowd_member *m)
{
    return m ? (struct http_sharer *)((char *)m - offsetof(struct http_sharer, in_crowd)) : NULL;
}

static void update_room(struct http_share *s)
{
    bool below = s->members - s->leaving < s->limits.members;
    bool full = !below && (!crowd_first(s->crowd) || s->leaving >= LEAVING_MAX);
    if (s->full == full)
        return;
    s->full = full;
    s->hooks.room(!full, s->hooks.ctx);
}

static void stay(struct http_share *s, struct http_sharer *m)
{
    s->leaving -= m->is_leaving;
    m->is_leaving = false;
}

void http_share_release(struct http_share *s, struct http_sharer *m)
{
    s->held -= m->held;
    m->held = 0;
}

void http_share_dismiss(struct http_share *s, struct http_sharer *m)
{
    crowd_leave(s->crowd, &m->in_crowd);
    http_share_release(s, m);
    if (m->is_leaving)
        return;
    m->is_leaving = true;
    s->leaving++;
    s->hooks.give_way(m->in_crowd.owner, s->hooks.ctx);
}

static void name_fresh(struct http_share *s)
{
    struct http_sharer *m = s->fresh;
    s->fresh = NULL;
    if (!m)
        return;
    g_autofree char *name = s->hooks.name(m->in_crowd.owner, s->hooks.ctx);
    crowd_name(s->crowd, &m->in_crowd, name);
}

void http_share_join(struct http_share *s, struct http_sharer *m, void *owner)
{
    name_fresh(s);
    m->in_crowd.owner = owner;
    s->fresh = m;
    s->members++;
    crowd_enter(s->crowd, &m->in_crowd);
    if (s->members - s->leaving > s->limits.members)
        http_share_dismiss(s, sharer_of(crowd_first(s->crowd)));
    update_room(s);
}

void http_share_part(struct http_share *s, struct http_sharer *m)
{
    http_share_release(s, m);
    crowd_forget(s->crowd, &m->in_crowd);
    s->fresh = s->fresh == m ? NULL : s->fresh;
    stay(s, m);
    s->members--;
    update_room(s);
}

void http_share_await(struct http_share *s, struct http_sharer *m)
{
    crowd_enter(s->crowd, &m->in_crowd);
    update_room(s);
}

void http_share_serve(struct http_share *s, struct http_sharer *m, bool stays)
{
    crowd_leave(s->crowd, &m->in_crowd);
    if (stays)
        stay(s, m);
    update_room(s);
}

static bool holds(const struct crowd_member *m)
{
    return ((const struct http_sharer *)((const char *)m - offsetof(struct http_sharer, in_crowd)))
               ->held > 0;
}

/* Bodies come before anybody has asked who sends them: all together they are bounded too. */
void http_share_hold(struct http_share *s, struct http_sharer *m, size_t bytes)
{
    struct crowd_member *longest = NULL;
    m->held += bytes + READ_COST;
    s->held += bytes + READ_COST;
    while (s->held > s->limits.held && (longest = crowd_find(s->crowd, holds)))
        http_share_dismiss(s, sharer_of(longest));
}
