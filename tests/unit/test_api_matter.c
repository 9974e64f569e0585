#include "api_world.h"

#include <string.h>

#define ASK(mission)                                                                               \
    "{\"kind\":\"assistance-request\",\"mission\":\"" mission "\",\"body\":{\"subject\":"          \
    "\"Emergency Reaction Plans\",\"concerns\":\"Fire.\",\"objectives\":\"A plan.\","              \
    "\"coordinator\":\"Deputy Consul\"}}"
#define INFORM(urgency)                                                                            \
    "{\"kind\":\"security-information\",\"mission\":\"fr-chicago\",\"urgency\":\"" urgency         \
    "\",\"body\":{\"what\":\"Two cars.\",\"where\":\"Gate\",\"when\":\"now\"}}"
#define POST                                                                                       \
    "{\"kind\":\"protective-response\",\"mission\":\"fr-chicago\",\"body\":{\"form\":"             \
    "\"fixed-post\",\"interim\":true,\"from\":\"2026-11-23T09:00:00-06:00\",\"until\":"            \
    "\"2026-11-26T09:00:00-06:00\",\"reason\":\"Threats.\"}}"
#define CONTACT(members)                                                                           \
    "{\"kind\":\"contact-update\",\"mission\":\"fr-chicago\",\"body\":{" members "}}"

static int setup(void **state)
{
    world_setup(state);
    world_import(*state);
    return 0;
}

static const char *text_of(const json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

/* The JSON of an answer that must have that status. */
static json_t *must(struct reply r, int status)
{
    if (r.status != status)
        fail_msg("%d instead of %d: %s", r.status, status, r.body);
    json_t *o = reply_json(&r);
    reply_clear(&r);
    return o;
}

static void must_be(struct reply r, int status)
{
    json_decref(must(r, status));
}

static int64_t opened(struct world *w, const char *body)
{
    json_t *o = must(world_post(w, "/v1/matters", body), 201);
    int64_t no = json_integer_value(json_object_get(o, "number"));
    json_decref(o);
    return no;
}

static json_t *decide(struct world *w, int64_t no, const char *body, int status)
{
    g_autofree char *path = g_strdup_printf("/v1/matters/%d", (int)no);
    return must(world_post(w, path, body), status);
}

static json_t *show(struct world *w, int64_t no)
{
    g_autofree char *path = g_strdup_printf("/v1/matters/%d", (int)no);
    return must(world_get(w, path), 200);
}

static bool happened(const json_t *story, const char *what)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(story, "history"), i, e)
    {
        if (strcmp(text_of(e, "what"), what) == 0)
            return true;
    }
    return false;
}

static void a_request_goes_to_the_office_and_is_answered(void **state)
{
    unsigned before = world_sent(*state);
    int64_t no = opened(*state, ASK("fr-chicago"));
    json_t *o = show(*state, no);
    assert_string_equal(text_of(o, "owner"), "office:chicago");
    assert_string_equal(text_of(o, "state"), "open");
    assert_string_equal(text_of(o, "opened_by"), "unix:root");
    assert_true(happened(o, "opened"));
    json_decref(o);
    json_decref(decide(*state, no, "{\"action\":\"answer\"}", 422)); /* without words */
    json_decref(decide(*state, no, "{\"action\":\"close\"}", 409));  /* not before an answer */
    o = decide(*state, no, "{\"action\":\"answer\",\"note\":\"On Monday.\"}", 200);
    assert_string_equal(text_of(o, "state"), "answered");
    json_decref(o);
    o = decide(*state, no, "{\"action\":\"close\"}", 200);
    assert_string_equal(text_of(o, "state"), "closed");
    json_decref(o);
    json_decref(decide(*state, no, "{\"action\":\"answer\",\"note\":\"Again.\"}", 409));
    assert_true(world_sent(*state) >= before + 3); /* the office, and both representatives once */
}

static const struct owner_row {
    const char *name, *body, *owner;
} owners[] = {
    { "information goes to the duty contact of that minute", INFORM("expected"), "office:chicago" },
    { "a request to the office of its mission", ASK("jp-honolulu"), "office:honolulu" },
    { "a contact update likewise",
      CONTACT("\"change\":\"changed\",\"representative\":1,"
              "\"phone\":\"+13125550199\""),
      "office:chicago" },
};

