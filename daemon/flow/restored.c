#include "flow/restored.h"

#include "base/log.h"
#include "base/timestamp.h"
#include "flow/alarm.h"
#include "io/append_file.h"
#include "store/store_file.h"
#include "wire/delivery_record.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>

struct restored {
    const struct config *config;
    struct record *last; /* of the delivery log, else of the witness; NULL: there is none */
    char *made;    /* from when the copy is; "": the store has no mark; NULL: nothing to say */
    int64_t tip;   /* the store's last record */
    bool ahead;    /* the log has records that the store has not */
    unsigned lost; /* so many */
    GPtrArray *cancelled; /* char *: ids that they say were cancelled */
    char *text;
};

static struct record *last_of(const char *file)
{
    const char *why = NULL;
    g_autofree char *line = *file ? append_file_last_line(file, NULL) : NULL;
    return line ? delivery_record_parse(line, &why) : NULL;
}

struct restored *restored_look(const struct config *c)
{
    struct restored *r = g_new0(struct restored, 1);
    r->config = c;
    r->last = last_of(c->delivery_log.file);
    if (!r->last)
        r->last = last_of(c->journal.witness);
    r->cancelled = g_ptr_array_new_with_free_func(g_free);
    return r;
}

void restored_free(struct restored *r)
{
    if (r->last)
        record_free(r->last);
    g_ptr_array_unref(r->cancelled);
    g_free(r->made);
    g_free(r->text);
    g_free(r);
}

/* --- the log of the lost store --- */

/* Is this line one of the journal's own? */
static bool is_known(struct store *s, int64_t tip, const struct record *line, bool *known,
                     GError **error)
{
    g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    *known = false;
    if (line->seq > tip)
        return true;
    if (!s->ops->journal_read(s, NULL, line->seq - 1, 1, own, error))
        return false;
    const struct record *is = own->len ? own->pdata[0] : NULL;
    *known = is && is->seq == line->seq && strcmp(is->hash, line->hash) == 0;
    return true;
}

static bool take_line(struct store *s, struct restored *r, const char *text, GError **error)
{
    const char *why = NULL;
    struct record *line = delivery_record_parse(text, &why);
    bool known = true, ok = !line || is_known(s, r->tip, line, &known, error);
    if (ok && !known) {
        r->lost++;
        if (line->broadcast && g_str_equal(line->event, "broadcast.cancelled"))
            g_ptr_array_add(r->cancelled, g_strdup(line->broadcast));
    }
    if (line)
        record_free(line);
    return ok;
}

static bool read_log(struct store *s, struct restored *r, GError **error)
{
    FILE *log = fopen(r->config->delivery_log.file, "re");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    bool ok = true;
    while (log && ok && (len = getline(&line, &room, log)) > 0) {
        if (line[len - 1] != '\n')
            break; /* torn: the log's own tail was looked at already */
        line[len - 1] = '\0';
        ok = take_line(s, r, line, error);
    }
    free(line);
    if (log)
        fclose(log);
    return ok;
}

/* --- what the store is told --- */

static bool cancel_again(struct store *s, const char *id, GError **error)
{
    struct broadcast_row *row = NULL;
    bool ok = s->ops->broadcast_by_id(s, id, &row, error);
    if (ok && row && (row->state == BROADCAST_RELEASED || row->state == BROADCAST_PENDING))
        ok = s->ops->broadcast_set_state(s, row->no, BROADCAST_CANCELLED, error);
    if (row)
        broadcast_row_free(row);
    return ok;
}

static char *text_of(const struct restored *r)
{
    GString *t = g_string_new(NULL);
    if (*r->made)
        g_string_append_printf(t, "the store is a backup made at %s", r->made);
    else
        g_string_append(t, "the store is not the one that wrote the delivery log");
    g_string_append_printf(t, "; its journal goes on after record %" G_GINT64_FORMAT, r->tip);
    if (r->ahead)
        g_string_append_printf(
            t,
            "; the delivery log goes on differently up to record %" G_GINT64_FORMAT
            " (hash %s): %u records are not in this store, %u broadcasts "
            "cancelled in them are cancelled here too",
            r->last->seq, r->last->hash, r->lost, r->cancelled->len);
    return g_string_free(t, FALSE);
}

