#include "model/roster_check.h"

#include "model/endpoint.h"
#include <stdio.h>
#include <string.h>

#define FAR_KM 500

struct checking {
    const struct roster *roster;
    const struct directory *directory;
    GHashTable *gone; /* endpoints as the queue names them */
    int64_t at_ms;
    unsigned soon_days;
    GPtrArray *findings; /* struct roster_finding * */
    GHashTable *users; /* endpoint, owned -> GPtrArray of mission ids, borrowed, in roster order */
    GHashTable *reported; /* endpoints already said, borrowed from users */
};

static void finding_free(gpointer data)
{
    struct roster_finding *f = data;

    g_free(f->subject);
    g_free(f->detail);
    g_free(f);
}

/* Takes subject and detail. */
static void report(struct checking *c, const char *code, char *subject, char *detail)
{
    struct roster_finding *f = g_new(struct roster_finding, 1);

    *f = (struct roster_finding){ code, subject, detail };
    g_ptr_array_add(c->findings, f);
}

static bool has(const char *s)
{
    return s != NULL && s[0] != '\0';
}

static bool date_of(const char *text, GDate *date)
{
    unsigned year, month, day;

    if (sscanf(text, "%4u-%2u-%2u", &year, &month, &day) != 3 ||
        !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
        return false;
    g_date_clear(date, 1);
    g_date_set_dmy(date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
    return true;
}

/* Days from one "YYYY-MM-DD" to another; negative: to lies before from. */
static int days_between(const char *from, const char *to)
{
    GDate a, b;

    return date_of(from, &a) && date_of(to, &b) ? g_date_days_between(&a, &b) : 0;
}

static void check_dates(struct checking *c, const struct mission *m, const char *date)
{
    for (guint i = 0; i < m->representatives->len; i++) {
        const struct representative *p = m->representatives->pdata[i];
        if (!has(p->valid_to))
            continue;
        int left = days_between(date, p->valid_to);
        if (left < 0)
            report(c, "expired", g_strdup_printf("%s/%u", m->id, p->rank),
                   g_strdup_printf("representative %u of %s expired on %s", p->rank, m->id,
                                   p->valid_to));
        else if ((unsigned)left <= c->soon_days)
            report(c, "expires-soon", g_strdup_printf("%s/%u", m->id, p->rank),
                   g_strdup_printf("representative %u of %s expires on %s, in %d day%s", p->rank,
                                   m->id, p->valid_to, left, left == 1 ? "" : "s"));
    }
}

static void check_quorum(struct checking *c, const struct mission *m, const char *date)
{
    unsigned valid = 0;

    for (guint i = 0; i < m->representatives->len; i++) {
        const struct representative *p = m->representatives->pdata[i];
        valid += representative_has_endpoint(p) && representative_in_dates(p, date);
    }
    if (valid < 2)
        report(c, "fewer-than-two", g_strdup(m->id),
               g_strdup_printf("%s has %s valid representative; at least two are required", m->id,
                               valid == 0 ? "no" : "only one"));
}

static void note_endpoint(struct checking *c, const struct mission *m, const char *endpoint,
                          enum channel_kind channel)
{
    if (!has(endpoint))
        return;
    char *key = endpoint_key(channel, endpoint);
    GPtrArray *users = g_hash_table_lookup(c->users, key);
    if (users == NULL) {
        users = g_ptr_array_new();
        g_hash_table_insert(c->users, key, users);
    } else {
        g_free(key);
    }
    /* missions come one after the other, so a repetition can only be the last */
    if (users->len == 0 || users->pdata[users->len - 1] != m->id)
        g_ptr_array_add(users, m->id);
}

static void check_endpoint(struct checking *c, const char *endpoint, enum channel_kind channel)
{
    gpointer key, value;

    if (!has(endpoint))
        return;
    g_autofree char *wanted = endpoint_key(channel, endpoint);
    g_hash_table_lookup_extended(c->users, wanted, &key, &value);
    GPtrArray *users = value;
    if (users->len < 2 || !g_hash_table_add(c->reported, key))
        return;
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; i < users->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", (char *)users->pdata[i]);
    report(c, "shared-endpoint", g_strdup(endpoint),
           g_strdup_printf("%s serves %u missions: %s", endpoint, users->len, names->str));
}

static void check_gone(struct checking *c, const struct mission *m, const struct representative *p)
{
    g_autoptr(GPtrArray) gone = endpoint_gone(p, c->gone);

    for (guint i = 0; i < gone->len; i++)
        report(c, "endpoint-gone", g_strdup_printf("%s/%u", m->id, p->rank),
               g_strdup_printf("%s of representative %u of %s answered that it is gone and is not "
                               "used until it is set anew",
                               (char *)gone->pdata[i], p->rank, m->id));
}

static void check_office(struct checking *c, const struct mission *m)
{
    g_autofree char *because = NULL;
    double km = 0;
    const struct office *o = directory_office_of(c->directory, m, &because, &km);

    if (o == NULL)
        report(c, "no-office", g_strdup(m->id),
               g_strdup_printf("no office can be told for %s: it names none, no office is for its "
                               "city, and it has no coordinates",
                               m->id));
    else if (km > FAR_KM && g_str_has_prefix(because, "nearest office"))
        report(c, "far-office", g_strdup(m->id),
               g_strdup_printf("%s has office %s only because it is the nearest, %.0f km away",
                               m->id, o->id, km));
}

static void check_mission(struct checking *c, const struct mission *m)
{
    char date[MISSION_DATE_SIZE];

    mission_local_date(m, c->at_ms, date);
    check_quorum(c, m, date);
    check_dates(c, m, date);
    for (guint i = 0; i < m->representatives->len; i++) {
        const struct representative *p = m->representatives->pdata[i];
        check_endpoint(c, p->email, CHANNEL_SMTP);
        check_endpoint(c, p->webhook, CHANNEL_WEBHOOK);
        check_gone(c, m, p);
    }
    check_office(c, m);
}

GPtrArray *roster_check(const struct roster *r, const struct directory *d, GHashTable *gone,
                        int64_t at_ms, unsigned soon_days)
{
    struct checking c = {
        .roster = r, .directory = d, .gone = gone, .at_ms = at_ms, .soon_days = soon_days
    };

    c.findings = g_ptr_array_new_with_free_func(finding_free);
    c.users =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    c.reported = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < roster_count(r); i++) {
        const struct mission *m = roster_at(r, i);
        for (guint k = 0; k < m->representatives->len; k++) {
            const struct representative *p = m->representatives->pdata[k];
            note_endpoint(&c, m, p->email, CHANNEL_SMTP);
            note_endpoint(&c, m, p->webhook, CHANNEL_WEBHOOK);
        }
    }
    for (size_t i = 0; i < roster_count(r); i++)
        check_mission(&c, roster_at(r, i));
    g_hash_table_unref(c.reported);
    g_hash_table_unref(c.users);
    return c.findings;
}
