#include "io/config_ladder.h"

#include "io/config_reader.h"
#include "model/ladder.h"

#define MAX_STEPS 200
#define MAX_SECONDS 2592000 /* as a deadline: 30 days */
#define MAX_TIMES 100

/* In the order of their bits: a step is for what has not ended. */
static const char *const state_names[] = { "open", "reached", "unreachable", NULL };
static const enum obligation_state states[] = { OBLIGATION_OPEN, OBLIGATION_REACHED,
                                                OBLIGATION_UNREACHABLE };

struct step_record {
    int after_s, every_s, times;
};

static const struct config_field step_fields[] = {
    { .name = "whom", .type = CONFIG_FIELD_OTHER, .required = true },
    { .name = "urgency", .type = CONFIG_FIELD_OTHER, .required = true },
    { .name = "threat_level_at_least", .type = CONFIG_FIELD_OTHER },
    { .name = "states", .type = CONFIG_FIELD_OTHER, .required = true },
    { .name = "after_s",
      .type = CONFIG_FIELD_INTEGER,
      .limit = MAX_SECONDS,
      .offset = offsetof(struct step_record, after_s),
      .required = true },
    { .name = "every_s",
      .type = CONFIG_FIELD_INTEGER,
      .limit = MAX_SECONDS,
      .offset = offsetof(struct step_record, every_s) },
    { .name = "times",
      .type = CONFIG_FIELD_INTEGER,
      .limit = MAX_TIMES,
      .offset = offsetof(struct step_record, times) },
    { .name = NULL },
};

/* The choice of that key, or otherwise where it is absent or wrong. */
static int read_choice(const config_setting_t *group, const char *key, const char *const *names,
                       int otherwise, struct faults *f)
{
    const config_setting_t *s = config_setting_get_member(group, key);
    int choice = s ? config_reader_choice(s, names, f) : -1;
    return choice < 0 ? otherwise : choice;
}

/* A bit for each word of the list, by its place in names. */
static unsigned read_set(const config_setting_t *group, const char *key, const char *const *names,
                         struct faults *f)
{
    unsigned set = 0;
    const config_setting_t *s = config_setting_get_member(group, key);
    if (!s || !config_reader_list(s, f))
        return 0;
    for (int i = 0; i < config_setting_length(s); i++) {
        int choice = config_reader_choice(config_setting_get_elem(s, (unsigned)i), names, f);
        if (choice >= 0)
            set |= 1u << choice;
    }
    if (config_setting_length(s) == 0) {
        g_autofree char *place = config_reader_place(s);
        faults_add(f, place, "empty", "names nothing, so that the step would never be taken");
    }
    return set;
}

static void check_repetition(const config_setting_t *group, const struct step_record *r,
                             struct faults *f)
{
    g_autofree char *place = config_reader_place(group);
    if (r->times > 1 && !config_setting_get_member(group, "every_s"))
        faults_add(f, place, "missing", "has times = %d but no every_s", r->times);
    if (r->times <= 1 && config_setting_get_member(group, "every_s"))
        faults_add(f, place, "conflict", "has every_s, which needs times = 2 or more");
}

static struct ladder_step read_step(const config_setting_t *group, struct faults *f)
{
    struct step_record r = { .times = 1 };
    guint before = f->errors->len;
    config_reader_fields(group, step_fields, &r, f);
    if (f->errors->len == before)
        check_repetition(group, &r, f);
    struct ladder_step step = { .after_s = r.after_s,
                                .every_s = r.every_s,
                                .times = (unsigned)r.times };
    step.whom = (enum ladder_whom)read_choice(group, "whom", ladder_whom_names, 0, f);
    step.urgencies = read_set(group, "urgency", broadcast_urgency_names, f);
    step.threat_from = (enum threat_level)read_choice(group, "threat_level_at_least",
                                                      threat_level_names, THREAT_LOW, f);
    unsigned set = read_set(group, "states", state_names, f);
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
        step.states |= (set >> i & 1) << states[i];
    return step;
}

static void read_steps(const config_setting_t *list, GArray *into, struct faults *f)
{
    int n = config_setting_length(list);
    g_autofree char *place = config_reader_place(list);
    for (int i = 0; i < MIN(n, MAX_STEPS); i++) {
        const config_setting_t *group = config_reader_group_at(list, i, f);
        if (!group)
            continue;
        struct ladder_step step = read_step(group, f);
        g_array_append_val(into, step);
    }
    if (n > MAX_STEPS)
        faults_add(f, place, "too-long", "has more than %d elements", MAX_STEPS);
    if (n == 0)
        faults_warn(f, place, "no-ladder",
                    "has no step: nobody is told when a representative does not acknowledge");
}

static void read_root(const config_setting_t *root, const char *file, GArray *into,
                      struct faults *f)
{
    static const char *const known[] = { "ladder", NULL };
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *s = config_setting_get_elem(root, (unsigned)i);
        if (!g_str_equal(config_setting_name(s), known[0]))
            config_reader_unknown(s, known, NULL, f);
    }
    const config_setting_t *list = config_setting_get_member(root, known[0]);
    if (!list)
        faults_add(f, file, "missing", "has no ladder = ( { … } );");
    else if (config_reader_list(list, f))
        read_steps(list, into, f);
}

GArray *config_ladder_load(const char *file, struct faults *f)
{
    guint before = f->errors->len;
    GArray *ladder = g_array_new(FALSE, FALSE, sizeof(struct ladder_step));
    config_t tree;
    if (config_reader_open(&tree, file, f))
        read_root(config_root_setting(&tree), file, ladder, f);
    config_destroy(&tree);
    if (f->errors->len == before)
        return ladder;
    g_array_unref(ladder);
    return NULL;
}