static void each_kind_has_its_owner(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(owners); i++) {
        json_t *o = show(*state, opened(*state, owners[i].body));
        if (strcmp(text_of(o, "owner"), owners[i].owner) != 0)
            fail_msg("%s: %s", owners[i].name, text_of(o, "owner"));
        json_decref(o);
    }
}

static void the_roster_changes_when_an_agent_confirms(void **state)
{
    int64_t no =
        opened(*state, CONTACT("\"change\":\"new\",\"name\":\"Liaison Three\","
                               "\"language\":\"fr\",\"email\":\"three@fr-chicago.example\""));
    json_t *o = show(*state, no);
    assert_true(happened(o, "unprovable")); /* no links are configured here */
    json_decref(o);
    json_decref(decide(*state, no, "{\"action\":\"confirm\"}", 409));
    json_decref(decide(*state, no, "{\"action\":\"confirm\",\"unproved\":true}", 422));
    o = decide(*state, no,
               "{\"action\":\"confirm\",\"unproved\":true,\"note\":\"Spoke to the consul.\"}", 200);
    assert_string_equal(text_of(o, "state"), "confirmed");
    json_decref(o);
    o = must(world_get(*state, "/v1/roster/missions/fr-chicago"), 200);
    json_t *third = json_array_get(json_object_get(o, "representatives"), 2);
    assert_string_equal(text_of(third, "name"), "Liaison Three");
    assert_string_equal(text_of(third, "email"), "three@fr-chicago.example");
    assert_int_equal(json_array_size(json_object_get(o, "history")), 2);
    json_decref(o);
    json_decref(decide(*state, no, "{\"action\":\"refuse\",\"note\":\"No.\"}", 409));
}

static void who_leaves_has_a_last_day(void **state)
{
    int64_t no = opened(*state, CONTACT("\"change\":\"departing\",\"representative\":2,"
                                        "\"valid_to\":\"2026-12-31\""));
    json_decref(decide(*state, no, "{\"action\":\"confirm\"}", 200));
    json_t *o = must(world_get(*state, "/v1/roster/missions/fr-chicago"), 200);
    json_t *second = json_array_get(json_object_get(o, "representatives"), 1);
    assert_string_equal(text_of(second, "valid_to"), "2026-12-31");
    assert_string_equal(text_of(second, "email"), "two@fr-chicago.example");
    json_decref(o);
}

static const struct refused_row {
    const char *name, *body, *place, *code;
} refused[] = {
    { "a mission that there is not", ASK("xx-nowhere"), "/mission", "unknown-mission" },
    { "no mission",
      "{\"kind\":\"contact-update\",\"body\":{\"change\":\"changed\","
      "\"representative\":1,\"phone\":\"+13125550199\"}}",
      "/mission", "missing-member" },
    { "a representative that there is not",
      CONTACT("\"change\":\"changed\",\"representative\":7,\"phone\":\"+13125550199\""),
      "/body/representative", "unknown-representative" },
    { "a rank that is taken",
      CONTACT("\"change\":\"new\",\"representative\":1,\"name\":\"A\","
              "\"language\":\"fr\",\"email\":\"a@b.example\""),
      "/body/representative", "rank-taken" },
    { "a post that is over",
      "{\"kind\":\"protective-response\",\"mission\":\"fr-chicago\",\"body\":{\"form\":\"patrol\","
      "\"interim\":true,\"from\":\"2026-11-01T09:00:00Z\",\"until\":\"2026-11-02T09:00:00Z\","
      "\"reason\":\"R\"}}",
      "/body/until", "expired" },
};

