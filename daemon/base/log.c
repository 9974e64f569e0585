#include "base/log.h"
#include "base/clock.h"
#include "base/text.h"
#include "base/timestamp.h"
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What a pipe takes in one piece, so that lines of several processes do not mix. */
#define LINE_MAX_BYTES PIPE_BUF
#define KEPT_MAX 256 /* lines */

static const char *const level_names[] = { "debug", "info", "warn", "error" };
static const int syslog_levels[] = { 7, 6, 4, 3 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static gint least_level = LOG_LEVEL_INFO;
static void (*sink)(const char *line, void *ctx); /* under lock */
static void *sink_ctx;
static bool to_journal;            /* set once */
static GQueue kept = G_QUEUE_INIT; /* char *: warnings and errors nobody took yet, under lock */
static int64_t dropped;            /* lines nobody took, under lock */

void log_set_level(enum log_level level)
{
    g_atomic_int_set(&least_level, (gint)level);
}

void log_set_sink(void (*to)(const char *line, void *ctx), void *ctx)
{
    pthread_mutex_lock(&lock);
    sink = to;
    sink_ctx = ctx;
    pthread_mutex_unlock(&lock);
}

/* The variable is inherited by children whose standard error goes elsewhere, so the device and
 * inode it names are compared, as systemd.exec(5) asks. */
static void look_for_journal(void)
{
    const char *stream = g_getenv("JOURNAL_STREAM");
    struct stat st;
    if (!stream || fstat(STDERR_FILENO, &st) != 0)
        return;
    g_autofree char *own = g_strdup_printf("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT,
                                           (guint64)st.st_dev, (guint64)st.st_ino);
    to_journal = g_str_equal(own, stream);
}

/* A backslash is doubled before anything is escaped, so that what we wrote and what was sent stay
 * apart, and a value cannot end its own quotes. */
static void append_value(GString *line, const char *value)
{
    if (*value && !strpbrk(value, " \"=\\")) {
        text_append_printable(line, value, -1);
        return;
    }
    g_autoptr(GString) quoted = g_string_new("\"");
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            g_string_append_c(quoted, '\\');
        g_string_append_c(quoted, *value);
    }
    g_string_append_c(quoted, '"');
    text_append_printable(line, quoted->str, (gssize)quoted->len);
}

static GString *begin_line(enum log_level level, const char *event)
{
    static pthread_once_t looked = PTHREAD_ONCE_INIT;
    pthread_once(&looked, look_for_journal);
    GString *line = g_string_sized_new(160);
    if (to_journal) {
        g_string_printf(line, "<%d>%s", syslog_levels[level], event);
    } else {
        g_autofree char *now = timestamp_format_utc(clock_system()->now_ms(clock_system()));
        const char *const parts[] = { now, " ", level_names[level], " ", event };
        for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
            g_string_append(line, parts[i]);
    }
    return line;
}

static void cut_line(GString *line)
{
    static const char mark[] = "…";
    if (line->len < LINE_MAX_BYTES)
        return;
    const char *end = line->str + LINE_MAX_BYTES - sizeof mark;
    while (((guchar)*end & 0xc0) == 0x80) /* not within a character */
        end--;
    g_string_truncate(line, (gsize)(end - line->str));
    g_string_append(line, mark);
}

/* A reader of our standard error that stands still must not hold up delivery. */
static bool write_line(const char *text, size_t len)
{
    struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };
    if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT))
        return false;
    ssize_t n;
    do
        n = write(STDERR_FILENO, text, len);
    while (n < 0 && errno == EINTR);
    return n == (ssize_t)len;
}

/* What waits comes first.  False: some of it still waits. */
static bool write_what_waits(void)
{
    const char *first;
    while ((first = g_queue_peek_head(&kept))) {
        if (!write_line(first, strlen(first)))
            return false;
        g_free(g_queue_pop_head(&kept));
    }
    if (dropped == 0)
        return true;
    g_autoptr(GString) line = begin_line(LOG_LEVEL_WARN, "log.dropped");
    g_string_append_printf(line, " lines=%" G_GINT64_FORMAT "\n", dropped);
    if (!write_line(line->str, line->len))
        return false;
    dropped = 0;
    return true;
}

static void emit(enum log_level level, GString *line)
{
    pthread_mutex_lock(&lock);
    if (sink) {
        sink(line->str, sink_ctx);
    } else {
        g_string_append_c(line, '\n');
        bool taken = write_what_waits() && write_line(line->str, line->len);
        bool keep = !taken && level >= LOG_LEVEL_WARN && kept.length < KEPT_MAX;
        if (keep)
            g_queue_push_tail(&kept, g_strdup(line->str));
        dropped += !taken && !keep;
    }
    pthread_mutex_unlock(&lock);
}

void log_flush(void)
{
    pthread_mutex_lock(&lock);
    write_what_waits();
    pthread_mutex_unlock(&lock);
}

bool log_writes(enum log_level level)
{
    return (gint)level >= g_atomic_int_get(&least_level);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    if (!log_writes(level))
        return;
    g_autoptr(GString) line = begin_line(level, event);
    for (; fields->key; fields++) {
        g_string_append_c(line, ' ');
        g_string_append(line, fields->key);
        g_string_append_c(line, '=');
        if (fields->text)
            append_value(line, fields->text);
        else
            text_append_integer(line, fields->number);
    }
    cut_line(line);
    emit(level, line);
}
