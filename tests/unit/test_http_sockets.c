#include "io/http_sockets.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/loop.h"
#include <cmocka.h>

struct pair {
    struct loop *loop;
    struct http_sockets *sockets;
    int ours, theirs;
    unsigned ready; /* how often it was told */
};

static void ready(int fd, short events, void *ctx)
{
    struct pair *p = ctx;
    char byte;
    assert_int_equal(fd, p->ours);
    assert_int_equal(read(fd, &byte, 1), 1);
    assert_true(events & EV_READ);
    p->ready++;
    http_sockets_watch(p->sockets, fd, 0);
}

static void open_pair(struct pair *p)
{
    int fds[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    p->ours = fds[0];
    p->theirs = fds[1];
}

static int setup(void **state)
{
    struct pair *p = g_new0(struct pair, 1);
    p->loop = loop_new(NULL);
    p->sockets = http_sockets_new(p->loop, ready, p);
    open_pair(p);
    *state = p;
    return 0;
}

static int teardown(void **state)
{
    struct pair *p = *state;
    http_sockets_free(p->sockets);
    loop_free(p->loop);
    g_free(p);
    return 0;
}

static void say(const struct pair *p)
{
    assert_int_equal(write(p->theirs, "x", 1), 1);
}

/* What the loop has to do now; how many descriptors of ours it still looks at. */
static int turn(const struct pair *p)
{
    event_base_loop(loop_base(p->loop), EVLOOP_NONBLOCK);
    return event_base_get_num_events(loop_base(p->loop), EVENT_BASE_COUNT_ADDED);
}

static void a_silent_one_stays_registered_and_one_that_speaks_is_let_go(void **state)
{
    struct pair *p = *state;
    int none = turn(p);
    http_sockets_opened(p->sockets, p->ours);
    http_sockets_watch(p->sockets, p->ours, EV_READ);
    http_sockets_watch(p->sockets, p->ours, 0);
    assert_int_equal(turn(p), none + 1);
    say(p);
    assert_int_equal(turn(p), none); /* once, or the loop would spin */
    assert_int_equal(p->ready, 0);
    http_sockets_watch(p->sockets, p->ours, EV_READ);
    assert_int_equal(turn(p), none + 1);
    assert_int_equal(p->ready, 1);
    assert_int_equal(http_sockets_close(p->sockets, p->ours), 0);
    assert_int_equal(turn(p), none);
    close(p->theirs);
}

static void one_that_is_watched_for_something_else_is_told_of_that(void **state)
{
    struct pair *p = *state;
    http_sockets_opened(p->sockets, p->ours);
    http_sockets_watch(p->sockets, p->ours, EV_WRITE);
    http_sockets_watch(p->sockets, p->ours, EV_READ);
    turn(p);
    assert_int_equal(p->ready, 0); /* it could be written to all the time */
    say(p);
    turn(p);
    assert_int_equal(p->ready, 1);
    http_sockets_close(p->sockets, p->ours);
    close(p->theirs);
}

/* Of a descriptor whose closing nobody tells, nothing may be left that its number stands for. */
static void one_that_was_not_opened_here_is_not_kept(void **state)
{
    struct pair *p = *state;
    int none = turn(p), number = p->ours;
    http_sockets_watch(p->sockets, p->ours, EV_READ);
    assert_int_equal(turn(p), none + 1);
    http_sockets_watch(p->sockets, p->ours, 0);
    assert_int_equal(turn(p), none);
    close(p->ours);
    close(p->theirs);
    open_pair(p);
    assert_int_equal(p->ours, number);
    http_sockets_opened(p->sockets, p->ours);
    http_sockets_watch(p->sockets, p->ours, EV_READ);
    say(p);
    turn(p);
    assert_int_equal(p->ready, 1);
    http_sockets_close(p->sockets, p->ours);
    close(p->theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_silent_one_stays_registered_and_one_that_speaks_is_let_go,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_is_watched_for_something_else_is_told_of_that,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(one_that_was_not_opened_here_is_not_kept, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
