/*
 * bench_resolution - what it costs to find the missions of a large area.
 *
 *   bench_resolution [MISSIONS [VERTICES [ROUNDS]]]
 *
 * 100,000 made-up missions lie over the United States; a coast of 40,000 vertices encloses about
 * half of them.  It checks the polygon, asks each mission alone, and resolves and plans an audience
 * of that area: medians of ROUNDS, in processor time.
 */
#include "figure.h"
#include "geo_world.h"
#include "model/plan.h"
#include "model/resolution.h"
#include <math.h>

#define ROW "resolution"
#define AS_OF INT64_C(1342445460000)
#define OFFICES 31
#define MOST_MS 100

struct bench {
    struct roster *roster;
    struct directory *directory;
    GArray *ring;
    struct area *area; /* the newest; the audience's */
    struct audience *audience;
    struct broadcast broadcast;
    guint inside;
};

/* The same sequence in every run. */
static double roll(void)
{
    static guint64 state = 88172645463325252;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (double)(state >> 11) / (double)(G_GUINT64_CONSTANT(1) << 53);
}

static void make_directory(struct bench *b)
{
    b->directory = world_directory();
    for (int i = 0; i < OFFICES; i++) {
        g_autofree char *id = g_strdup_printf("office-%02d", i);
        g_autofree char *heading = g_strdup_printf("Heading %d, TX", i);
        g_ptr_array_add(b->directory->offices, world_office(id, heading, -122 + 50 * roll(),
                                                            26 + 20 * roll(), "America/Chicago"));
    }
}

static void make_roster(struct bench *b, unsigned missions)
{
    b->roster = roster_new();
    for (unsigned i = 0; i < missions; i++) {
        g_autofree char *id = g_strdup_printf("m-%06u", i);
        struct mission *m = world_mission(id, "FR", "consulate", "Springfield, IL",
                                          -125 + 58 * roll(), 24 + 25 * roll());
        for (unsigned rank = 1; rank <= 2; rank++) {
            g_autofree char *email = g_strdup_printf("liaison%u@%s.example", rank, id);
            g_ptr_array_add(m->representatives, world_representative(rank, email, "", ""));
        }
        roster_add(b->roster, m);
    }
}

/* Bays of every size, down to single vertices, and never a crossing: seen from the middle, each
 * vertex lies in a direction of its own. */
static void make_ring(struct bench *b, unsigned vertices)
{
    b->ring = g_array_new(FALSE, FALSE, sizeof(struct point));
    for (unsigned i = 0; i < vertices; i++) {
        double t = 2 * G_PI * i / vertices;
        double reach =
            0.8 + 0.1 * sin(7 * t) + 0.05 * sin(61 * t) + 0.02 * sin(977 * t) + 0.001 * roll();
        struct point p = { -96 + 29 * reach * cos(t), 36.5 + 12.5 * reach * sin(t) };
        g_array_append_val(b->ring, p);
    }
    struct point first = g_array_index(b->ring, struct point, 0);
    g_array_append_val(b->ring, first);
}

static void check_polygon(struct bench *b)
{
    const char *code = NULL;
    char *why = NULL;
    size_t ring;
    const GArray *const rings[] = { b->ring };
    b->area = area_polygon(rings, 1, &code, &why, &ring);
    if (!b->area)
        g_error("%s: %s", code, why);
    if (b->audience)
        audience_free(b->audience);
    b->audience = audience_new();
    b->audience->areas = g_ptr_array_new_with_free_func((GDestroyNotify)area_free);
    g_ptr_array_add(b->audience->areas, b->area);
}

static void ask_each(struct bench *b)
{
    b->inside = 0;
    for (size_t i = 0; i < roster_count(b->roster); i++)
        b->inside += area_contains(b->area, roster_at(b->roster, i)->point);
}

static struct resolution *resolve_it(struct bench *b)
{
    struct faults *f = faults_new();
    struct resolution *r =
        resolution_make(b->audience, b->roster, b->directory, AS_OF, "/audience", f);
    if (!r || r->missions->len != b->inside)
        g_error("%u missions were to be resolved", b->inside);
    faults_free(f);
    return r;
}

static void resolve(struct bench *b)
{
    resolution_free(resolve_it(b));
}

static void resolve_and_plan(struct bench *b)
{
    const struct plan_policy policy = { .test_recipient = "" };
    struct faults *f = faults_new();
    struct resolution *r = resolve_it(b);
    struct plan *p = plan_make(&b->broadcast, r, &policy, f);
    if (!p || p->notifications->len != 2 * b->inside)
        g_error("%u notifications were to be planned", 2 * b->inside);
    plan_free(p);
    resolution_free(r);
    faults_free(f);
}

static void measure(struct bench *b, const char *what, void (*fn)(struct bench *), unsigned rounds,
                    double most_ms)
{
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
    for (unsigned i = 0; i < rounds; i++) {
        double start = figure_cpu_us();
        fn(b);
        double ms = (figure_cpu_us() - start) / 1000;
        g_array_append_val(times, ms);
    }
    figure(ROW, what, figure_quantile(times, 0.5), "ms", most_ms);
}

static unsigned argument(int argc, char **argv, int i, unsigned otherwise)
{
    return argc > i ? (unsigned)g_ascii_strtoull(argv[i], NULL, 10) : otherwise;
}

int main(int argc, char **argv)
{
    struct bench b = { .broadcast = { .status = STATUS_ACTUAL, .urgency = URGENCY_IMMEDIATE } };
    unsigned rounds = argument(argc, argv, 3, 9);
    make_directory(&b);
    make_roster(&b, argument(argc, argv, 1, 100000));
    make_ring(&b, argument(argc, argv, 2, 40000));
    measure(&b, "check the polygon", check_polygon, rounds, 0);
    measure(&b, "is each mission inside", ask_each, rounds, 0);
    figure(ROW, "missions inside", b.inside, "", 0);
    measure(&b, "resolve", resolve, rounds, MOST_MS);
    measure(&b, "resolve and plan", resolve_and_plan, rounds, 0);
    audience_free(b.audience);
    g_array_unref(b.ring);
    roster_unref(b.roster);
    directory_unref(b.directory);
    return 0;
}
