/*
 * smtp - notices as mail through the relay.
 */
#pragma once
#include "channel/channel.h"
#include "io/config.h"
#include "wire/template_set.h"

struct smtp_client;
struct cms_signer;

/* client is borrowed and must outlive the channel; the others are referenced.  signer signs every
 * mail (mail_sign.h); NULL: none is signed. */
struct channel *smtp_channel_new(struct smtp_client *client, struct config *c,
                                 struct template_set *t, struct cms_signer *signer);
/* Takes a new configuration, templates and signer for messages sent from now on. */
void smtp_channel_configure(struct channel *ch, struct config *c, struct template_set *t,
                            struct cms_signer *signer);