static void what_cannot_be_is_refused_with_its_place(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        json_t *o = must(world_post(*state, "/v1/matters", refused[i].body), 422);
        const json_t *fault = json_array_get(json_object_get(o, "faults"), 0);
        if (g_strcmp0(text_of(fault, "place"), refused[i].place) != 0 ||
            g_strcmp0(text_of(fault, "code"), refused[i].code) != 0)
            fail_msg("%s: %s %s", refused[i].name, text_of(fault, "place"), text_of(fault, "code"));
        json_decref(o);
    }
    json_t *o = must(world_get(*state, "/v1/matters"), 200);
    assert_int_equal(json_array_size(json_object_get(o, "matters")), 0);
    json_decref(o);
}

static void a_list_is_filtered_and_paged(void **state)
{
    for (int i = 0; i < 3; i++)
        opened(*state, ASK("fr-chicago"));
    opened(*state, ASK("mx-chicago"));
    opened(*state, INFORM("future"));
    static const struct {
        const char *query;
        size_t n;
    } asked[] = { { "", 5 },
                  { "?kind=security-information", 1 },
                  { "?mission=mx-chicago", 1 },
                  { "?state=closed", 0 },
                  { "?owner=office:chicago", 5 },
                  { "?owner=office:chicago&kind=assistance-request&state=open", 4 } };
    for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
        g_autofree char *path = g_strconcat("/v1/matters", asked[i].query, NULL);
        json_t *o = must(world_get(*state, path), 200);
        if (json_array_size(json_object_get(o, "matters")) != asked[i].n)
            fail_msg("%s: %zu", asked[i].query, json_array_size(json_object_get(o, "matters")));
        json_decref(o);
    }
    json_t *o = must(world_get(*state, "/v1/matters?limit=2"), 200);
    g_autofree char *next = g_strconcat("/v1/matters?limit=9&cursor=", text_of(o, "next"), NULL);
    json_decref(o);
    o = must(world_get(*state, next), 200);
    assert_int_equal(json_array_size(json_object_get(o, "matters")), 3);
    json_decref(o);
    must_be(world_get(*state, "/v1/matters?kind=gossip"), 400);
}

/* Each tells somebody. */
static void a_mission_s_token_opens_so_many_and_then_waits(void **state)
{
    static const char matter[] =
        "{\"kind\":\"security-information\",\"urgency\":\"expected\",\"body\":"
        "{\"what\":\"A\",\"where\":\"B\",\"when\":\"C\"}}";
    json_t *o = must(world_post(*state, "/v1/tokens",
                                "{\"name\":\"n\",\"roles\":[\"mission\"],\"mission\":"
                                "\"jp-honolulu\"}"),
                     201);
    g_autofree char *token = g_strdup(text_of(o, "token"));
    json_decref(o);
    for (int i = 0; i < 20; i++)
        must_be(world_ask_tcp(*state, "POST", "/v1/matters", token, matter), 201);
    struct reply r = world_ask_tcp(*state, "POST", "/v1/matters", token, matter);
    g_autofree char *wait = reply_header(&r, "Retry-After");
    assert_int_equal(r.status, 429);
    assert_string_equal(wait, "60");
    assert_non_null(strstr(r.body, "by telephone"));
    reply_clear(&r);
    must_be(world_post(*state, "/v1/matters", ASK("jp-honolulu")), 201); /* an agent does not */
    json_decref(must(world_ask_tcp(*state, "GET", "/v1/matters", token, NULL), 200));
}

