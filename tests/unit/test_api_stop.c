/* What is on its way when the daemon stops. */
#include "api_world.h"

#include "base/mailbox.h"
#include "wire/roster_csv.h"
#include <string.h>
#include <unistd.h>

/* --- a roster that is being read --- */

static struct mailbox *begun, *let_on; /* the same throughout */
static bool holds_up;                  /* this thread's */
static gint is_read;

struct roster *__real_roster_csv_read(const struct roster_csv_file *missions,
                                      const struct roster_csv_file *representatives,
                                      const struct directory *d, struct faults *f);
struct roster *__wrap_roster_csv_read(const struct roster_csv_file *missions,
                                      const struct roster_csv_file *representatives,
                                      const struct directory *d, struct faults *f);
struct roster *__wrap_roster_csv_read(const struct roster_csv_file *missions,
                                      const struct roster_csv_file *representatives,
                                      const struct directory *d, struct faults *f)
{
    mailbox_post(begun, begun);
    mailbox_take(let_on);
    struct roster *r = __real_roster_csv_read(missions, representatives, d, f);
    g_atomic_int_set(&is_read, 1);
    return r;
}

/* Whoever waits for a thread waits for it to go on. */
gpointer __real_g_thread_join(GThread *t);
gpointer __wrap_g_thread_join(GThread *t);
gpointer __wrap_g_thread_join(GThread *t)
{
    if (holds_up)
        mailbox_post(let_on, let_on);
    holds_up = false;
    return __real_g_thread_join(t);
}

static void a_roster_that_is_being_read_is_waited_for_and_not_taken(void **state)
{
    (void)state;
    begun = mailbox_new(NULL);
    let_on = mailbox_new(NULL);
    holds_up = true;
    struct world *w = world_start("");
    json_t *o = json_pack("{s:{s:s, s:s}, s:{s:s, s:s}}", "missions", "name", "m.csv", "text",
                          world_missions_csv, "representatives", "name", "r.csv", "text",
                          world_representatives_csv);
    char *body = json_dumps(o, 0);
    json_decref(o);
    g_autofree char *ask =
        g_strdup_printf("POST /v1/roster HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\n\r\n%s",
                        strlen(body), body);
    free(body);
    int fd = client_unix(world_socket(w));
    client_send(fd, ask, strlen(ask));
    mailbox_take(begun);
    world_stop(w);
    assert_int_equal(g_atomic_int_get(&is_read), 1);
    g_autofree char *answer = client_read_all(fd);
    assert_string_equal(answer, "");
    close(fd);
    mailbox_free(begun);
    mailbox_free(let_on);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_roster_that_is_being_read_is_waited_for_and_not_taken),
    };
    return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
