/*
 * notice_scenes - the notices of which whole mails are kept in tests/golden/mail.
 *
 * Each is a situation in which somebody reads the mail; their names are the golden files' names.
 */
#pragma once
#include "model/resource.h"
#include "notice_world.h"
#include "wire/cancel_text.h"

#define SCENE_HEADLINE "Demonstrations near foreign missions, Chicago"
#define SCENE_DESCRIPTION                                                                          \
    "Demonstrations are expected near several consulates in downtown Chicago today between 12:00 " \
    "and "                                                                                         \
    "18:00 local time.\n\nOrganizers expect up to 4,000 people. No direct threat to a mission is " \
    "known."
#define SCENE_INSTRUCTION                                                                          \
    "Keep entrances clear and review your emergency reaction plan.\n"                              \
    "Report surveillance or attempts to enter the premises at once."

static inline void scene_texts(struct broadcast *b)
{
    world_add_text(b, "en", SCENE_HEADLINE, SCENE_DESCRIPTION, SCENE_INSTRUCTION);
    world_add_text(
        b, "es", "Manifestaciones cerca de misiones extranjeras en Chicago",
        "Se esperan manifestaciones cerca de varios consulados en el centro de Chicago hoy entre "
        "las 12:00 y las 18:00, hora local.\n\nLos organizadores esperan hasta 4.000 personas. "
        "No se conoce ninguna amenaza directa contra una misión.",
        "Mantenga libres los accesos y revise su plan de emergencia.\n"
        "Comunique de inmediato cualquier vigilancia o intento de entrar en los locales.");
    world_add_text(
        b, "ar", "مظاهرات بالقرب من البعثات الأجنبية في شيكاغو",
        "من المتوقع خروج مظاهرات بالقرب من عدة قنصليات في وسط شيكاغو اليوم بين الساعة 12:00 "
        "والساعة 18:00 بالتوقيت المحلي.\n\nيتوقع المنظمون مشاركة ما يصل إلى 4000 شخص. "
        "ولا يُعرف أي تهديد مباشر لأي بعثة.",
        "أبقوا المداخل خالية وراجعوا خطة الطوارئ لديكم.\n"
        "أبلغوا فورًا عن أي مراقبة أو محاولة لدخول المباني.");
}

static inline struct notice_world *scene_one_mission(const char *language, const char *id,
                                                     const char *name)
{
    struct notice_world *w = notice_world_new("mailto:liaison1@mission.example", language);
    scene_texts(w->broadcast);
    world_add_mission(w, id, name, "consulate-general", "Chicago", "IL", "America/Chicago",
                      "chicago");
    g_autofree char *recipient = g_strconcat(id, "/1", NULL);
    world_add_obligation(w, OBLIGATION_REPRESENTATIVE, recipient, "Security Liaison 1", id);
    return w;
}

static inline struct notice_world *scene_english_by_day(void)
{
    return scene_one_mission("en", "gb-chicago", "British Consulate General, Chicago");
}

/* It brings a picture and a page, which is only bytes to us. */
static inline struct notice_world *scene_with_attachments(void)
{
    struct notice_world *w = scene_english_by_day();
    w->broadcast->resources = resource_array_new();
    g_ptr_array_add(w->broadcast->resources,
                    resource_new("en", NULL, "Map of the closed streets – Übersicht", "image/png",
                                 g_bytes_new_static("\x89PNG\r\n\x1a\n", 8)));
    g_ptr_array_add(w->broadcast->resources, resource_new("en", NULL, "../page.html", "text/html",
                                                          g_bytes_new_static("<script>", 8)));
    return w;
}

/* The broadcast becomes a later word on PLD-2012-0116; what everybody in the scene hears is of
 * part. */
static inline struct notice_world *scene_later(struct notice_world *w, enum broadcast_type type,
                                               enum obligation_part part)
{
    w->broadcast->type = type;
    struct reference *r = g_new0(struct reference, 1);
    r->identifier = g_strdup("PLD-2012-0116");
    r->sender = g_strdup("pld-duty@dss.example");
    r->sent = (struct timestamp){ NOTICE_NOW - HOUR_MS, -240 };
    g_ptr_array_add(w->broadcast->references, r);
    for (guint i = 0; i < w->obligations->len; i++)
        ((struct obligation *)w->obligations->pdata[i])->part = part;
    return w;
}

