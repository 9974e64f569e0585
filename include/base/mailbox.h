/*
 * mailbox - owned messages from any thread to one reader.
 *
 * The reader waits on mailbox_fd() (readable while messages wait) in its event loop, or blocks in
 * mailbox_take().  A message belongs to the mailbox between post and take.  Order is kept.
 */
#pragma once
#include <glib.h>

struct mailbox;

struct mailbox *mailbox_new(GDestroyNotify free_message);
void mailbox_free(struct mailbox *m);                   /* frees what was never taken */
void mailbox_post(struct mailbox *m, gpointer message); /* message must not be NULL */
int mailbox_fd(struct mailbox *m); /* eventfd, made when first asked for, the mailbox's own */
gpointer mailbox_try_take(struct mailbox *m); /* NULL: empty (and the fd is drained) */
gpointer mailbox_take(struct mailbox *m);     /* waits */
guint mailbox_length(struct mailbox *m);
