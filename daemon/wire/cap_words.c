#include "wire/cap_words.h"

#include <stddef.h>

const char *const cap_status_words[] = { "Actual", "Exercise", "Test", "System", "Draft", NULL };
const char *const cap_type_words[] = { "Alert", "Update", "Cancel", "Ack", "Error", NULL };
const char *const cap_scope_words[] = { "Public", "Restricted", "Private", NULL };
const char *const cap_category_words[] = { "Geo",   "Met",    "Safety", "Security",  "Rescue",
                                           "Fire",  "Health", "Env",    "Transport", "Infra",
                                           "CBRNE", "Other",  NULL };
const char *const cap_response_words[] = { "Shelter", "Evacuate", "Prepare",  "Execute", "Avoid",
                                           "Monitor", "Assess",   "AllClear", "None",    NULL };
const char *const cap_urgency_words[] = {
    "Immediate", "Expected", "Future", "Past", "Unknown", NULL
};
const char *const cap_severity_words[] = {
    "Extreme", "Severe", "Moderate", "Minor", "Unknown", NULL
};
const char *const cap_certainty_words[] = { "Observed", "Likely",  "Possible",
                                            "Unlikely", "Unknown", NULL };
