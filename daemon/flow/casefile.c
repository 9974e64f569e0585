#include "flow/casefile.h"

#include "model/faults.h"
#include "model/message.h"
#include "wire/broadcast_json.h"
#include "wire/cap_resource.h"
#include <string.h>

#define CASEFILE_CAP "application/cap+xml"
#define CASEFILE_PAGE 1000 /* notifications read at a time */
#define FEW_MISSIONS 8     /* are compared with each other sooner than put in a set */

static struct casefile *casefile_new(int64_t no, GPtrArray *missions, GPtrArray *obligations)
{
    struct casefile *c = g_new0(struct casefile, 1);
    c->refs = 1;
    c->no = no;
    c->missions = missions;
    c->obligations = obligations;
    c->by_mission = g_hash_table_new(g_str_hash, g_str_equal);
    return c;
}

/* What follows from what it has. */
static void complete(struct casefile *c, struct broadcast_row *row)
{
    c->row = row;
    g_clear_pointer(&row->body, g_free);
    for (guint i = 0; i < c->missions->len; i++) {
        struct affected_mission *m = g_ptr_array_index(c->missions, i);
        g_hash_table_insert(c->by_mission, m->id, m);
    }
    for (guint i = 0; i < c->obligations->len && !c->asks; i++)
        c->asks = ((struct obligation *)g_ptr_array_index(c->obligations, i))->asks;
}

/* What came as CAP: its canonical form has only part of what it can say. */
bool casefile_has_to_be_read(const struct broadcast_row *row)
{
    return g_strcmp0(row->source_type, CASEFILE_CAP) == 0;
}

struct casefile *casefile_of_plan(struct broadcast_row *row, struct broadcast *b,
                                  const struct plan *p)
{
    if (casefile_has_to_be_read(row))
        return NULL;
    struct casefile *c =
        casefile_new(row->no, g_ptr_array_ref(p->missions), g_ptr_array_ref(p->obligations));
    c->broadcast = broadcast_ref(b);
    c->deadline_ms = row->deadline_ms;
    if (!b->id)
        b->id = g_strdup(row->id);
    complete(c, row);
    return c;
}

bool casefile_notifications(struct store *s, int64_t no, GPtrArray *out, GError **error)
{
    uint32_t after = 0;
    for (;;) {
        guint before = out->len;
        if (!s->ops->notifications(s, no, after, CASEFILE_PAGE, out, error))
            return false;
        if (out->len == before)
            return true;
        const struct notification *last = g_ptr_array_index(out, out->len - 1);
        after = (uint32_t)(last->id & NOTIFICATION_MAX_ORDINAL);
    }
}

struct casefile *casefile_ref(struct casefile *c)
{
    g_atomic_int_inc(&c->refs);
    return c;
}

void casefile_unref(struct casefile *c)
{
    if (!c || !g_atomic_int_dec_and_test(&c->refs))
        return;
    g_hash_table_unref(c->by_mission);
    g_ptr_array_unref(c->missions);
    g_ptr_array_unref(c->obligations);
    if (c->broadcast)
        broadcast_unref(c->broadcast);
    if (c->row)
        broadcast_row_free(c->row);
    g_free(c);
}

static bool read_broadcast(struct casefile *c, const struct broadcast_row *row, GError **error)
{
    struct faults *f = faults_new();
    c->broadcast = broadcast_json_read_stored(row->body, strlen(row->body), f);
    if (c->broadcast) {
        c->broadcast->id = g_strdup(row->id);
        c->deadline_ms = row->deadline_ms;
    } else {
        g_autofree char *why = faults_to_line(f);
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "stored broadcast %s cannot be read: %s", row->id, why);
    }
    faults_free(f);
    return c->broadcast != NULL;
}

