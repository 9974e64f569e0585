/* Headers of a signed answer: only what the endpoint's own secret signed passes. */
#include "fuzz_parts.h"
#include "wire/webhook_signature.h"

#define NOW_MS INT64_C(1780272000000)
#define ENDPOINT "https://mission.example/hook"

/* Signed by us, it passes unless its id or time is wrong by itself. */
static void check_ours(const struct webhook_keys *keys, struct webhook_signed s, const char *body)
{
    g_autofree char *made = webhook_signature_make(keys, ENDPOINT, s.id, "1780272000", body);
    s.timestamp = "1780272000";
    s.signatures = made;
    s.body = body;
    s.body_len = strlen(body);
    const char *why = webhook_signature_check(keys, ENDPOINT, &s, NOW_MS);
    g_assert(!why || strstr(why, "webhook-id"));
    g_assert(webhook_signature_check(keys, "https://other.example/", &s, NOW_MS));
    g_assert(webhook_signature_check(keys, ENDPOINT, &s, NOW_MS + 301000));
}

/* "KEYS NUL ID NUL TIMESTAMP NUL SIGNATURES NUL BODY" */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input in = fuzz_input(data, size);
    g_autofree char *text = fuzz_piece(&in), *id = fuzz_piece(&in), *at = fuzz_piece(&in),
                    *signatures = fuzz_piece(&in), *body = fuzz_piece(&in), *why = NULL;
    struct webhook_signed s = { id, at, signatures, body, strlen(body) };
    struct webhook_keys none = { NULL }, keys = { NULL };

    g_assert(webhook_signature_check(&none, ENDPOINT, &s, NOW_MS));
    if (webhook_keys_parse(&keys, text, &why)) {
        g_assert(keys.masters->len > 0);
        g_assert(webhook_signature_check(&keys, ENDPOINT, &s, NOW_MS));
        check_ours(&keys, s, body);
        webhook_keys_clear(&keys);
    } else {
        g_assert(why);
    }
    return 0;
}
