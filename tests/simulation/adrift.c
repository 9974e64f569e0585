#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "adrift.h"

const char adrift_first[] = "mailto:r1@m0001.example";
const char adrift_second[] = "mailto:r1@m0002.example";

struct world *adrift_begin(void)
{
    return world_new(&(struct world_roster){ .missions = 3 });
}

void adrift_send(struct world *w, const char *identifier, const char *members, int64_t ms)
{
    assert_int_equal(world_send(w, identifier, members), INTAKE_ACCEPTED);
    world_run_for(w, ms);
}

void adrift_let_go(struct world *w, const char *identifier, const char *members,
                   const char *mission, int64_t ms)
{
    g_autofree char *audience = g_strdup_printf("{\"missions\":[\"%s\"]}", mission);
    struct decision_request q = {
        .kind = DECISION_RELEASE, .principal = "token:chief", .missions = 1, .audience = audience
    };
    adrift_send(w, identifier, members, 0);
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, ms);
}

void adrift_let_update_go(struct world *w, int64_t ms)
{
    adrift_let_go(w, "C", UPDATE "," TO("m0001"), "m0001", ms);
}

char *adrift_heard(const struct world *w, const char *endpoint)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (g_str_equal(s->endpoint, endpoint))
            g_string_append_c(out, *s->identifier);
    }
    return g_string_free(out, FALSE);
}

void adrift_must_hear(const struct world *w, const char *endpoint, const char *want)
{
    g_autofree char *got = adrift_heard(w, endpoint);
    if (!g_str_equal(got, want))
        fail_msg("%s heard %s, not %s", endpoint, got, want);
}