static void a_mission_s_token_is_confined_to_its_mission(void **state)
{
    int64_t foreign = opened(*state, ASK("mx-chicago"));
    json_t *o = must(world_post(*state, "/v1/tokens",
                                "{\"name\":\"n\",\"roles\":[\"mission\"],\"mission\":"
                                "\"fr-chicago\"}"),
                     201);
    g_autofree char *token = g_strdup(text_of(o, "token"));
    g_autofree char *theirs = g_strdup_printf("/v1/matters/%d", (int)foreign);
    json_decref(o);
    must_be(world_ask_tcp(*state, "GET", theirs, token, NULL), 404);
    must_be(world_ask_tcp(*state, "POST", theirs, token, "{\"action\":\"note\",\"note\":\"x\"}"),
            403);
    must_be(world_ask_tcp(*state, "POST", "/v1/matters", token, ASK("mx-chicago")), 422);
    must_be(world_ask_tcp(*state, "POST", "/v1/matters", token, POST), 422);
    o = must(world_ask_tcp(*state, "GET", "/v1/matters?mission=mx-chicago", token, NULL), 200);
    assert_int_equal(json_array_size(json_object_get(o, "matters")), 0);
    json_decref(o);
    static const char *const others[] = { "/v1/broadcasts", "/v1/roster/missions.csv",
                                          "/v1/threats",    "/v1/records",
                                          "/v1/tokens",     "/v1/partners",
                                          "/metrics",       "/v1/roster/missions/fr-chicago" };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        must_be(world_ask_tcp(*state, "GET", others[i], token, NULL), 403);
    o = must(world_ask_tcp(*state, "POST", "/v1/matters", token,
                           "{\"kind\":\"security-information\",\"urgency\":\"expected\",\"body\":"
                           "{\"what\":\"A\",\"where\":\"B\",\"when\":\"C\"}}"),
             201);
    assert_string_equal(text_of(o, "mission"), "fr-chicago");
    int64_t own = json_integer_value(json_object_get(o, "number"));
    json_decref(o);
    json_decref(decide(*state, own, "{\"action\":\"note\",\"note\":\"Among us.\"}", 200));
    g_autofree char *mine = g_strdup_printf("/v1/matters/%d", (int)own);
    o = must(world_ask_tcp(*state, "GET", mine, token, NULL), 200);
    assert_true(happened(o, "opened"));
    assert_false(happened(o, "noted"));
    json_decref(o);
}

static const struct token_row {
    const char *name, *body, *place;
} tokens[] = {
    { "a mission's without a mission", "{\"name\":\"n\",\"roles\":[\"mission\"]}", "/mission" },
    { "a mission that there is not",
      "{\"name\":\"n\",\"roles\":[\"mission\"],\"mission\":\"xx-nowhere\"}", "/mission" },
    { "a publisher's with a mission",
      "{\"name\":\"n\",\"roles\":[\"publisher\"],\"mission\":\"fr-chicago\"}", "/mission" },
    { "a mission's that may do more",
      "{\"name\":\"n\",\"roles\":[\"mission\",\"viewer\"],\"mission\":\"fr-chicago\"}", "/roles" },
};

static void a_token_is_a_mission_s_or_it_is_not(void **state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(tokens); i++) {
        json_t *o = must(world_post(*state, "/v1/tokens", tokens[i].body), 422);
        const json_t *fault = json_array_get(json_object_get(o, "faults"), 0);
        if (g_strcmp0(text_of(fault, "place"), tokens[i].place) != 0)
            fail_msg("%s: %s", tokens[i].name, text_of(fault, "place"));
        json_decref(o);
    }
}

static void information_becomes_a_draft(void **state)
{
    g_autofree char *draft =
        g_strdup_printf("/v1/matters/%d/draft", (int)opened(*state, INFORM("immediate")));
    g_autofree char *none =
        g_strdup_printf("/v1/matters/%d/draft", (int)opened(*state, ASK("fr-chicago")));
    json_t *o = must(world_get(*state, draft), 200);
    assert_string_equal(text_of(o, "status"), "draft");
    json_decref(o);
    must_be(world_get(*state, none), 409);
}

static void a_partner_is_asked_and_its_locations_listed(void **state)
{
    int64_t no = opened(*state, POST);
    json_t *o = show(*state, no);
    assert_string_equal(text_of(o, "partner"), "partner:local-police");
    assert_string_equal(text_of(o, "until"), "2026-11-26T15:00:00.000Z");
    json_decref(o);
    o = decide(*state, no, "{\"action\":\"acknowledge\",\"note\":\"By telephone.\"}", 200);
    assert_string_equal(text_of(o, "state"), "acknowledged");
    json_decref(o);
    o = must(world_get(*state, "/v1/partners/local-police/locations"), 200);
    json_t *first = json_array_get(json_object_get(o, "locations"), 0);
    assert_int_equal(json_array_size(json_object_get(o, "locations")), 3);
    assert_string_equal(text_of(first, "mission"), "fr-chicago"); /* the highest level */
    assert_int_equal(json_array_size(json_object_get(first, "responses")), 1);
    json_decref(o);
    struct reply r = world_get(*state, "/v1/partners/local-police/locations?format=csv");
    g_autofree char *want =
        g_strdup_printf("mission,name,kind,street,city,state,zip,lat,lon,threat_level,responses\n"
                        "fr-chicago,Consulate General of France,consulate-general,'=1 Example "
                        "Street,Chicago,IL,60611,41.9,-87.62,"
                        "medium,\"%d fixed-post until 2026-11-26T15:00:00Z, acknowledged\"\n",
                        (int)no);
    assert_true(g_str_has_prefix(r.body, want));
    reply_clear(&r);
    must_be(world_get(*state, "/v1/partners/nobody/locations"), 404);
}

