/*
 * cap_words - the words that CAP 1.2 allows in its enumerated elements.
 *
 * A part of cap.  NULL-terminated; in the order of the enums of broadcast.h, whose names they are
 * but for their capitals.
 */
#pragma once

extern const char *const cap_status_words[],
    *const cap_type_words[], *const cap_scope_words[], *const cap_category_words[],
                                                           *const cap_response_words[],
                                                               *const cap_urgency_words[],
                                                                   *const cap_severity_words[],
                                                                       *const cap_certainty_words[];
