#include "flow/delivery_log.h"

#include "base/log.h"
#include "io/append_file.h"
#include "wire/delivery_record.h"

#define DELIVERY_LOG_PAGE 500 /* records a read */
#define DELIVERY_LOG_RETRY_MS 2000
#define DELIVERY_LOG_NOTE_MS 100 /* the position is noted once the file has everything: */
#define DELIVERY_LOG_NOTES 20    /* for a stop that is looked for so often */

struct follower {
    unsigned handle;
    delivery_log_fn fn;
    void *ctx;
};

struct delivery_log {
    struct service *service;
    bool is_witness;
    struct append_file *file; /* NULL: none configured, or it cannot be opened yet */
    char *path;
    int64_t written_seq; /* handed to the file; -1: not known yet */
    int64_t noted_seq;   /* the position that the store knows; -1: not read yet */
    bool reading, more, failing;
    unsigned looks; /* for the file to have everything, since it was caught up */
    void (*idle)(void *ctx);
    void *idle_ctx;
    struct loop_timer *timer; /* opens again after a failure */
    GArray *followers;        /* struct follower */
    unsigned last_handle;
    guint64 generation; /* changes with the file: a page read for the old one is dropped */
};

struct page {
    struct delivery_log *log;
    guint64 generation;
    int64_t after_seq; /* -1: ask the store for the position */
    int64_t noted_seq; /* what the store knows */
    int64_t safe_seq;  /* what it is to know: up to here everything is in the file; -1: unknown */
    int64_t last_seq;  /* of its lines */
    GString *lines;    /* made by the store thread, which has more time than the loop */
};

static void read_on(struct delivery_log *l);

/* Where the store keeps the position, for a file that was rotated away while we were down. */
static const char *position_of(const struct delivery_log *l)
{
    return l->is_witness ? "witness.seq" : "delivery_log.seq";
}

static const char *configured_path(const struct delivery_log *l)
{
    const struct config *c = l->service->config;
    return l->is_witness ? c->journal.witness : c->delivery_log.file;
}

static void note_failure(struct delivery_log *l, const char *reason)
{
    if (!l->failing)
        log_event(LOG_LEVEL_ERROR, "delivery_log.behind", LOG_STR("file", l->path),
                  LOG_STR("reason", reason));
    l->failing = true;
}

static bool read_records(struct store *s, const struct page *p, GPtrArray *out, GError **error)
{
    const struct record_filter what = { .is_signed = true };
    return p->log->is_witness
               ? s->ops->journal_read(s, &what, p->after_seq, DELIVERY_LOG_PAGE, out, error)
               : s->ops->journal_follow(s, p->after_seq, DELIVERY_LOG_PAGE, out, error);
}

static bool read_lines(struct store *s, struct page *p, GError **error)
{
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    if (!read_records(s, p, records, error))
        return false;
    for (guint i = 0; i < records->len; i++) {
        const struct record *r = g_ptr_array_index(records, i);
        g_autofree char *line = delivery_record_line(r);
        g_string_append(p->lines, line);
        g_string_append_c(p->lines, '\n');
        p->last_seq = r->seq;
    }
    return true;
}

static bool read_page(struct store *s, void *arg, GError **error)
{
    struct page *p = arg;
    if (p->after_seq < 0) {
        g_autofree char *at = NULL;
        if (!s->ops->meta_get(s, position_of(p->log), &at, error))
            return false;
        p->after_seq = p->noted_seq = at ? g_ascii_strtoll(at, NULL, 10) : 0;
    }
    if (!read_lines(s, p, error))
        return false;
    if (p->safe_seq < 0 || p->noted_seq == p->safe_seq)
        return true;
    g_autofree char *at = g_strdup_printf("%" G_GINT64_FORMAT, p->safe_seq);
    p->noted_seq = p->safe_seq;
    return s->ops->meta_set(s, position_of(p->log), at, error);
}

static bool write_page(struct delivery_log *l, const struct page *p)
{
    if (p->lines->len == 0)
        return true;
    if (!append_file_write(l->file, p->lines->str, (gssize)p->lines->len))
        return false;
    l->written_seq = p->last_seq;
    return true;
}

/* All that is committed is in the file, and the store knows it, as far as the disk lets it. */
static bool is_idle(const struct delivery_log *l)
{
    if (l->failing || !l->file)
        return true;
    return !l->reading && (l->noted_seq == l->written_seq || l->looks >= DELIVERY_LOG_NOTES);
}

static void idle_if_so(struct delivery_log *l)
{
    if (!l->idle || !is_idle(l))
        return;
    void (*idle)(void *) = l->idle;
    l->idle = NULL;
    idle(l->idle_ctx);
}

/* Nothing more is committed: the position is noted when the file has what it was handed. */
static void caught_up(struct delivery_log *l)
{
    bool noted = l->noted_seq == l->written_seq;
    l->looks = noted ? 0 : l->looks + 1;
    if (append_file_has_failed(l->file)) /* at the last lines: no later ones will say so */
        note_failure(l, "the file cannot be written");
    if (!noted)
        loop_timer_arm(l->timer, DELIVERY_LOG_NOTE_MS);
}