/* What CAP carries within itself; most carries nothing, and is not read again. */
static bool read_resources(struct casefile *c, struct store *s, const struct broadcast_row *row,
                           GError **error)
{
    static const char mark[] = "derefUri";
    GBytes *source = NULL;
    if (!casefile_has_to_be_read(row))
        return true;
    if (!s->ops->broadcast_source(s, row->no, &source, error))
        return false;
    gsize len = 0;
    const char *text = source ? g_bytes_get_data(source, &len) : NULL;
    bool is_utf16 = len > 1 && ((guchar)text[0] == 0xff || (guchar)text[0] == 0xfe);
    if (text && (is_utf16 || memmem(text, len, mark, strlen(mark)))) {
        struct faults *f = faults_new();
        struct cap_alert *a = cap_read(text, len, CAP_1_0, f);
        if (a)
            c->broadcast->resources = cap_resources(a);
        cap_alert_free(a);
        faults_free(f);
    }
    g_clear_pointer(&source, g_bytes_unref);
    return true;
}

/* n NULL: all of it, and what is attached to it. */
static bool read_plan(struct store *s, struct casefile *c, const struct broadcast_row *row,
                      const struct notification *n, GError **error)
{
    if (!n)
        return s->ops->missions(s, c->no, c->missions, error) &&
               s->ops->obligations(s, c->no, c->obligations, error) &&
               read_resources(c, s, row, error);
    return s->ops->obligations_of(s, n, c->obligations, error) &&
           s->ops->missions_of(s, c->no, c->obligations, c->missions, error);
}

static struct casefile *load(struct store *s, int64_t no, const struct notification *n,
                             GError **error)
{
    struct broadcast_row *row = NULL;
    if (!s->ops->broadcast_by_no(s, no, &row, error))
        return NULL;
    if (!row) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "broadcast number %" G_GINT64_FORMAT " is not in the store", no);
        return NULL;
    }
    struct casefile *c =
        casefile_new(no, g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free),
                     g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free));
    bool ok = read_broadcast(c, row, error) && read_plan(s, c, row, n, error);
    complete(c, row);
    if (!ok)
        g_clear_pointer(&c, casefile_unref);
    return c;
}

struct casefile *casefile_load(struct store *s, int64_t no, GError **error)
{
    return load(s, no, NULL, error);
}

struct casefile *casefile_load_for(struct store *s, const struct notification *n, GError **error)
{
    return load(s, n->id >> NOTIFICATION_ORDINAL_BITS, n, error);
}

