/*
 * rule_json - one rule out of its JSON object.
 *
 * contract: index is the rule's place in its list, used for its name when it has none and in every
 * complaint.  Answers NULL and one error that names the member.
 */
#pragma once
#include "rule.h"

struct rule *rule_from_json(const json_t *row, unsigned index, GError **err);
