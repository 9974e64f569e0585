#include "flow/backup.h"

#include "base/digest.h"
#include "base/log.h"
#include "base/timestamp.h"
#include "flow/delivery_log.h"
#include "store/store_file.h"
#include "wire/delivery_record.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <unistd.h>

#define COPY_FILE "liaisond.db.copy"

/* One backup, from the request to its end.  What is under "loop" is the loop thread's alone; the
 * rest belongs to whichever thread has it in hand. */
struct making {
    struct backup *backup; /* loop; NULL: it was freed, and the next answer frees us */
    struct service *service;
    backup_fn fn; /* loop; NULL: abandoned */
    void *ctx;
    char *by, *path;
    struct store_copy at;
    struct backup_copy copy;
    struct record *record;
    char *made, *why; /* why: owned; NULL: nothing is wrong */
    enum backup_end end;
    pthread_t checker;
    bool closed;   /* the store has no copy in hand any more */
    bool checking; /* loop: checker runs */
    int stop;      /* atomic: it should not go on */
};

struct backup {
    struct service *service;
    struct making *making; /* NULL: none */
    struct backup_progress progress;
};

static void making_free(struct making *m)
{
    if (m->copy.fd >= 0)
        close(m->copy.fd);
    if (m->record)
        record_free(m->record);
    g_free(m->by);
    g_free(m->path);
    g_free(m->made);
    g_free(m->why);
    g_free(m);
}

static void blame(struct making *m, enum backup_end end, const char *why)
{
    m->end = end;
    g_free(m->why);
    m->why = g_strdup(why);
}

static bool is_over(const struct making *m)
{
    return g_atomic_int_get(&m->stop) != 0;
}

/* --- the end --- */

static void say_end(const struct making *m)
{
    if (m->end == BACKUP_MADE)
        log_event(LOG_LEVEL_INFO, "backup.made", LOG_STR("by", m->by),
                  LOG_INT("bytes", m->copy.bytes), LOG_INT("records", m->copy.records),
                  LOG_STR("sha256", m->copy.sha256));
    else
        log_event(m->end == BACKUP_DAMAGED ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
                  m->end == BACKUP_DAMAGED ? "backup.store_damaged" : "backup.failed",
                  LOG_STR("by", m->by), LOG_STR("reason", m->why));
}

static void finish(struct making *m)
{
    if (m->end != BACKUP_MADE)
        g_remove(m->path);
    say_end(m);
    if (m->backup)
        m->backup->making = NULL;
    if (m->fn)
        m->fn(m->end == BACKUP_MADE ? &m->copy : NULL, m->end, m->why, m->ctx);
    if (m->fn && m->end == BACKUP_MADE)
        m->copy.fd = -1; /* theirs now */
    making_free(m);
}

static bool note(struct store *s, void *arg, GError **error)
{
    struct making *m = arg;
    return s->ops->journal_append(s, m->record, error);
}

/* Where the journal takes nothing the copy is worth the more. */
static void noted(void *arg, const GError *error)
{
    struct making *m = arg;
    if (m->backup) {
        service_note_store(m->service, error);
        delivery_log_wake(m->service->log);
    }
    finish(m);
}

static void checked(void *ctx)
{
    struct making *m = ctx;
    pthread_join(m->checker, NULL);
    m->checking = false;
    if (m->end != BACKUP_MADE) {
        finish(m);
        return;
    }
    m->record = service_record(m->service, "backup.made");
    m->record->recipient = g_strdup(m->by);
    m->record->reply =
        g_strdup_printf("%" G_GINT64_FORMAT " bytes, records to %" G_GINT64_FORMAT ", sha256 %s",
                        m->copy.bytes, m->copy.records, m->copy.sha256);
    store_thread_submit(m->service->store, note, noted, m);
}

/* --- on a thread of its own: mark, check, sum --- */

static bool check_copy(struct making *m)
{
    g_autoptr(GError) error = NULL;
    struct store_report report = { 0 };
    if (!store_file_mark(m->path, m->made, &error)) {
        blame(m, BACKUP_FAILED, error->message);
    } else if (!store_file_check(m->path, delivery_record_holds, &m->stop, &report, &error)) {
        blame(m, is_over(m) ? BACKUP_FAILED : BACKUP_DAMAGED, error->message);
    } else if (report.faults->len > 0) {
        g_ptr_array_add(report.faults, NULL);
        g_autofree char *all = g_strjoinv("; ", (char **)report.faults->pdata);
        blame(m, BACKUP_DAMAGED, all);
    }
    m->copy.records = report.records;
    store_report_clear(&report);
    return m->end == BACKUP_MADE;
}

