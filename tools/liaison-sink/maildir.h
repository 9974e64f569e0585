/*
 * maildir - keeps received mails as numbered files DIR/new/N.eml.
 *
 * contract: numbering goes on behind the highest number found; a mail appears in new/ only when
 * it is complete (it is written in tmp/ and renamed).
 */
#pragma once
#include <glib.h>
#include <stdint.h>

struct maildir;

struct maildir *maildir_open(const char *dir, GError **err);
void maildir_free(struct maildir *m);
/* The number it was kept under; 0 after a failure, which is reported on standard error. */
uint64_t maildir_keep(struct maildir *m, const GString *text);
