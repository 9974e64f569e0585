#include "flow/reminder.h"

#include "flow/event.h"
#include "model/answer.h"

struct wanted {
    const struct obligation *obligation;
    char *why;
};

struct reminder {
    const struct casefile *casefile;
    const GPtrArray *masters;
    struct journal_hand hand;
    GPtrArray *wanted;      /* struct wanted * */
    GHashTable *asked;      /* obligations among them, borrowed */
    GPtrArray *sent;        /* struct notification *: of the broadcast, and of versions before it */
    GHashTable *by_ordinal; /* ordinal -> GPtrArray of those, borrowed, by number */
    GHashTable *wrong;      /* endpoints of wrong persons, borrowed from sent */
    GHashTable *by_endpoint; /* endpoint -> struct notification *: those made here */
    GPtrArray *made;         /* them, owned */
};

static void wanted_free(struct wanted *w)
{
    g_free(w->why);
    g_free(w);
}

struct reminder *reminder_new(const struct casefile *c, const GPtrArray *masters,
                              struct journal_hand hand)
{
    struct reminder *r = g_new0(struct reminder, 1);
    r->casefile = c;
    r->masters = masters;
    r->hand = hand;
    r->wanted = g_ptr_array_new_with_free_func((GDestroyNotify)wanted_free);
    r->asked = g_hash_table_new(NULL, NULL);
    r->sent = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    r->by_ordinal = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    r->wrong = g_hash_table_new(g_str_hash, g_str_equal);
    r->by_endpoint = g_hash_table_new(g_str_hash, g_str_equal);
    r->made = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    return r;
}

void reminder_free(struct reminder *r)
{
    g_hash_table_unref(r->by_endpoint);
    g_hash_table_unref(r->wrong);
    g_hash_table_unref(r->by_ordinal);
    g_hash_table_unref(r->asked);
    g_ptr_array_unref(r->made);
    g_ptr_array_unref(r->sent);
    g_ptr_array_unref(r->wanted);
    g_free(r);
}

void reminder_add(struct reminder *r, const struct obligation *o, const char *why)
{
    if (!g_hash_table_add(r->asked, (gpointer)o))
        return;
    struct wanted *w = g_new(struct wanted, 1);
    *w = (struct wanted){ o, g_strdup(why) };
    g_ptr_array_add(r->wanted, w);
}

/* --- what was sent --- */

static void add_way(struct reminder *r, uint32_t ordinal, struct notification *n)
{
    GPtrArray *of = g_hash_table_lookup(r->by_ordinal, GUINT_TO_POINTER(ordinal));
    if (!of) {
        of = g_ptr_array_new();
        g_hash_table_insert(r->by_ordinal, GUINT_TO_POINTER(ordinal), of);
    }
    g_ptr_array_add(of, n);
}

static void index_own(struct reminder *r)
{
    for (guint i = 0; i < r->sent->len; i++) {
        struct notification *n = g_ptr_array_index(r->sent, i);
        for (guint k = 0; k < n->obligations->len; k++)
            add_way(r, g_array_index(n->obligations, uint32_t, k), n);
    }
}

static bool mark_wrong(struct store *s, struct reminder *r, int64_t no, guint from, GError **error)
{
    g_autoptr(GPtrArray) rows =
        g_ptr_array_new_with_free_func((GDestroyNotify)acknowledgement_row_free);
    g_autoptr(GHashTable) ids = g_hash_table_new(g_int64_hash, g_int64_equal);
    if (!s->ops->acknowledgements(s, no, 0, rows, error))
        return false;
    for (guint i = 0; i < rows->len; i++) {
        struct acknowledgement_row *row = g_ptr_array_index(rows, i);
        if (row->answer == ANSWER_WRONG_PERSON)
            g_hash_table_add(ids, &row->notification);
    }
    for (guint i = from; i < r->sent->len; i++) {
        struct notification *n = g_ptr_array_index(r->sent, i);
        if (g_hash_table_contains(ids, &n->id))
            g_hash_table_add(r->wrong, n->endpoint);
    }
    return true;
}

static bool read_sent(struct store *s, struct reminder *r, int64_t no, GError **error)
{
    guint from = r->sent->len;
    return casefile_notifications(s, no, r->sent, error) && mark_wrong(s, r, no, from, error);
}

static char *person_key(const struct obligation *o)
{
    return g_strconcat(o->recipient, "\n", o->name, NULL);
}

/* Those to whom nothing of this version was sent, by person. */
static GHashTable *silent_of(const struct reminder *r)
{
    GHashTable *out = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < r->wanted->len; i++) {
        const struct obligation *o = ((struct wanted *)g_ptr_array_index(r->wanted, i))->obligation;
        if (!g_hash_table_contains(r->by_ordinal, GUINT_TO_POINTER(o->ordinal)))
            g_hash_table_insert(out, person_key(o), (gpointer)o);
    }
    return out;
}

static gboolean has_way(gpointer key, gpointer obligation, gpointer by_ordinal)
{
    (void)key;
    return g_hash_table_contains(
        by_ordinal, GUINT_TO_POINTER(((const struct obligation *)obligation)->ordinal));
}

/* Ways to the silent, by what an earlier version sent them; what it meant to say and never sent
 * hides nothing. */