static inline struct notice_world *scene_spanish_update(void)
{
    return scene_later(
        scene_one_mission("es", "ar-chicago", "Consulate General of Argentina, Chicago"),
        TYPE_UPDATE, PART_UPDATE);
}

/* An update is the first that they hear of it. */
static inline struct notice_world *scene_english_newly_affected(void)
{
    return scene_later(scene_one_mission("en", "gb-chicago", "British Consulate General, Chicago"),
                       TYPE_UPDATE, PART_FULL);
}

static inline struct notice_world *scene_english_release(void)
{
    return scene_later(scene_one_mission("en", "gb-chicago", "British Consulate General, Chicago"),
                       TYPE_UPDATE, PART_RELEASE);
}

static inline struct notice_world *scene_arabic_release(void)
{
    return scene_later(scene_one_mission("ar", "eg-chicago", "Consulate General of Egypt, Chicago"),
                       TYPE_UPDATE, PART_RELEASE);
}

/* The scene's broadcast is withdrawn, in the words that are ready for it. */
static inline struct notice_world *scene_cancelled(struct notice_world *w, bool false_alarm,
                                                   const char *reason)
{
    struct faults *f = faults_new();
    struct template_set *t = template_set_load(SOURCE_DIR "/conf/templates", f);
    assert_non_null(t);
    struct broadcast *of = w->broadcast;
    struct timestamp sent = { NOTICE_NOW + 38 * 60 * 1000, -240 };
    w->broadcast =
        cancel_text_compose(of, t, "PLD-2012-0118", of->sender, &sent, false_alarm, reason);
    w->broadcast->id = g_strdup(of->id);
    w->notice.broadcast = w->broadcast;
    w->notice.now_ms = sent.ms;
    broadcast_unref(of);
    template_set_unref(t);
    faults_free(f);
    return w;
}

static inline struct notice_world *scene_spanish_cancel(void)
{
    return scene_cancelled(
        scene_one_mission("es", "ar-chicago", "Consulate General of Argentina, Chicago"), false,
        "Se suspendieron las manifestaciones.");
}

static inline struct notice_world *scene_arabic_cancel(void)
{
    return scene_cancelled(
        scene_one_mission("ar", "eg-chicago", "Consulate General of Egypt, Chicago"), false, NULL);
}

static inline struct notice_world *scene_english_false_alarm(void)
{
    struct notice_world *w = scene_one_mission("en", "jp-honolulu", "Consulate General of Japan");
    w->broadcast->urgency = URGENCY_IMMEDIATE;
    return scene_cancelled(w, true, "An exercise message was published as a live one.");
}

/* One mailbox, three missions: one was told and stays, one is new, one is out. */
static inline struct notice_world *scene_three_parts(void)
{
    static const struct {
        const char *id, *name, *city, *state, *zone, *office;
        enum obligation_part part;
    } missions[] = {
        { "jp-washington", "Embassy of Japan", "Washington", "DC", "America/New_York", "washington",
          PART_UPDATE },
        { "jp-honolulu", "Consulate General of Japan, Honolulu", "Honolulu", "HI",
          "Pacific/Honolulu", "honolulu", PART_RELEASE },
        { "jp-chicago", "Consulate General of Japan, Chicago", "Chicago", "IL", "America/Chicago",
          "chicago", PART_FULL },
    };
    struct notice_world *w = notice_world_new("mailto:security@mission.example", "en");
    scene_texts(w->broadcast);
    scene_later(w, TYPE_UPDATE, PART_FULL);
    for (size_t i = 0; i < G_N_ELEMENTS(missions); i++) {
        world_add_mission(w, missions[i].id, missions[i].name, "consulate-general",
                          missions[i].city, missions[i].state, missions[i].zone,
                          missions[i].office);
        g_autofree char *recipient = g_strconcat(missions[i].id, "/1", NULL);
        world_add_obligation(w, OBLIGATION_REPRESENTATIVE, recipient, "Security Liaison 1",
                             missions[i].id)
            ->part = missions[i].part;
    }
    return w;
}

