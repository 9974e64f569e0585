#include "model/mission.h"
#include <string.h>

const char *const threat_level_names[] = { "low", "medium", "high", "critical", NULL };

const char *const mission_kinds[] = {
    "embassy",
    "consulate-general",
    "consulate",
    "vice-consulate",
    "consular-agency",
    "honorary-consulate",
    "permanent-mission-un",
    "permanent-mission-oas",
    "international-organization",
    "representative-office",
    "trade-office",
    "delegation",
    "interests-section",
    NULL,
};

struct mission *mission_new(void)
{
    struct mission *m = g_new0(struct mission, 1);

    m->representatives = g_ptr_array_new_with_free_func((GDestroyNotify)representative_free);
    return m;
}

void mission_free(struct mission *m)
{
    if (m == NULL)
        return;
    char *const owned[] = { m->id,       m->country,     m->name,   m->kind,     m->street,
                            m->city,     m->state,       m->zip,    m->lat_text, m->lon_text,
                            m->timezone, m->county_fips, m->office, m->origin,   m->city_key };
    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_clear_pointer(&m->tz, g_time_zone_unref);
    g_ptr_array_unref(m->representatives);
    g_free(m);
}

void representative_free(struct representative *r)
{
    if (r == NULL)
        return;
    char *const owned[] = { r->name,    r->language,   r->email,   r->phone,
                            r->webhook, r->valid_from, r->valid_to };
    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(r);
}

static bool has(const char *s)
{
    return s != NULL && s[0] != '\0';
}

bool representative_has_endpoint(const struct representative *r)
{
    return has(r->email) || has(r->webhook);
}

void mission_local_date(const struct mission *m, int64_t at_ms, char out[MISSION_DATE_SIZE])
{
    /* towards the past, also before 1970 */
    int64_t at_s = at_ms / 1000 - (at_ms % 1000 < 0);
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(at_s);
    g_autoptr(GDateTime) local =
        utc == NULL || m->tz == NULL ? NULL : g_date_time_to_timezone(utc, m->tz);
    GDateTime *t = local != NULL ? local : utc;

    if (t == NULL) /* outside the years 1 to 9999 */
        g_strlcpy(out, at_ms < 0 ? "0001-01-01" : "9999-12-31", MISSION_DATE_SIZE);
    else
        g_snprintf(out, MISSION_DATE_SIZE, "%04d-%02d-%02d", g_date_time_get_year(t),
                   g_date_time_get_month(t), g_date_time_get_day_of_month(t));
}

bool representative_in_dates(const struct representative *r, const char *local_date)
{
    /* dates of this form compare as text */
    return (!has(r->valid_from) || strcmp(r->valid_from, local_date) <= 0) &&
           (!has(r->valid_to) || strcmp(r->valid_to, local_date) >= 0);
}

bool representative_in_date(const struct representative *r, const struct mission *m, int64_t at_ms)
{
    char date[MISSION_DATE_SIZE];

    mission_local_date(m, at_ms, date);
    return representative_in_dates(r, date);
}

bool representative_is_valid(const struct representative *r, const struct mission *m, int64_t at_ms)
{
    return representative_has_endpoint(r) && representative_in_date(r, m, at_ms);
}