static void index_earlier(struct reminder *r, const struct casefile *earlier, guint from,
                          GHashTable *silent)
{
    for (guint i = from; i < r->sent->len; i++) {
        struct notification *n = g_ptr_array_index(r->sent, i);
        g_autoptr(GPtrArray) served = casefile_obligations_of(earlier, n);
        for (guint k = 0; k < served->len; k++) {
            g_autofree char *key = person_key(g_ptr_array_index(served, k));
            const struct obligation *o = g_hash_table_lookup(silent, key);
            if (o && n->told != TOLD_NO)
                add_way(r, o->ordinal, n);
        }
    }
    g_hash_table_foreach_remove(silent, has_way, r->by_ordinal);
}

/* An update that said nothing new to somebody sent them no message of its own: they are reminded
 * where the version before it told them. */
static bool read_earlier(struct store *s, struct reminder *r, GError **error)
{
    g_autoptr(GHashTable) silent = silent_of(r);
    g_autoptr(GPtrArray) versions = NULL;
    if (g_hash_table_size(silent) == 0)
        return true;
    if (!event_versions(s, r->casefile->row, &versions, error))
        return false;
    for (guint i = versions->len; i > 0 && g_hash_table_size(silent) > 0; i--) {
        int64_t no = ((const struct broadcast_row *)g_ptr_array_index(versions, i - 1))->no;
        guint from = r->sent->len;
        if (no == r->casefile->no)
            continue;
        struct casefile *earlier = casefile_load(s, no, error);
        bool ok = earlier && read_sent(s, r, no, error);
        if (ok)
            index_earlier(r, earlier, from, silent);
        casefile_unref(earlier);
        if (!ok)
            return false;
    }
    return true;
}

/* --- what is made --- */

static struct notification *make(struct reminder *r, const struct notification *like,
                                 uint32_t ordinal)
{
    struct notification *n = notification_new();
    n->id = r->casefile->no << NOTIFICATION_ORDINAL_BITS | ordinal;
    n->channel = like->channel;
    n->endpoint = g_strdup(like->endpoint);
    n->lane = g_strdup(like->lane);
    n->recipient = g_strdup(like->recipient);
    n->language = g_strdup(like->language);
    n->deadline_ms = r->casefile->deadline_ms;
    n->priority = like->priority;
    n->purpose = PURPOSE_REMIND;
    GBytes *master = link_master(r->masters, r->casefile->row->link_key);
    if (master) {
        struct link link;
        g_autofree char *key = notification_message_key(r->casefile->row->id, n->id);
        link_make(&link, master, key);
        g_free(n->link_digest);
        n->link_digest = g_strdup(link.digest);
    }
    g_ptr_array_add(r->made, n);
    g_hash_table_insert(r->by_endpoint, n->endpoint, n);
    return n;
}

/* The last message to that endpoint, of those that serve an obligation. */
static bool is_last(const GPtrArray *of, guint at)
{
    const struct notification *n = g_ptr_array_index(of, at);
    for (guint i = at + 1; i < of->len; i++)
        if (g_str_equal(n->endpoint, ((struct notification *)g_ptr_array_index(of, i))->endpoint))
            return false;
    return true;
}

static bool remind(struct reminder *r, const struct obligation *o, uint32_t *next)
{
    const GPtrArray *of = g_hash_table_lookup(r->by_ordinal, GUINT_TO_POINTER(o->ordinal));
    bool any = false;
    for (guint i = 0; of && i < of->len; i++) {
        const struct notification *n = g_ptr_array_index(of, i);
        if (n->state != NOTIFICATION_ACCEPTED || !is_last(of, i) ||
            g_hash_table_contains(r->wrong, n->endpoint))
            continue;
        struct notification *again = g_hash_table_lookup(r->by_endpoint, n->endpoint);
        if (!again && *next > NOTIFICATION_MAX_ORDINAL)
            continue;
        if (!again)
            again = make(r, n, (*next)++);
        g_array_append_val(again->obligations, o->ordinal);
        any = true;
    }
    return any;
}

static gint compare_ordinals(gconstpointer a, gconstpointer b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static bool append(struct store *s, struct reminder *r, GPtrArray *out, GError **error)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    struct plan part = { .missions = none, .obligations = none, .notifications = r->made };
    for (guint i = 0; i < r->made->len; i++)
        g_array_sort(((struct notification *)g_ptr_array_index(r->made, i))->obligations,
                     compare_ordinals);
    if (!s->ops->plan_append(s, r->casefile->no, &part, error))
        return false;
    while (r->made->len > 0)
        g_ptr_array_add(out, g_ptr_array_steal_index(r->made, 0));
    return true;
}

bool reminder_store(struct store *s, struct reminder *r, GPtrArray *out, GError **error)
{
    uint32_t obligation, next;
    if (r->wanted->len == 0)
        return true;
    if (!s->ops->next_ordinals(s, r->casefile->no, &obligation, &next, error) ||
        !read_sent(s, r, r->casefile->no, error))
        return false;
    index_own(r);
    if (!read_earlier(s, r, error))
        return false;
    for (guint i = 0; i < r->wanted->len; i++) {
        const struct wanted *w = g_ptr_array_index(r->wanted, i);
        if (remind(r, w->obligation, &next) &&
            !journal_tell_obligation(s, r->hand, r->casefile->row, "obligation.reminded",
                                     w->obligation, NULL, NULL, w->why, error))
            return false;
    }
    return append(s, r, out, error);
}

bool reminder_withdraw(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                       const struct obligation *o, GError **error)
{
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    if (!obligation_is_closed(o))
        return true;
    if (!s->ops->withdraw_reminders(s, of->no, o->ordinal, out, error))
        return false;
    for (guint i = 0; i < out->len; i++)
        if (!journal_tell(s, hand, of, "notification.withdrawn", g_ptr_array_index(out, i),
                          "it was answered meanwhile", error))
            return false;
    return true;
}