static inline struct notice_world *scene_arabic_at_night(void)
{
    struct notice_world *w =
        scene_one_mission("ar", "eg-chicago", "Consulate General of Egypt, Chicago");
    w->broadcast->urgency = URGENCY_IMMEDIATE;
    w->notice.now_ms = NOTICE_NOW + 12 * HOUR_MS; /* 20:30 in Chicago */
    return w;
}

/* The text is not there in French: the fixed sentences are, the text is English. */
static inline struct notice_world *scene_french_exercise(void)
{
    struct notice_world *w =
        scene_one_mission("fr", "fr-chicago", "Consulate General of France, Chicago");
    w->broadcast->status = STATUS_EXERCISE;
    return w;
}

static inline struct notice_world *scene_portuguese_thin(void)
{
    struct notice_world *w = notice_world_new("mailto:liaison1@mission.example", "pt");
    scene_texts(w->broadcast);
    w->broadcast->handling = HANDLING_NOTICE;
    world_add_mission(w, "pt-washington", "Embassy of Portugal", "embassy", "Washington", "DC",
                      "America/New_York", "washington");
    world_add_obligation(w, OBLIGATION_REPRESENTATIVE, "pt-washington/1", "Security Liaison 1",
                         "pt-washington");
    return w;
}

/* One mailbox, an embassy and a consulate five zones apart. */
static inline struct notice_world *scene_two_missions(void)
{
    struct notice_world *w = notice_world_new("mailto:security@mission.example", "en");
    scene_texts(w->broadcast);
    world_add_mission(w, "jp-washington", "Embassy of Japan", "embassy", "Washington", "DC",
                      "America/New_York", "washington");
    world_add_mission(w, "jp-honolulu", "Consulate General of Japan, Honolulu", "consulate-general",
                      "Honolulu", "HI", "Pacific/Honolulu", "honolulu");
    world_add_obligation(w, OBLIGATION_REPRESENTATIVE, "jp-washington/1", "Security Liaison 1",
                         "jp-washington");
    world_add_obligation(w, OBLIGATION_REPRESENTATIVE, "jp-honolulu/2", "Security Liaison 2",
                         "jp-honolulu");
    return w;
}

static inline struct notice_world *scene_desk(void)
{
    struct notice_world *w = notice_world_new("mailto:chicago@dss.example", "en");
    scene_texts(w->broadcast);
    struct obligation *all =
        world_add_obligation(w, OBLIGATION_OFFICE, "office:chicago", "Chicago", "ht-chicago");
    world_add_mission(w, "ht-chicago", "Consulate General of Haiti, Chicago", "consulate-general",
                      "Chicago", "IL", "America/Chicago", "chicago");
    static const char *const others[][2] = {
        { "ar-chicago", "Consulate General of Argentina, Chicago" },
        { "gb-chicago", "British Consulate General, Chicago" }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        world_add_mission(w, others[i][0], others[i][1], "consulate-general", "Chicago", "IL",
                          "America/Chicago", "chicago");
        g_ptr_array_add(all->missions, g_strdup(others[i][0]));
    }
    struct obligation *gap =
        world_add_obligation(w, OBLIGATION_OFFICE, "office:chicago", "Chicago", "ht-chicago");
    gap->reason = OBLIGATION_NO_REPRESENTATIVE;
    g_free(gap->detail);
    gap->detail = g_strdup("no valid representative; representative 1 expired 2012-06-30");
    return w;
}

