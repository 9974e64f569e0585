/*
 * Every operation of the store under every fault of the disk and of memory: it fails with a
 * sentence that names the file, nothing of it is left, and the next try succeeds.
 *
 * Each step of the store's life (store_steps.h) is tried on a copy of the disk as the steps before
 * it left it, opened anew, so that nothing is cached; the fault comes at its first operation, at
 * its second, and so on until it has no more.
 *
 * LIAISOND_TRIES=all: at every one of them; otherwise at those that a normal run has time for.
 * LIAISOND_STEP: one step by its name.
 */
#include "disk_fixture.h"
#include "image.h"
#include "store_steps.h"

#include "base/log.h"
#include "sqlite.h"
#include <stdio.h>

struct trouble {
    const char *name;
    struct memory_faults disk; /* fail_in is set for each try */
    bool memory;               /* it is memory that is short, and so often: */
    uint64_t times;
};

#define FOR_GOOD UINT64_MAX

static const struct trouble troubles[] = {
    { .name = "an I/O error", .disk = { .fail_times = 1 } },
    { .name = "a disk that is gone for a while", .disk = { .fail_times = FOR_GOOD } },
    { .name = "a full disk",
      .disk = { .fail_ops = 1u << MEMORY_WRITE,
                .fail_code = SQLITE_FULL,
                .fail_times = FOR_GOOD } },
    { .name = "no memory", .memory = true, .times = 1 },
    { .name = "no memory for a while", .memory = true, .times = FOR_GOOD },
};

/* --- memory that runs out: SQLite's own, which is asked for through these --- */

static sqlite3_mem_methods usual;
static uint64_t memory_fails_in, memory_fails, memory_given;

static bool is_short(void)
{
    if (!memory_fails_in || --memory_fails_in)
        return false;
    if (memory_fails > 1) {
        memory_fails_in = 1;
        memory_fails--;
    }
    memory_given++;
    return true;
}

static void *short_malloc(int n)
{
    return is_short() ? NULL : usual.xMalloc(n);
}

static void *short_realloc(void *p, int n)
{
    return is_short() ? NULL : usual.xRealloc(p, n);
}

static void make_memory_short(void)
{
    sqlite3_config(SQLITE_CONFIG_GETMALLOC, &usual);
    sqlite3_mem_methods m = usual;
    m.xMalloc = short_malloc;
    m.xRealloc = short_realloc;
    sqlite3_config(SQLITE_CONFIG_MALLOC, &m);
}

/* --- one try --- */

struct trial {
    struct on_disk *at; /* its disk: as the steps before left it, closed */
    const struct store_step *step;
    const struct trouble *trouble;
    uint64_t k; /* the fault comes at this operation */
    const char *before, *after;
    struct store_options options;
    struct memory_disk *disk; /* the copy */
    struct store *s;
};

static void arm(struct trial *t)
{
    struct memory_faults *f = memory_disk_faults(t->disk);
    memory_given = 0;
    if (t->trouble->memory) {
        memory_fails_in = t->k;
        memory_fails = t->trouble->times;
    } else {
        *f = t->trouble->disk;
        f->fail_in = t->k;
    }
}

/* Were faults given? */
static bool disarm(struct trial *t)
{
    bool given = memory_given > 0 || memory_disk_faults(t->disk)->given > 0;
    memory_fails_in = 0;
    *memory_disk_faults(t->disk) = (struct memory_faults){ 0 };
    return given;
}

static void complain(const struct trial *t, const char *what, const char *more)
{
    fail_msg("%s, %s at operation %d: %s: %s", t->step->name, t->trouble->name, (int)t->k, what,
             more);
}

static void assert_holds(const struct trial *t, const char *want, const char *when)
{
    char *why = NULL;
    g_autofree char *text = image_of_connection(((struct sqlite *)t->s)->db, &why);
    if (!text)
        complain(t, when, why);
    if (g_str_equal(text, want))
        return;
    g_autofree char *difference = image_difference(want, text);
    complain(t, when, difference);
}

static void assert_says_where(const struct trial *t, const GError *error)
{
    if (!error)
        complain(t, "it failed", "without a reason");
    if (!strstr(error->message, "liaisond.db"))
        complain(t, "the reason does not name the file", error->message);
}

static bool open_trial(struct trial *t, GError **error)
{
    t->s = t->at->f.ops->open(&t->options, error);
    return t->s != NULL;
}

static void begin_trial(struct trial *t)
{
    t->options = fixture_options(&t->at->f);
    t->options.checkpoint_bytes = 1; /* so that each commit has all that a commit may have */
    t->disk = memory_disk_clone(t->at->disk);
    memory_disk_use(t->disk);
}

static void begin_open_trial(struct trial *t)
{
    begin_trial(t);
    OK(open_trial(t, &error));
}

static void end_trial(struct trial *t)
{
    if (t->s)
        t->at->f.ops->close(t->s);
    memory_disk_use(t->at->disk);
    memory_disk_free(t->disk);
}

/* False: the step has no operation of that number. */
static bool try_step(struct trial *t)
{
    g_autoptr(GError) error = NULL;
    begin_open_trial(t);
    arm(t);
    bool ok = store_step_run(t->step, t->s, &error);
    bool given = disarm(t);
    if (!ok) {
        assert_says_where(t, error);
        assert_holds(t, t->before, "after the failure");
        g_clear_error(&error);
        ok = store_step_run(t->step, t->s, &error);
    }
    if (!ok)
        complain(t, "the next try failed", error->message);
    assert_holds(t, t->after, "in the end");
    end_trial(t);
    return given;
}

