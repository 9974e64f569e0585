/*
 * cap_message - the texts of a CAP alert, one message a language and, where its infos name
 * different places, one for each of those.
 *
 * A part of cap_broadcast.  Texts are cleaned: a headline is one line of at most 512 bytes, a text
 * has no control character but newline and tab, and at most 64 KiB.
 */
#pragma once
#include "model/broadcast.h"
#include "wire/cap.h"

#define CAP_MAX_LANGUAGES 64

/* Appends to b->messages, at least one.  Where places differ, the infos of each message (arrays of
 * const struct cap_info *, the caller's), else NULL; such messages have a place and levels of their
 * own. */
GPtrArray *cap_messages(const struct cap_alert *a, struct broadcast *b, struct faults *f);
/* Every info with the language and place (NULL: none of its own) of the message that it is part of.
 */
void cap_message_each(const struct cap_alert *a,
                      void (*fn)(const struct cap_info *i, const char *language, const char *place,
                                 void *ctx),
                      void *ctx);
/* Back to one message a language for everybody, its parts headed by their places. */
void cap_messages_collapse(struct broadcast *b, struct faults *f);