static inline struct notice_world *scene_desk_call_needed(void)
{
    struct notice_world *w = notice_world_new("mailto:cc@dss.example", "en");
    scene_texts(w->broadcast);
    w->notice.now_ms = NOTICE_NOW + 12 * HOUR_MS;
    world_add_mission(w, "ar-chicago", "Consulate General of Argentina, Chicago",
                      "consulate-general", "Chicago", "IL", "America/Chicago", "chicago");
    struct obligation *o = world_add_obligation(w, OBLIGATION_DESK, "desk:command-center",
                                                "DSS Command Center", "ar-chicago");
    o->reason = OBLIGATION_ALL_REFUSED;
    g_free(o->detail);
    o->detail = g_strdup("Security Liaison 1, +13125550142\n"
                         "liaison1@ar-chicago.example: 550 5.1.1 no such user <script>");
    return w;
}

/* The office's notice in parts, and a mission that somebody had to call. */
static inline struct notice_world *scene_desk_update(void)
{
    struct notice_world *w = scene_later(scene_desk(), TYPE_UPDATE, PART_UPDATE);
    struct obligation *first = w->obligations->pdata[0], *gap = w->obligations->pdata[1];
    g_ptr_array_remove_index(first->missions, 0); /* Haiti's */
    world_add_mission(w, "fr-chicago", "Consulate General of France, Chicago", "consulate-general",
                      "Chicago", "IL", "America/Chicago", "chicago");
    world_add_obligation(w, OBLIGATION_OFFICE, "office:chicago", "Chicago", "fr-chicago")->part =
        PART_FULL;
    world_add_mission(w, "mx-chicago", "Consulate General of Mexico, Chicago", "consulate-general",
                      "Chicago", "IL", "America/Chicago", "chicago");
    world_add_obligation(w, OBLIGATION_OFFICE, "office:chicago", "Chicago", "mx-chicago")->part =
        PART_RELEASE;
    gap->part = PART_RELEASE;
    return w;
}

static inline struct notice_world *scene_desk_cancel(void)
{
    return scene_cancelled(scene_desk(), false, NULL);
}

/* A link's letters do not depend on a key here: how they are made is tested elsewhere. */
static const struct link scene_link = { .token = "k3Qx0V9sT1uWzYbA7cDeFg", .code = "472913" };

static inline struct notice_world *scene_asks(struct notice_world *w, enum notification_purpose why)
{
    w->notice.link = &scene_link;
    w->notice.base_url = "https://liaison.dss.example";
    w->notification->purpose = why;
    for (guint i = 0; i < w->obligations->len; i++)
        ((struct obligation *)w->obligations->pdata[i])->asks = true;
    return w;
}

static inline struct notice_world *scene_english_asks(void)
{
    return scene_asks(scene_english_by_day(), PURPOSE_TELL);
}

static inline struct notice_world *scene_arabic_asks(void)
{
    return scene_asks(scene_arabic_at_night(), PURPOSE_TELL);
}

static inline struct notice_world *scene_english_reminder(void)
{
    return scene_asks(scene_english_by_day(), PURPOSE_REMIND);
}

static inline struct notice_world *scene_arabic_reminder(void)
{
    return scene_asks(scene_arabic_at_night(), PURPOSE_REMIND);
}

static inline struct notice_world *scene_thin_update_reminder(void)
{
    struct notice_world *w = scene_later(scene_portuguese_thin(), TYPE_UPDATE, PART_UPDATE);
    return scene_asks(w, PURPOSE_REMIND);
}

/* Two missions of the Command Center's at night for that reason, with what was tried at each. */
static inline struct notice_world *scene_climbed(const char *reason, enum obligation_kind kind,
                                                 const char *recipient, const char *name)
{
    static const char *const missions[][2] = {
        { "ar-chicago", "Consulate General of Argentina, Chicago" },
        { "gb-chicago", "British Consulate General, Chicago" }
    };
    struct notice_world *w = notice_world_new("mailto:cc@dss.example", "en");
    scene_texts(w->broadcast);
    w->notice.now_ms = NOTICE_NOW + 12 * HOUR_MS;
    struct obligation *o = world_add_obligation(w, kind, recipient, name, NULL);
    o->reason = reason;
    for (size_t i = 0; i < G_N_ELEMENTS(missions); i++) {
        world_add_mission(w, missions[i][0], missions[i][1], "consulate-general", "Chicago", "IL",
                          "America/Chicago", "chicago");
        g_ptr_array_add(o->missions, g_strdup(missions[i][0]));
    }
    g_free(o->detail);
    o->detail = g_strdup("ar-chicago/1 Security Liaison 1, telephone +13125550142: accepted\n"
                         "ar-chicago/2 Security Liaison 2, telephone +13125550143\n"
                         "gb-chicago/1 Security Liaison 1, telephone +13125550144");
    return w;
}