static void sum_copy(struct making *m)
{
    g_autoptr(GError) error = NULL;
    m->copy.fd = open(m->path, O_RDONLY | O_CLOEXEC);
    g_autoptr(GMappedFile) bytes =
        m->copy.fd >= 0 ? g_mapped_file_new_from_fd(m->copy.fd, FALSE, &error) : NULL;
    if (!bytes) {
        blame(m, BACKUP_FAILED, error ? error->message : g_strerror(errno));
        return;
    }
    m->copy.bytes = (int64_t)g_mapped_file_get_length(bytes);
    g_autofree char *sum =
        digest_sha256_hex(g_mapped_file_get_contents(bytes), g_mapped_file_get_length(bytes));
    g_strlcpy(m->copy.sha256, sum, sizeof m->copy.sha256);
    g_remove(m->path);
}

static void *check(void *arg)
{
    struct making *m = arg;
    if (check_copy(m))
        sum_copy(m);
    loop_post(m->service->loop, checked, m);
    return NULL;
}

static void begin_check(struct making *m)
{
    int64_t now_ms = service_now_ms(m->service);
    m->made = timestamp_format_utc(now_ms);
    int rc = pthread_create(&m->checker, NULL, check, m);
    m->checking = rc == 0;
    if (rc == 0)
        return;
    blame(m, BACKUP_FAILED, g_strerror(rc));
    finish(m);
}

/* --- on the store's thread, step by step --- */

static bool step(struct store *s, void *arg, GError **error)
{
    struct making *m = arg;
    bool ok = !m->at.pages ? s->ops->copy_begin(s, m->path, BACKUP_KEEP_BYTES, &m->at, error)
                           : s->ops->copy_step(s, BACKUP_STEP_PAGES, &m->at, error);
    m->closed = !ok || m->at.left == 0 || is_over(m);
    if (m->closed)
        s->ops->copy_end(s);
    return ok;
}

static void stepped(void *arg, const GError *error)
{
    struct making *m = arg;
    if (m->backup)
        m->backup->progress = (struct backup_progress){ .by = m->by,
                                                        .bytes = m->at.pages * m->at.page_bytes,
                                                        .left = m->at.left * m->at.page_bytes };
    if (error)
        blame(m, m->at.no_room ? BACKUP_NO_ROOM : BACKUP_FAILED, error->message);
    else if (m->closed && m->at.left > 0)
        blame(m, BACKUP_FAILED, "given up");
    if (m->end != BACKUP_MADE)
        finish(m);
    else if (!m->closed)
        store_thread_submit_outside(m->service->store, step, stepped, m);
    else
        begin_check(m);
}

void backup_make(struct backup *b, const char *principal, backup_fn fn, void *ctx)
{
    if (b->making || b->service->stopping) {
        fn(NULL, BACKUP_BUSY, b->making ? "a backup is being made" : "the daemon stops", ctx);
        return;
    }
    struct making *m = g_new0(struct making, 1);
    *m = (struct making){ .backup = b,
                          .service = b->service,
                          .fn = fn,
                          .ctx = ctx,
                          .by = g_strdup(principal),
                          .path = g_build_filename(b->service->config->store.dir, COPY_FILE, NULL),
                          .copy = { .fd = -1 } };
    b->making = m;
    b->progress = (struct backup_progress){ .by = m->by };
    store_thread_submit_outside(b->service->store, step, stepped, m);
}

void backup_abandon(struct backup *b, void *ctx)
{
    if (!b->making || b->making->ctx != ctx)
        return;
    b->making->fn = NULL;
    g_atomic_int_set(&b->making->stop, 1);
}

struct backup_progress backup_progress(const struct backup *b)
{
    return b->making ? b->progress : (struct backup_progress){ 0 };
}

struct backup *backup_new(struct service *s)
{
    struct backup *b = g_new0(struct backup, 1);
    b->service = s;
    return b;
}

void backup_free(struct backup *b)
{
    struct making *m = b->making;
    if (m) {
        m->fn = NULL;
        m->backup = NULL;
        g_atomic_int_set(&m->stop, 1);
        if (m->checking) { /* its answer would come from the loop, which does not run any more */
            pthread_join(m->checker, NULL);
            blame(m, BACKUP_FAILED, "given up");
            finish(m);
        }
    }
    g_free(b);
}