static void a_threat_level_has_a_reason_and_a_history(void **state)
{
    must_be(world_post(*state, "/v1/threats", "{\"mission\":\"fr-chicago\",\"level\":\"high\"}"),
            422);
    must_be(world_post(*state, "/v1/threats",
                       "{\"mission\":\"fr-chicago\",\"level\":\"high\",\"reason\":\"R\","
                       "\"review\":\"2026-11-01T00:00:00Z\"}"),
            422);
    json_t *o = must(world_post(*state, "/v1/threats",
                                "{\"mission\":\"fr-chicago\",\"level\":\"high\",\"reason\":"
                                "\"Demonstrations.\"}"),
                     200);
    assert_int_equal(json_array_size(json_object_get(o, "changed")), 1);
    json_decref(o);
    o = must(world_get(*state, "/v1/threats?mission=fr-chicago"), 200);
    json_t *all = json_object_get(o, "threats"), *last = json_array_get(all, 1);
    assert_int_equal(json_array_size(all), 2); /* the import set the first */
    assert_string_equal(text_of(json_array_get(all, 0), "level"), "medium");
    assert_string_equal(text_of(last, "level"), "high");
    assert_string_equal(text_of(last, "reason"), "Demonstrations.");
    assert_string_equal(text_of(last, "author"), "unix:root");
    assert_string_equal(text_of(last, "review"), "2027-05-22T14:30:00.000Z");
    json_decref(o);
    o = must(world_get(*state, "/v1/threats?overdue=true"), 200);
    assert_int_equal(json_array_size(json_object_get(o, "threats")), 0);
    json_decref(o);
    o = must(world_get(*state, "/v1/roster/missions/fr-chicago"), 200);
    assert_string_equal(text_of(o, "threat_level"), "high");
    json_decref(o);
}

static void a_campaign_without_links_asks_nobody(void **state)
{
    unsigned before = world_sent(*state);
    must_be(world_post(*state, "/v1/campaigns", "{\"days\":7}"), 409);
    must_be(world_post(*state, "/v1/campaigns", "{\"days\":0}"), 422);
    must_be(world_post(*state, "/v1/campaigns", "{\"days\":91}"), 422);
    must_be(world_post(*state, "/v1/campaigns", "{\"days\":7,\"audience\":{}}"), 422);
    must_be(world_get(*state, "/v1/campaigns/none"), 404);
    json_t *o = must(world_get(*state, "/v1/campaigns"), 200);
    assert_int_equal(json_array_size(json_object_get(o, "campaigns")), 0);
    assert_int_equal(world_sent(*state), before);
    json_decref(o);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_request_goes_to_the_office_and_is_answered),
        T(each_kind_has_its_owner),
        T(the_roster_changes_when_an_agent_confirms),
        T(who_leaves_has_a_last_day),
        T(what_cannot_be_is_refused_with_its_place),
        T(a_list_is_filtered_and_paged),
        T(a_mission_s_token_is_confined_to_its_mission),
        T(a_mission_s_token_opens_so_many_and_then_waits),
        T(a_token_is_a_mission_s_or_it_is_not),
        T(information_becomes_a_draft),
        T(a_partner_is_asked_and_its_locations_listed),
        T(a_threat_level_has_a_reason_and_a_history),
        T(a_campaign_without_links_asks_nobody),
    };
    return cmocka_run_group_tests_name("matters", tests, NULL, NULL);
}
