/* The delivery log over a file whose disk is full when the test says so: io/append_file is replaced
 * by the linker (--wrap), so that what is handed over and what is written are two moments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "io/append_file.h"
#include "wire/delivery_record.h"
#include "world.h"

struct append_file {
    GString *queued, *written;
    void (*on_ready)(void *ctx);
    void *ctx;
    bool failed;
};

static struct append_file the_file;

/* --- in place of io/append_file --- */

struct append_file *__wrap_append_file_open(struct loop *l, const char *path,
                                            void (*on_ready)(void *ctx), void *ctx, GError **error);
bool __wrap_append_file_write(struct append_file *a, const char *text, gsize len);
bool __wrap_append_file_drained(struct append_file *a);
bool __wrap_append_file_has_failed(struct append_file *a);
char *__wrap_append_file_last_line(const char *path, GError **error);
void __wrap_append_file_close(struct append_file *a);

struct append_file *__wrap_append_file_open(struct loop *l, const char *path,
                                            void (*on_ready)(void *ctx), void *ctx, GError **error)
{
    (void)l;
    (void)path;
    (void)error;
    the_file.on_ready = on_ready;
    the_file.ctx = ctx;
    return &the_file;
}

bool __wrap_append_file_write(struct append_file *a, const char *text, gsize len)
{
    if (!a->failed)
        g_string_append_len(a->queued, text, (gssize)len);
    return !a->failed;
}

bool __wrap_append_file_drained(struct append_file *a)
{
    return a->queued->len == 0;
}

bool __wrap_append_file_has_failed(struct append_file *a)
{
    return a->failed;
}

char *__wrap_append_file_last_line(const char *path, GError **error)
{
    (void)path;
    (void)error;
    if (the_file.written->len == 0)
        return NULL;
    g_auto(GStrv) lines = g_strsplit(the_file.written->str, "\n", -1);
    return g_strdup(lines[g_strv_length(lines) - 2]);
}

void __wrap_append_file_close(struct append_file *a)
{
    (void)a;
}

/* --- its disk --- */

static void disk_is_full(void)
{
    the_file.failed = true;
}

static void write_out(void)
{
    bool had_failed = the_file.failed;
    g_string_append_len(the_file.written, the_file.queued->str, (gssize)the_file.queued->len);
    g_string_truncate(the_file.queued, 0);
    the_file.failed = false;
    if (had_failed)
        the_file.on_ready(the_file.ctx);
}

/* --- the daemon --- */

static const struct world_roster roster = { .missions = 2 };

/* The worlds of one roster share their configuration. */
static void configure(void)
{
    struct config *c = world_config(&roster);
    g_free(c->delivery_log.file);
    c->delivery_log.file = g_strdup("delivery.jsonl");
    config_unref(c);
}

static struct world *world_with_a_log(void)
{
    the_file.queued = g_string_new(NULL);
    the_file.written = g_string_new(NULL);
    the_file.failed = false;
    configure();
    return world_new(&roster);
}

static void end(struct world *w)
{
    world_free(w);
    g_string_free(the_file.queued, TRUE);
    g_string_free(the_file.written, TRUE);
}

static bool is_behind(const struct world *w)
{
    int64_t seq;
    bool behind;
    delivery_log_stats(w->service.log, &seq, &behind);
    return behind;
}

/* Every record of the journal, once and in order. */
static void assert_whole(struct world *w)
{
    struct record_filter all = { 0 };
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    struct store *s = virtual_store_peek(w->service.store);
    assert_true(s->ops->journal_read(s, &all, 0, 1000, records, NULL));
    g_auto(GStrv) lines = g_strsplit(the_file.written->str, "\n", -1);
    assert_true(records->len > 0);
    assert_int_equal(g_strv_length(lines), records->len + 1);
    for (guint i = 0; i < records->len; i++) {
        g_autofree char *line = delivery_record_line(g_ptr_array_index(records, i));
        assert_string_equal(lines[i], line);
    }
}

static void a_failure_of_the_last_lines_is_told(void **state)
{
    (void)state;
    struct world *w = world_with_a_log();
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 60000);
    assert_true(the_file.queued->len > 0);
    assert_false(is_behind(w));
    disk_is_full();
    world_run_for(w, 1000);
    assert_true(is_behind(w));
    write_out();
    world_run_for(w, 1000);
    assert_false(is_behind(w));
    assert_whole(w);
    end(w);
}

static void what_comes_while_the_disk_is_full_follows_without_a_gap(void **state)
{
    (void)state;
    struct world *w = world_with_a_log();
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 60000);
    write_out();
    disk_is_full();
    assert_int_equal(world_send(w, "B", ""), INTAKE_ACCEPTED);
    world_run_for(w, 60000);
    assert_true(is_behind(w));
    write_out();
    world_run_for(w, 1000);
    write_out();
    world_run_for(w, 1000);
    assert_false(is_behind(w));
    assert_whole(w);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_of_the_last_lines_is_told),
        cmocka_unit_test(what_comes_while_the_disk_is_full_follows_without_a_gap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