static bool tell_desk(struct store *s, const struct restored *r, int64_t now_ms, GError **error)
{
    g_autofree char *text = g_strdup_printf(
        "The daemon %s started on a restored store: %s.\n\n"
        "What was accepted, answered or changed after that is not known here. Look for it in the "
        "delivery log that was set aside, and send again what still matters: every broadcast, "
        "update "
        "and cancel since then. What had been sent since then and is not cancelled is sent once "
        "more, "
        "under the same Message-ID or webhook-id.\n",
        r->config->node, r->text);
    struct alarm *a = alarm_new(r->config, ALARM_DUTY_DESK, "alarm.restored", "",
                                "The daemon runs on a restored store", text, now_ms);
    bool ok = !a || alarm_store(s, a, r->config->node, now_ms, error);
    if (a)
        alarm_free(a);
    return ok;
}

static bool write_down(struct store *s, struct restored *r, int64_t now_ms, GError **error)
{
    struct record *record = record_new("store.restored", now_ms);
    record->node = g_strdup(r->config->node);
    record->reply = g_strdup(r->text);
    bool ok = s->ops->journal_append(s, record, error) &&
              s->ops->meta_set(s, STORE_FILE_COPY_MARK, "", error);
    record_free(record);
    for (guint i = 0; ok && i < r->cancelled->len; i++)
        ok = cancel_again(s, r->cancelled->pdata[i], error);
    return ok && tell_desk(s, r, now_ms, error);
}

bool restored_note(struct store *s, struct restored *r, int64_t now_ms, GError **error)
{
    bool known = true;
    g_autofree char *made = NULL;
    if (!s->ops->meta_get(s, STORE_FILE_COPY_MARK, &made, error) ||
        !s->ops->journal_last(s, &r->tip, NULL, error) ||
        (r->last && !is_known(s, r->tip, r->last, &known, error)))
        return false;
    r->ahead = !known;
    if (known && (!made || !*made))
        return true;
    r->made = g_strdup(made ? made : "");
    if (r->ahead && !read_log(s, r, error))
        return false;
    r->text = text_of(r);
    return write_down(s, r, now_ms, error);
}

/* --- after the commit --- */

static char *set_aside(const char *log, int64_t upto)
{
    if (*log == '\0' || !g_file_test(log, G_FILE_TEST_EXISTS))
        return NULL;
    g_autofree char *aside = g_strdup_printf("%s.before-restore-%" G_GINT64_FORMAT, log, upto);
    for (int i = 2; g_file_test(aside, G_FILE_TEST_EXISTS); i++) {
        g_free(aside);
        aside = g_strdup_printf("%s.before-restore-%" G_GINT64_FORMAT ".%d", log, upto, i);
    }
    if (g_rename(log, aside) == 0)
        return g_steal_pointer(&aside);
    log_event(LOG_LEVEL_ERROR, "delivery_log.not_set_aside", LOG_STR("file", log),
              LOG_STR("reason", g_strerror(errno)),
              LOG_STR("do", "move it away by hand and restart"));
    return NULL;
}

void restored_settle(struct restored *r)
{
    if (!r->text)
        return;
    g_autofree char *aside =
        r->ahead ? set_aside(r->config->delivery_log.file, r->last->seq) : NULL;
    g_autofree char *witness =
        r->ahead ? set_aside(r->config->journal.witness, r->last->seq) : NULL;
    log_event(LOG_LEVEL_ERROR, "store.restored", LOG_STR("reason", r->text),
              LOG_STR("log_set_aside", aside), LOG_STR("witness_set_aside", witness),
              LOG_STR("do", "send again what was accepted, updated or cancelled since"));
}
