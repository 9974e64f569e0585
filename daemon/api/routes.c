#include "api/routes.h"

#include "api/auth.h"

/* clang-format off */
#define RECORD_FILTERS "after", "broadcast", "mission", "outcome", "channel", "since", "until"

const struct route api_routes[] = {
    { "GET", "/healthz", "getHealth", 0, ROUTE_OPEN, { 0 }, route_health },
    { "GET", "/readyz", "getReadiness", 0, ROUTE_OPEN, { 0 }, route_ready },
    { "GET", "/metrics", "getMetrics", ROLE_VIEWER, ROUTE_OPEN_LOCAL, { 0 }, route_metrics },
    { "GET", "/openapi.json", "getDescription", 0, ROUTE_OPEN, { 0 }, route_openapi },

    { "POST", "/v1/broadcasts", "sendBroadcast", ROLE_PUBLISHER, ROUTE_BROADCAST,
      { "expect_missions" }, route_broadcast_send },
    { "GET", "/v1/broadcasts", "listBroadcasts", ROLE_VIEWER, 0, { "limit", "cursor" },
      route_broadcast_list },
    { "GET", "/v1/broadcasts/{id}", "getBroadcast", ROLE_VIEWER, 0, { 0 }, route_broadcast_show },
    { "GET", "/v1/broadcasts/{id}/explain", "explainBroadcast", ROLE_VIEWER, 0, { "mission" },
      route_broadcast_explain },
    { "POST", "/v1/broadcasts/{id}/retry", "retryBroadcast", ROLE_OPERATOR, 0, { 0 },
      route_broadcast_retry },
    { "POST", "/v1/broadcasts/{id}/approve", "approveBroadcast", ROLE_APPROVER | ROLE_PUBLISHER,
      ROUTE_MAY_JSON, { 0 }, route_broadcast_approve },
    { "POST", "/v1/broadcasts/{id}/reject", "rejectBroadcast", ROLE_APPROVER | ROLE_PUBLISHER,
      ROUTE_MAY_JSON, { 0 }, route_broadcast_reject },
    { "POST", "/v1/broadcasts/{id}/release", "releaseBroadcast", ROLE_APPROVER, ROUTE_MAY_JSON,
      { 0 }, route_broadcast_release },
    { "POST", "/v1/broadcasts/{id}/cancel", "cancelBroadcast", ROLE_PUBLISHER, ROUTE_MAY_JSON,
      { 0 }, route_broadcast_cancel },
    { "GET", "/v1/broadcasts/{id}/cancel", "previewCancel", ROLE_VIEWER, 0,
      { "false_alarm", "reason" }, route_broadcast_cancel_preview },
    { "POST", "/v1/broadcasts/{id}/take", "takeMissions", ROLE_OPERATOR | ROLE_PUBLISHER,
      ROUTE_MUST_JSON, { 0 }, route_broadcast_take },
    { "POST", "/v1/preview", "previewBroadcast", ROLE_VIEWER | ROLE_PUBLISHER, ROUTE_BROADCAST,
      { "at" }, route_preview },

    { "GET", "/v1/records", "listRecords", ROLE_VIEWER, 0, { "limit", RECORD_FILTERS },
      route_record_list },
    { "GET", "/v1/records/stream", "streamRecords", ROLE_VIEWER, 0, { RECORD_FILTERS },
      route_record_stream },

    { "GET", "/v1/roster/missions.csv", "exportMissions", ROLE_VIEWER, 0, { 0 },
      route_roster_missions },
    { "GET", "/v1/roster/representatives.csv", "exportRepresentatives", ROLE_VIEWER, 0, { 0 },
      route_roster_representatives },
    { "POST", "/v1/roster", "importRoster", ROLE_OPERATOR, ROUTE_MUST_JSON,
      { "dry_run", "allow_removals" },
      route_roster_import },
    { "PATCH", "/v1/roster/missions/{mission}", "changeMission", ROLE_OPERATOR, ROUTE_MUST_JSON, { 0 },
      route_mission_set },
    { "GET", "/v1/roster/missions/{mission}", "getMission", ROLE_VIEWER, 0, { 0 },
      route_mission_show },
    { "GET", "/v1/roster/check", "checkRoster", ROLE_VIEWER, 0, { 0 }, route_roster_check },
    { "GET", "/v1/duty/{subject}", "getDuty", ROLE_VIEWER, 0, { "at", "count" }, route_duty },

    { "POST", "/v1/matters", "openMatter", ROLE_MISSION | ROLE_PUBLISHER | ROLE_OPERATOR,
      ROUTE_MUST_JSON, { 0 }, route_matter_open },
    { "GET", "/v1/matters", "listMatters", ROLE_MISSION | ROLE_VIEWER, 0,
      { "limit", "cursor", "kind", "state", "mission", "owner" }, route_matter_list },
    { "GET", "/v1/matters/{number}", "getMatter", ROLE_MISSION | ROLE_VIEWER, 0, { 0 },
      route_matter_show },
    { "POST", "/v1/matters/{number}", "decideMatter", ROLE_PUBLISHER | ROLE_OPERATOR,
      ROUTE_MUST_JSON, { 0 }, route_matter_decide },
    { "GET", "/v1/matters/{number}/draft", "draftFromMatter", ROLE_VIEWER, 0, { 0 },
      route_matter_draft },
    { "POST", "/v1/threats", "setThreatLevel", ROLE_PUBLISHER | ROLE_OPERATOR, ROUTE_MUST_JSON,
      { 0 }, route_threat_set },
    { "GET", "/v1/threats", "listThreatLevels", ROLE_VIEWER, 0, { "mission", "overdue" },
      route_threat_list },
    { "GET", "/v1/partners", "listPartners", ROLE_VIEWER, 0, { 0 }, route_partner_list },
    { "GET", "/v1/partners/{partner}/locations", "listLocations", ROLE_VIEWER, 0, { "format" },
      route_partner_locations },

    { "POST", "/v1/tokens", "createToken", ROLE_OPERATOR, ROUTE_MUST_JSON, { 0 },
      route_token_create },
    { "GET", "/v1/tokens", "listTokens", ROLE_OPERATOR, 0, { 0 }, route_token_list },
    { "DELETE", "/v1/tokens/{id}", "revokeToken", ROLE_OPERATOR, 0, { 0 }, route_token_revoke },
    { "GET", "/v1/webhook-secret", "getWebhookSecret", ROLE_OPERATOR, 0, { "endpoint" },
      route_webhook_secret },

    { "GET", "/a/{token}", "showAnswerPage", 0, ROUTE_PAGE, { 0 }, route_answer_page },
    { "HEAD", "/a/{token}", "checkAnswerPage", 0, ROUTE_PAGE, { 0 }, route_answer_page },
    { "POST", "/a/{token}", "postAnswerPage", 0, ROUTE_PAGE | ROUTE_FORM, { 0 },
      route_answer_post },
    { "POST", "/v1/acknowledgements", "acknowledge", 0, ROUTE_PAGE | ROUTE_MUST_JSON, { 0 },
      route_answer_webhook },
};
/* clang-format on */

const size_t api_routes_count = G_N_ELEMENTS(api_routes);
