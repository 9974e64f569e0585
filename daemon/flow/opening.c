#include "flow/opening.h"

#include "base/mailbox.h"
#include "flow/keyring.h"
#include "flow/restored.h"
#include "flow/strongbox.h"
#include "wire/delivery_record.h"

struct first {
    struct roster *roster;
    GPtrArray *proofs; /* struct proof_row * */
    struct restored *restored;
    const GPtrArray *store_keys;
    GBytes *key;
    GPtrArray *key_rows; /* struct key_row * */
    enum strongbox_said said;
    int64_t now_ms;
    GError *error;
};

static bool load(struct store *s, void *arg, GError **error)
{
    struct first *f = arg;
    f->roster = s->ops->roster_load(s, error);
    return f->roster != NULL && s->ops->proof_list(s, f->proofs, error) &&
           strongbox_open(s, f->store_keys, &f->key, &f->said, error) &&
           s->ops->key_list(s, f->key_rows, error) &&
           restored_note(s, f->restored, f->now_ms, error);
}

static void loaded(void *arg, const GError *error)
{
    if (error)
        ((struct first *)arg)->error = g_error_copy(error);
}

static void take(struct service *s, struct first *f, struct setup *setup, const struct opening *o)
{
    if (f->roster)
        service_set_roster(s, f->roster);
    for (guint i = 0; i < f->proofs->len; i++) {
        const struct proof_row *p = g_ptr_array_index(f->proofs, i);
        service_note_proof(s, p->endpoint, p->time_ms);
    }
    g_ptr_array_unref(f->proofs);
    s->key = f->key;
    s->keyring =
        keyring_new(s, f->key_rows, g_steal_pointer(&setup->keys), o->keys_changed, o->ctx);
    if (!f->error) {
        strongbox_say(f->said);
        restored_settle(f->restored);
    }
    restored_free(f->restored);
}

bool opening_run(struct service *s, struct setup *setup, const struct opening *o, GError **error)
{
    struct store_options options = { .dir = s->config->store.dir,
                                     .checkpoint_bytes = s->config->store.checkpoint_bytes,
                                     .seal = delivery_record_seal };
    s->store = store_thread_new(o->ops, &options, o->completions, error);
    if (!s->store)
        return false;
    struct first first = { .proofs = g_ptr_array_new_with_free_func((GDestroyNotify)proof_row_free),
                           .restored = restored_look(s->config),
                           .store_keys = setup->store_keys,
                           .key_rows = g_ptr_array_new_with_free_func((GDestroyNotify)key_row_free),
                           .now_ms = service_now_ms(s) };
    store_thread_submit(s->store, load, loaded, &first);
    store_completion_run(mailbox_take(o->completions), NULL);
    take(s, &first, setup, o);
    if (first.error)
        g_propagate_error(error, first.error);
    return first.error == NULL;
}
