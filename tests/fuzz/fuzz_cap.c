/* What is accepted is written back, accepted again, and says the same; every reason given is one of
 * the manual's; a broadcast made of it is one that JSON can carry. */
#include <string.h>

#include "fuzz_target.h"
#include "model/audience.h"
#include "wire/broadcast_json.h"
#include "wire/cap_broadcast.h"
#include "wire/cap_codes.h"

static void check_codes(const GPtrArray *list)
{
    for (guint i = 0; i < list->len; i++) {
        const struct fault *f = list->pdata[i];
        g_assert(cap_code_meaning(f->code));
        g_assert(g_utf8_validate(f->place, -1, NULL) && g_utf8_validate(f->detail, -1, NULL));
    }
}

static void check_written(const struct cap_alert *a)
{
    struct faults *f = faults_new();
    g_autofree char *once = cap_write(a);
    struct cap_alert *again = cap_read(once, strlen(once), CAP_1_2, f);

    /* what is escaped may grow beyond what is read */
    if (strlen(once) <= CAP_MAX_BYTES) {
        g_assert(again);
        g_autofree char *twice = cap_write(again);
        g_assert_cmpstr(once, ==, twice);
    }
    cap_alert_free(again);
    faults_free(f);
}

/* JSON demands an audience, and an end after the beginning, where CAP does not. */
static void check_broadcast(struct broadcast *b, bool by_place)
{
    struct faults *f = faults_new();

    g_assert(b->messages->len > 0);
    b->effective = b->expires = (struct timestamp){ 0, 0 };
    if (b->audience) {
        g_autofree char *text = broadcast_json_write(b);
        struct broadcast *again = by_place ? broadcast_json_read_stored(text, strlen(text), f)
                                           : broadcast_json_read(text, strlen(text), 0, NULL, f);
        if (!again) {
            g_autofree char *said = faults_to_text(f);
            g_error("%s\n%s", said, text);
        }
        g_autofree char *text2 = broadcast_json_write(again);
        g_assert_cmpstr(text, ==, text2);
        broadcast_unref(again);
    }
    struct cap_alert *a = cap_from_broadcast(b);
    check_written(a);
    cap_alert_free(a);
    faults_free(f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct faults *f = faults_new();
    struct cap_alert *a = cap_read((const char *)data, size, CAP_1_0, f);
    struct cap_reading r = { .hold = NULL };

    g_assert((a != NULL) == !faults_any(f));
    if (a) {
        check_written(a);
        bool good = cap_to_broadcast(a, &r, f);
        g_assert(good == !faults_any(f) && good == (r.broadcast != NULL));
        if (good) {
            g_assert(!r.hold || !r.broadcast->audience);
            g_assert(!r.scopes || r.scopes->len == r.broadcast->messages->len);
            check_broadcast(r.broadcast, r.scopes != NULL);
            cap_reading_collapse(r.broadcast, &r.scopes, f);
            check_broadcast(r.broadcast, false);
            cap_reading_clear(&r);
        }
    }
    check_codes(f->errors);
    check_codes(f->warnings);
    cap_alert_free(a);
    faults_free(f);
    return 0;
}
