/*
 * webhook - notices as signed CloudEvents by HTTP POST.
 */
#pragma once
#include "channel/channel.h"
#include "io/config.h"
#include "wire/webhook_message.h"

struct http_client;

/* client is borrowed and must outlive the channel; c is referenced, keys are taken over (and
 * cleared). */
struct channel *webhook_channel_new(struct http_client *client, struct config *c,
                                    struct webhook_keys *keys);
void webhook_channel_configure(struct channel *ch, struct config *c, struct webhook_keys *keys);