/* Obligations stand in the order of their ordinals; without gaps, but where only some were read. */
static struct obligation *find(const struct casefile *c, uint32_t ordinal)
{
    guint low = 0, high = c->obligations->len;
    if (ordinal >= 1 && ordinal <= high) {
        struct obligation *o = g_ptr_array_index(c->obligations, ordinal - 1);
        if (o->ordinal == ordinal)
            return o;
    }
    while (low < high) {
        guint middle = low + (high - low) / 2;
        struct obligation *o = g_ptr_array_index(c->obligations, middle);
        if (o->ordinal == ordinal)
            return o;
        if (o->ordinal < ordinal)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool casefile_covers(const struct casefile *c, const struct notification *n)
{
    for (guint i = 0; i < n->obligations->len; i++)
        if (!find(c, g_array_index(n->obligations, uint32_t, i)))
            return false;
    return true;
}

GPtrArray *casefile_obligations_of(const struct casefile *c, const struct notification *n)
{
    GPtrArray *out = g_ptr_array_sized_new(n->obligations->len);
    for (guint i = 0; i < n->obligations->len; i++)
        g_ptr_array_add(out, find(c, g_array_index(n->obligations, uint32_t, i)));
    return out;
}

guint casefile_named(const struct casefile *c, const struct notification *n)
{
    guint named = 0;
    for (guint i = 0; i < n->obligations->len; i++)
        named += find(c, g_array_index(n->obligations, uint32_t, i))->missions->len;
    return named;
}

/* A person stands for one or two missions, a desk for all of them. */
GPtrArray *casefile_missions_of(const struct casefile *c, const GPtrArray *obligations)
{
    guint named = 0;
    for (guint i = 0; i < obligations->len; i++)
        named += ((const struct obligation *)g_ptr_array_index(obligations, i))->missions->len;
    GPtrArray *out = g_ptr_array_sized_new(named);
    g_autoptr(GHashTable) seen = named > FEW_MISSIONS ? g_hash_table_new(NULL, NULL) : NULL;
    for (guint i = 0; i < obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(obligations, i);
        for (guint k = 0; k < o->missions->len; k++) {
            struct affected_mission *m =
                g_hash_table_lookup(c->by_mission, g_ptr_array_index(o->missions, k));
            if (m && (seen ? g_hash_table_add(seen, m) : !g_ptr_array_find(out, m, NULL)))
                g_ptr_array_add(out, m);
        }
    }
    return out;
}

/* Whom a person has added, whatever their place, must not be told less than the others; whom it no
 * longer concerns need not read of other places. */
static bool is_told_of_danger(const struct casefile *c, const struct notification *n)
{
    bool danger = false;
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = find(c, g_array_index(n->obligations, uint32_t, i));
        danger |= o->part == PART_FULL || o->part == PART_UPDATE;
    }
    return danger && c->broadcast->type != TYPE_CANCEL;
}

struct broadcast *casefile_broadcast_for(const struct casefile *c, const struct notification *n,
                                         const GPtrArray *missions)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    for (guint i = 0; i < missions->len; i++)
        g_ptr_array_add(ids, ((const struct affected_mission *)missions->pdata[i])->id);
    return message_narrow(c->broadcast, n->language, (const char *const *)ids->pdata, ids->len,
                          is_told_of_danger(c, n) ? UNNAMED_ALL : UNNAMED_NONE);
}

GHashTable *casefile_index(const struct casefile *c)
{
    GHashTable *index =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < c->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(c->obligations, i);
        for (guint k = 0; k < o->missions->len; k++) {
            char *mission = g_ptr_array_index(o->missions, k);
            GPtrArray *of = g_hash_table_lookup(index, mission);
            if (!of) {
                of = g_ptr_array_new();
                g_hash_table_insert(index, mission, of);
            }
            g_ptr_array_add(of, o);
        }
    }
    return index;
}

enum threat_level casefile_threat_of(const struct casefile *c, const struct obligation *o)
{
    enum threat_level threat = THREAT_LOW;
    for (guint i = 0; i < o->missions->len; i++) {
        const struct affected_mission *m =
            g_hash_table_lookup(c->by_mission, g_ptr_array_index(o->missions, i));
        if (m)
            threat = MAX(threat, m->threat);
    }
    return threat;
}

bool casefile_is_alive(const struct casefile *c, int64_t now_ms)
{
    return c->row->state == BROADCAST_RELEASED && now_ms < c->deadline_ms;
}

bool casefile_link(const struct casefile *c, const struct notification *n, const GPtrArray *masters,
                   struct link *out)
{
    GBytes *master = *n->link_digest ? link_master(masters, c->row->link_key) : NULL;
    if (!master)
        return false;
    g_autofree char *key = notification_message_key(c->row->id, n->id);
    link_make(out, master, key);
    return true;
}

struct quorum_policy casefile_quorum(const struct config *c)
{
    return (struct quorum_policy){ .normal = (unsigned)c->acknowledge.quorum,
                                   .urgent = (unsigned)c->acknowledge.quorum_urgent,
                                   .remind_after = c->acknowledge.remind_after_quorum };
}

GArray *casefile_standings(const struct casefile *c, const struct config *config)
{
    struct quorum_policy policy = casefile_quorum(config);
    return quorum_standings(&policy, c->broadcast, c->missions, c->obligations);
}

guint casefile_bulk(const struct casefile *c)
{
    return c->missions->len + c->obligations->len;
}
