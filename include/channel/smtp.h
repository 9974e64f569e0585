/*
 * smtp - notices as mail through the relay.
 */
#pragma once
#include "channel/channel.h"
#include "io/config.h"
#include "wire/template_set.h"

struct smtp_client;

/* client is borrowed and must outlive the channel; c and t are referenced. */
struct channel *smtp_channel_new(struct smtp_client *client, struct config *c,
                                 struct template_set *t);
/* Takes a new configuration and templates for messages sent from now on. */
void smtp_channel_configure(struct channel *ch, struct config *c, struct template_set *t);