static inline struct notice_world *scene_desk_not_acknowledged(void)
{
    return scene_climbed(OBLIGATION_NOT_ACKNOWLEDGED, OBLIGATION_DESK, "desk:command-center",
                         "DSS Command Center");
}

static inline struct notice_world *scene_desk_handed_over(void)
{
    return scene_climbed(OBLIGATION_HANDED_OVER, OBLIGATION_DESK, "desk:command-center",
                         "DSS Command Center");
}

static inline struct notice_world *scene_desk_handed_on(void)
{
    struct notice_world *w =
        scene_climbed(OBLIGATION_HANDED_ON, OBLIGATION_OFFICE, "office:chicago", "Chicago");
    struct obligation *o = w->obligations->pdata[0];
    g_free(o->detail);
    o->detail = g_strdup("ar-chicago: now with DSS Command Center, telephone 571-345-3146\n"
                         "gb-chicago: now with DSS Command Center, telephone 571-345-3146");
    return w;
}

/* One of them had been to be called before it asked for help. */
static inline struct notice_world *scene_desk_assistance(void)
{
    struct notice_world *w = scene_desk_not_acknowledged();
    struct obligation *o = world_add_obligation(w, OBLIGATION_DESK, "desk:command-center",
                                                "DSS Command Center", "gb-chicago");
    o->reason = OBLIGATION_NEEDS_ASSISTANCE;
    g_free(o->detail);
    o->detail = g_strdup("gb-chicago/2 Security Liaison 2, telephone +13125550145: “Two people are "
                         "climbing the fence.”");
    return w;
}

static inline struct notice_world *scene_partner_assistance(void)
{
    struct notice_world *w =
        scene_climbed(OBLIGATION_NEEDS_ASSISTANCE, OBLIGATION_PARTNER, "partner:chicago-police",
                      "Chicago Police, Foreign Missions desk");
    return scene_asks(w, PURPOSE_TELL);
}

static const struct scene {
    const char *name;
    struct notice_world *(*make)(void);
} scenes[] = {
    { "english-by-day", scene_english_by_day },
    { "with-attachments", scene_with_attachments },
    { "spanish-update", scene_spanish_update },
    { "arabic-at-night", scene_arabic_at_night },
    { "french-exercise", scene_french_exercise },
    { "portuguese-thin", scene_portuguese_thin },
    { "two-missions", scene_two_missions },
    { "desk", scene_desk },
    { "desk-call-needed", scene_desk_call_needed },
    { "english-newly-affected", scene_english_newly_affected },
    { "english-release", scene_english_release },
    { "arabic-release", scene_arabic_release },
    { "spanish-cancel", scene_spanish_cancel },
    { "arabic-cancel", scene_arabic_cancel },
    { "english-false-alarm", scene_english_false_alarm },
    { "three-parts", scene_three_parts },
    { "desk-update", scene_desk_update },
    { "desk-cancel", scene_desk_cancel },
    { "english-asks", scene_english_asks },
    { "arabic-asks", scene_arabic_asks },
    { "english-reminder", scene_english_reminder },
    { "arabic-reminder", scene_arabic_reminder },
    { "portuguese-thin-reminder", scene_thin_update_reminder },
    { "desk-not-acknowledged", scene_desk_not_acknowledged },
    { "desk-handed-over", scene_desk_handed_over },
    { "desk-handed-on", scene_desk_handed_on },
    { "desk-assistance", scene_desk_assistance },
    { "partner-assistance", scene_partner_assistance },
};
