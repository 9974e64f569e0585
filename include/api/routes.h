/*
 * routes - the table of everything the API answers, one row a route, and the handlers behind it.
 *
 * openapi.json describes the same; a test compares the two.
 */
#pragma once
#include "api/request.h"

extern const struct route api_routes[];
extern const size_t api_routes_count;

void route_health(struct api_request *r);
void route_ready(struct api_request *r);
void route_metrics(struct api_request *r);
void route_openapi(struct api_request *r);
void route_broadcast_send(struct api_request *r);
void route_broadcast_list(struct api_request *r);
void route_broadcast_show(struct api_request *r);
void route_broadcast_preview(struct api_request *r);
void route_broadcast_evidence(struct api_request *r);
void route_erase(struct api_request *r);
void route_broadcast_explain(struct api_request *r);
void route_broadcast_retry(struct api_request *r);
void route_broadcast_approve(struct api_request *r);
void route_broadcast_reject(struct api_request *r);
void route_broadcast_release(struct api_request *r);
void route_broadcast_cancel(struct api_request *r);
void route_broadcast_cancel_preview(struct api_request *r);
void route_broadcast_take(struct api_request *r);
void route_broadcast_unreached(struct api_request *r);
void route_unreached(struct api_request *r);
void route_broadcast_report(struct api_request *r);
void route_answer_page(struct api_request *r);
void route_answer_post(struct api_request *r);
void route_answer_webhook(struct api_request *r);
void route_preview(struct api_request *r);
void route_record_list(struct api_request *r);
void route_record_stream(struct api_request *r);
void route_roster_missions(struct api_request *r);
void route_roster_representatives(struct api_request *r);
void route_roster_import(struct api_request *r);
void route_mission_set(struct api_request *r);
void route_mission_show(struct api_request *r);
void route_roster_check(struct api_request *r);
void route_duty(struct api_request *r);
void route_contact_page(struct api_request *r);
void route_contact_post(struct api_request *r);
void route_duty_list(struct api_request *r);
void route_matter_open(struct api_request *r);
void route_matter_list(struct api_request *r);
void route_matter_show(struct api_request *r);
void route_matter_decide(struct api_request *r);
void route_matter_draft(struct api_request *r);
void route_campaign_start(struct api_request *r);
void route_campaign_list(struct api_request *r);
void route_campaign_show(struct api_request *r);
void route_destination_list(struct api_request *r);
void route_threat_set(struct api_request *r);
void route_threat_list(struct api_request *r);
void route_partner_list(struct api_request *r);
void route_partner_locations(struct api_request *r);
void route_token_create(struct api_request *r);
void route_token_list(struct api_request *r);
void route_token_revoke(struct api_request *r);
void route_webhook_secret(struct api_request *r);
void route_key_list(struct api_request *r);
void route_key_rotate(struct api_request *r);
void route_key_retire(struct api_request *r);
void route_backup_make(struct api_request *r);
void route_backup_show(struct api_request *r);
