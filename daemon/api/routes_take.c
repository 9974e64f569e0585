#include "api/body.h"
#include "api/broadcast_view.h"
#include "api/routes.h"
#include "flow/takeover.h"
#include "wire/json_text.h"

#define BODY_MAX (1024 * 1024)
#define MISSIONS_MAX 10000
#define MISSION_MAX_BYTES 128

struct wish {
    GPtrArray *missions; /* char *; NULL: all that wait */
    char *note;
};

static void wish_clear(struct wish *w)
{
    g_clear_pointer(&w->missions, g_ptr_array_unref);
    g_free(w->note);
}

/* Nothing is everything: all must be said. */
static void read_members(struct json_reader *reader, void *wish)
{
    struct wish *w = wish;
    bool all = false;
    bool named = json_reader_has(reader, "missions");
    json_reader_boolean(reader, "all", JSON_MAY, &all);
    w->missions = json_reader_lines(reader, "missions", JSON_MAY, MISSIONS_MAX, MISSION_MAX_BYTES);
    w->note = json_reader_text(reader, "note", JSON_MAY, TAKEOVER_MAX_NOTE);
    if (named == all)
        faults_add(reader->faults, "/missions", named ? "contradiction" : "missing-member",
                   "name the missions, or say \"all\": true");
}

static void unknown_missions(struct api_request *r, const GPtrArray *unknown)
{
    struct faults *f = faults_new();
    for (guint i = 0; i < unknown->len; i++)
        faults_add(f, "/missions", "unknown-mission", "the broadcast does not concern %s",
                   (const char *)g_ptr_array_index(unknown, i));
    api_problem_faults(r, 422, "invalid", "nothing was taken over", f);
    faults_free(f);
}

static void taken(const struct takeover_result *t, void *ctx)
{
    struct api_request *r = ctx;
    switch (t->outcome) {
    case TAKEOVER_DONE:
        api_reply_json(r, 200,
                       json_pack("{s:s, s:o, s:o}", "id", t->row->id, "taken",
                                 view_strings(t->taken), "settled", view_strings(t->settled)));
        break;
    case TAKEOVER_NOTHING:
        api_problem(r, 409, "nothing-waits", "none of these missions waits for an acknowledgement");
        break;
    case TAKEOVER_NOT_FOUND:
        api_problem(r, 404, "unknown-broadcast", "there is no broadcast %s", r->match.param);
        break;
    case TAKEOVER_UNKNOWN_MISSION:
        unknown_missions(r, t->unknown);
        break;
    case TAKEOVER_NOT_RELEASED:
        api_problem(r, 409, "refused", "the broadcast is %s: there is nothing to take over",
                    broadcast_state_names[t->row->state]);
        break;
    case TAKEOVER_UNAVAILABLE:
        api_problem_store(r, t->reason);
        break;
    }
}

void route_broadcast_take(struct api_request *r)
{
    struct wish w = { 0 };
    if (body_read(r, BODY_MAX, read_members, &w, "it was not understood; nothing changed")) {
        struct takeover_request q = {
            .id = r->match.param, .principal = r->principal, .missions = w.missions, .note = w.note
        };
        takeover_submit(r->service, &q, taken, r);
    }
    wish_clear(&w);
}
