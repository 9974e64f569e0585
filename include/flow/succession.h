/*
 * succession - what a publication is to the versions before it, and to corrections that came first.
 *
 * Parts of publish_store(): on the store thread, inside its transaction.
 */
#pragma once
#include "flow/publish.h"

/* The earlier versions make way and the plan becomes the last word to everyone whom they may have
 * reached. Without a plan afterwards: a newer word has gone out already, this one changes nothing.
 */
bool succession_follow(struct store *s, struct publication *p, GError **error);
/* Cancels and updates of this one that came before it: it is not sent; p->follow_up is the update
 * that goes in its place. */
bool succession_meet(struct store *s, struct publication *p, GError **error);
