#include "tally.h"

#include <glib.h>
#include <string.h>

struct tally {
    GHashTable *pairs, *message_ids, *recipients, *webhook_ids; /* sets of owned strings */
    GString *key;                                               /* scratch */
    uint64_t mails, deliveries, webhooks;
    uint64_t refused_mails, refused_webhooks;
    uint64_t anonymous; /* arrivals without an id; numbers their stand-ins */
    int64_t first_us, last_us;
    void (*changed)(void *arg);
    void *arg; /* borrowed */
};

static GHashTable *set_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

struct tally *tally_new(void)
{
    struct tally *t = g_new0(struct tally, 1);

    t->pairs = set_new();
    t->message_ids = set_new();
    t->recipients = set_new();
    t->webhook_ids = set_new();
    t->key = g_string_sized_new(256);
    return t;
}

void tally_free(struct tally *t)
{
    if (!t)
        return;
    g_hash_table_unref(t->pairs);
    g_hash_table_unref(t->message_ids);
    g_hash_table_unref(t->recipients);
    g_hash_table_unref(t->webhook_ids);
    g_string_free(t->key, TRUE);
    g_free(t);
}

void tally_reset(struct tally *t)
{
    g_hash_table_remove_all(t->pairs);
    g_hash_table_remove_all(t->message_ids);
    g_hash_table_remove_all(t->recipients);
    g_hash_table_remove_all(t->webhook_ids);
    t->mails = t->deliveries = t->webhooks = t->refused_mails = t->refused_webhooks = 0;
    t->anonymous = 0;
    t->first_us = t->last_us = 0;
}

/* Copies the key only when it is new: most look-ups in a duplicate-heavy run are not. */
static void add(GHashTable *set, const char *key)
{
    if (!g_hash_table_contains(set, key))
        g_hash_table_add(set, g_strdup(key));
}

static void mark_time(struct tally *t)
{
    t->last_us = g_get_real_time();
    if (!t->first_us)
        t->first_us = t->last_us;
}

void tally_mail(struct tally *t, const char *message_id, const char *rcpts, unsigned n)
{
    char stand_in[32];

    if (!message_id || !*message_id) {
        g_snprintf(stand_in, sizeof(stand_in), " %" G_GUINT64_FORMAT, ++t->anonymous);
        message_id = stand_in;
    }
    mark_time(t);
    t->mails++;
    t->deliveries += n;
    add(t->message_ids, message_id);
    for (unsigned i = 0; i < n; i++, rcpts += strlen(rcpts) + 1) {
        g_string_assign(t->key, message_id);
        g_string_append_c(t->key, '\n');
        g_string_append(t->key, rcpts);
        add(t->pairs, t->key->str);
        add(t->recipients, rcpts);
    }
    if (t->changed)
        t->changed(t->arg);
}

void tally_webhook(struct tally *t, const char *webhook_id)
{
    char stand_in[32];

    if (!webhook_id || !*webhook_id) {
        g_snprintf(stand_in, sizeof(stand_in), " %" G_GUINT64_FORMAT, ++t->anonymous);
        webhook_id = stand_in;
    }
    mark_time(t);
    t->webhooks++;
    add(t->webhook_ids, webhook_id);
    if (t->changed)
        t->changed(t->arg);
}

void tally_refusal(struct tally *t, int is_webhook)
{
    *(is_webhook ? &t->refused_webhooks : &t->refused_mails) += 1;
}

uint64_t tally_different_mails(const struct tally *t)
{
    return g_hash_table_size(t->pairs);
}

uint64_t tally_different_webhooks(const struct tally *t)
{
    return g_hash_table_size(t->webhook_ids);
}

json_t *tally_json(const struct tally *t)
{
    const uint64_t pairs = tally_different_mails(t), hooks = tally_different_webhooks(t);
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {
        { "mails", t->mails },
        { "recipients", t->deliveries },
        { "distinct_mails", pairs },
        { "distinct_recipients", g_hash_table_size(t->recipients) },
        { "distinct_message_ids", g_hash_table_size(t->message_ids) },
        { "duplicate_mails", t->deliveries - pairs },
        { "refused_mails", t->refused_mails },
        { "webhooks", t->webhooks },
        { "distinct_webhooks", hooks },
        { "duplicate_webhooks", t->webhooks - hooks },
        { "refused_webhooks", t->refused_webhooks },
        { "duplicates", t->deliveries - pairs + t->webhooks - hooks },
        { "span_ms", (uint64_t)(t->last_us - t->first_us) / 1000 },
    };
    json_t *object = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        json_object_set_new(object, counts[i].name, json_integer((json_int_t)counts[i].value));
    return object;
}

void tally_watch(struct tally *t, void (*changed)(void *arg), void *arg)
{
    t->changed = changed;
    t->arg = arg;
}
