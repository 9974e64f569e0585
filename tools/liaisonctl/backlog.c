#include "backlog.h"

#include "field.h"
#include "out.h"

#define PAGE 500
#define FIRST_WINDOW 2000

/* One page after seq.  NULL: complained. */
static struct api_answer *page(struct session *s, const char *filters, gint64 after, int limit)
{
    g_autoptr(GString) path = g_string_new("/v1/records");
    g_autofree char *from = g_strdup_printf("%" G_GINT64_FORMAT, after);
    g_autofree char *most = g_strdup_printf("%d", limit);

    g_string_append(path, filters);
    api_query(path, "after", from);
    api_query(path, "limit", most);
    return command_get(s, path->str);
}

/* 1: there is a record after seq; 0: none; -1: complained. */
static int any_after(struct session *s, gint64 seq)
{
    struct api_answer *answer = page(s, "", seq, 1);

    if (!answer)
        return -1;
    int any = json_array_size(field_array(answer->json, "records")) > 0;
    api_answer_free(answer);
    return any;
}

/* The last seq of the log; -1: complained. */
static gint64 find_last(struct session *s)
{
    gint64 low = 0, high = 1; /* low exists (or is 0), high does not */
    int any;

    while ((any = any_after(s, high - 1)) == 1) {
        if (high > G_MAXINT64 / 2) {
            complain("the server names records without end: it is not liaisond, or not well");
            return -1;
        }
        low = high;
        high *= 2;
    }
    while (any >= 0 && high - low > 1) {
        gint64 middle = low + (high - low) / 2;
        any = any_after(s, middle - 1);
        if (any == 1)
            low = middle;
        else
            high = middle;
    }
    return any < 0 ? -1 : low;
}

struct window {
    gint64 after, last; /* (after, last] */
    backlog_row_fn *on_row;
    void *ctx;
};

/* Every matching record of the window; false: complained. */
static bool read_window(struct session *s, const char *filters, const struct window *w)
{
    gint64 after = w->after, next;

    for (; after < w->last; after = next) {
        struct api_answer *answer = page(s, filters, after, PAGE);
        if (!answer)
            return false;
        size_t i;
        json_t *row;
        next = field_number(answer->json, "next");
        json_array_foreach(field_array(answer->json, "records"), i, row)
        {
            gint64 seq = field_number(row, "seq");
            next = MAX(next, seq);
            if (seq <= w->last)
                w->on_row(row, w->ctx);
        }
        api_answer_free(answer);
        if (next <= after)
            break;
    }
    return true;
}

struct last_rows {
    GQueue rows; /* json_t *, referenced */
    guint count;
};

static void forget(gpointer row)
{
    json_decref(row);
}

static void keep(const json_t *row, void *ctx)
{
    struct last_rows *l = ctx;

    g_queue_push_tail(&l->rows, json_incref((json_t *)row));
    if (l->rows.length > l->count)
        json_decref(g_queue_pop_head(&l->rows));
}

/* Reaches back four times as far until there are enough. */
static bool read_last_rows(struct session *s, const char *filters, gint64 last, struct last_rows *l)
{
    struct window w = { .last = last, .on_row = keep, .ctx = l };

    for (gint64 reach = FIRST_WINDOW;; reach *= 4) {
        w.after = MAX(0, last - reach);
        g_queue_clear_full(&l->rows, forget);
        if (!read_window(s, filters, &w))
            return false;
        if (w.after == 0 || l->rows.length >= l->count)
            return true;
    }
}

bool backlog_read(struct session *s, const char *filters, int count, backlog_row_fn *on_row,
                  void *ctx, gint64 *last)
{
    struct last_rows l = { .rows = G_QUEUE_INIT, .count = (guint)count };

    *last = find_last(s);
    if (*last < 0)
        return false;
    if (count == BACKLOG_ALL)
        return read_window(s, filters, &(struct window){ 0, *last, on_row, ctx });
    bool fine = count == 0 || read_last_rows(s, filters, *last, &l);
    for (GList *at = l.rows.head; fine && at; at = at->next)
        on_row(at->data, ctx);
    g_queue_clear_full(&l.rows, forget);
    return fine;
}