static void page_read(void *arg, const GError *error)
{
    struct page *p = arg;
    struct delivery_log *l = p->log;
    bool current = p->generation == l->generation && l->file;
    l->reading = false;
    if (current && !error) {
        l->noted_seq = p->noted_seq;
        l->written_seq = p->after_seq;
        if (!write_page(l, p))
            note_failure(l, "the file cannot be written"); /* on_ready continues */
        else if (p->lines->len > 0 || l->more)
            read_on(l);
        else
            caught_up(l);
    } else if (error) {
        loop_timer_arm(l->timer, DELIVERY_LOG_RETRY_MS);
    } else {
        read_on(l);
    }
    g_string_free(p->lines, TRUE);
    g_free(p);
    idle_if_so(l);
}

static void read_on(struct delivery_log *l)
{
    l->more = l->reading;
    if (!l->file || l->reading)
        return;
    struct page *p = g_new0(struct page, 1);
    p->log = l;
    p->generation = l->generation;
    p->after_seq = l->written_seq;
    p->noted_seq = l->noted_seq;
    p->safe_seq = append_file_drained(l->file) ? l->written_seq : -1;
    p->lines = g_string_new(NULL);
    l->reading = true;
    store_thread_submit(l->service->store, read_page, page_read, p);
}

/* The file takes lines again. What a failed write lost is read again from its last whole line. */
static void file_ready(void *ctx)
{
    struct delivery_log *l = ctx;
    g_autoptr(GError) error = NULL;
    g_autofree char *last = append_file_last_line(l->path, &error);
    const char *why = NULL;
    struct record *r = last ? delivery_record_parse(last, &why) : NULL;
    l->written_seq = r ? r->seq : -1;
    l->generation++;
    if (r)
        record_free(r);
    if (l->failing)
        log_event(LOG_LEVEL_INFO, "delivery_log.catching_up", LOG_STR("file", l->path),
                  LOG_INT("after_seq", l->written_seq));
    l->failing = false;
    read_on(l);
}

static void open_file(void *ctx)
{
    struct delivery_log *l = ctx;
    g_autoptr(GError) error = NULL;
    if (l->file) {
        read_on(l);
        return;
    }
    if (*l->path == '\0')
        return;
    l->file = append_file_open(l->service->loop, l->path, file_ready, l, &error);
    if (!l->file) {
        note_failure(l, error->message);
        loop_timer_arm(l->timer, DELIVERY_LOG_RETRY_MS);
        return;
    }
    file_ready(l);
}

static struct delivery_log *create(struct service *s, bool is_witness)
{
    struct delivery_log *l = g_new0(struct delivery_log, 1);
    l->service = s;
    l->is_witness = is_witness;
    l->noted_seq = -1;
    l->path = g_strdup(configured_path(l));
    l->followers = g_array_new(FALSE, FALSE, sizeof(struct follower));
    l->timer = loop_timer_new(s->loop, open_file, l);
    open_file(l);
    return l;
}

struct delivery_log *delivery_log_new(struct service *s)
{
    return create(s, false);
}

struct delivery_log *delivery_log_witness(struct service *s)
{
    return create(s, true);
}

void delivery_log_wake(struct delivery_log *l)
{
    read_on(l);
    for (guint i = l->followers->len; i > 0; i--) {
        struct follower *f = &g_array_index(l->followers, struct follower, i - 1);
        f->fn(f->ctx);
    }
}

void delivery_log_reopen(struct delivery_log *l)
{
    const char *path = configured_path(l);
    if (l->file && g_str_equal(path, l->path)) {
        append_file_reopen(l->file);
        return;
    }
    g_clear_pointer(&l->file, append_file_close);
    l->generation++;
    g_free(l->path);
    l->path = g_strdup(path);
    open_file(l);
}

unsigned delivery_log_follow(struct delivery_log *l, delivery_log_fn fn, void *ctx)
{
    struct follower f = { .handle = ++l->last_handle, .fn = fn, .ctx = ctx };
    g_array_append_val(l->followers, f);
    return f.handle;
}

void delivery_log_unfollow(struct delivery_log *l, unsigned handle)
{
    for (guint i = 0; i < l->followers->len; i++) {
        if (g_array_index(l->followers, struct follower, i).handle == handle) {
            g_array_remove_index(l->followers, i);
            return;
        }
    }
}

void delivery_log_when_idle(struct delivery_log *l, void (*idle)(void *ctx), void *ctx)
{
    l->idle = idle;
    l->idle_ctx = ctx;
    idle_if_so(l);
}

void delivery_log_stats(const struct delivery_log *l, int64_t *written_seq, bool *behind)
{
    *written_seq = l->written_seq;
    *behind = l->failing;
}

void delivery_log_free(struct delivery_log *l)
{
    loop_timer_free(l->timer);
    g_clear_pointer(&l->file, append_file_close);
    g_array_unref(l->followers);
    g_free(l->path);
    g_free(l);
}