static bool try_open(struct trial *t)
{
    g_autoptr(GError) error = NULL;
    begin_trial(t);
    arm(t);
    bool ok = open_trial(t, &error);
    bool given = disarm(t);
    if (!ok)
        assert_says_where(t, error);
    g_clear_error(&error);
    if (!ok && !open_trial(t, &error))
        complain(t, "the next try failed", error->message);
    assert_holds(t, t->after, "in the end");
    end_trial(t);
    return given;
}

/* A close says nothing, and may leave work to the next open. */
static bool try_close(struct trial *t)
{
    begin_open_trial(t);
    OK(store_step_run(t->step, t->s, &error));
    arm(t);
    t->at->f.ops->close(t->s);
    bool given = disarm(t);
    OK(open_trial(t, &error));
    assert_holds(t, t->after, "in the end");
    end_trial(t);
    return given;
}

/* --- every try --- */

static unsigned tries;

/* At every operation, if there is time; else at the first few, then at fewer and fewer. */
static void try_all(struct trial *t, bool (*attempt)(struct trial *t), bool every)
{
    for (size_t i = 0; i < G_N_ELEMENTS(troubles); i++) {
        t->trouble = &troubles[i];
        t->k = 1;
        for (; attempt(t); t->k += every && g_getenv("LIAISOND_TRIES") ? 1 : 1 + t->k)
            tries++;
    }
}

static char *text_of(struct on_disk *o)
{
    char *why = NULL;
    g_autofree char *path = g_build_filename(o->f.dir, "liaisond.db", NULL);
    char *text = image_text(path, &why);
    if (!text)
        fail_msg("%s", why);
    return text;
}

/* The step for good, from open to close. */
static void take(struct on_disk *o, const struct store_step *step)
{
    struct store_options options = fixture_options(&o->f);
    OK((o->f.s = o->f.ops->open(&options, &error)) != NULL);
    if (step)
        OK(store_step_run(step, o->f.s, &error));
    on_disk_close(o);
}

static void every_operation_fails_whole_and_can_be_tried_again(void **state)
{
    struct on_disk *o = *state;
    const char *only = g_getenv("LIAISOND_STEP");
    take(o, NULL);
    g_autofree char *before = text_of(o);
    for (size_t i = 0; i < store_steps_count; i++) {
        struct memory_disk *start = memory_disk_clone(o->disk);
        take(o, &store_steps[i]);
        char *after = text_of(o);
        struct memory_disk *end = o->disk;
        o->disk = start;
        struct trial t = { .at = o, .step = &store_steps[i], .before = before, .after = after };
        if (!only || g_str_equal(only, store_steps[i].name))
            try_all(&t, try_step, true);
        memory_disk_free(start);
        o->disk = end;
        memory_disk_use(end);
        g_free(before);
        before = after;
    }
    print_message("%u tries of %d steps\n", tries, (int)store_steps_count);
}

static void an_open_that_fails_can_be_tried_again(void **state)
{
    static const struct store_step opening = { .name = "open" };
    struct on_disk *o = *state;
    struct memory_disk *empty = memory_disk_clone(o->disk);
    take(o, NULL);
    g_autofree char *text = text_of(o);
    struct trial t = { .at = o, .step = &opening, .after = text };
    try_all(&t, try_open, false);
    memory_disk_free(o->disk);
    o->disk = empty;
    memory_disk_use(empty);
    try_all(&t, try_open, false);
}

static void a_close_that_fails_loses_nothing(void **state)
{
    struct on_disk *o = *state;
    take(o, NULL);
    struct memory_disk *start = memory_disk_clone(o->disk);
    take(o, &store_steps[0]);
    g_autofree char *after = text_of(o);
    memory_disk_free(o->disk);
    o->disk = start;
    struct trial t = { .at = o, .step = &store_steps[0], .after = after };
    try_all(&t, try_close, true);
}

/* --- nothing is left out --- */

static const size_t not_steps[] = {
#define OP(op) offsetof(struct store_ops, op)
    OP(name),     OP(open),           OP(close),          OP(begin),      OP(commit),
    OP(rollback), OP(savepoint),      OP(savepoint_keep), OP(copy_begin), OP(copy_step),
    OP(copy_end), OP(savepoint_undo), OP(erase_rest),     OP(fold),
};

static bool has_step(size_t op)
{
    for (size_t i = 0; i < G_N_ELEMENTS(not_steps); i++)
        if (not_steps[i] == op)
            return true;
    for (size_t i = 0; i < store_steps_count; i++)
        if (store_steps[i].op == op)
            return true;
    return false;
}

static void every_operation_has_a_step(void **state)
{
    (void)state;
    const size_t step = sizeof(void (*)(void));
    for (size_t op = 0; op < sizeof(struct store_ops); op += step)
        if (!has_step(op))
            fail_msg("member %d of struct store_ops (the one after %d) has no step in store_steps",
                     (int)(op / step) + 1, (int)(op / step));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, on_disk_setup, on_disk_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_has_a_step),
        TEST(every_operation_fails_whole_and_can_be_tried_again),
        TEST(an_open_that_fails_can_be_tried_again),
        TEST(a_close_that_fails_loses_nothing),
    };
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
    make_memory_short();
    log_set_level(LOG_LEVEL_ERROR + 1); /* each checkpoint that fails would be told */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
