#include "api_world.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define ASK "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
#define LAST_ASK "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
#define SHORT "header_timeout_s = 1; body_timeout_s = 1; idle_timeout_s = 1;"

static int short_setup(void **state)
{
    *state = world_start(SHORT);
    return 0;
}

static int narrow_setup(void **state)
{
    *state = world_start("max_connections = 2; idle_timeout_s = 1;");
    return 0;
}

/* Sends a byte every 100 ms, so that no single read is ever late, until the other side hangs up. */
static bool is_cut_off(int fd, const char *begin)
{
    gint64 until = g_get_monotonic_time() + 10 * G_TIME_SPAN_SECOND;
    struct timeval pause = { .tv_usec = 100000 };
    char byte;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
    client_send(fd, begin, strlen(begin));
    while (g_get_monotonic_time() < until) {
        ssize_t n = recv(fd, &byte, 1, 0); /* waits, unless there is something */
        if (n == 0 || (n < 0 && errno != EAGAIN))
            return true;
        client_send(fd, "a", 1);
    }
    return false;
}

static void a_caller_who_dribbles_headers_is_cut_off(void **state)
{
    int fd = client_unix(world_socket(*state));
    assert_true(is_cut_off(fd, "GET /healthz HTTP/1.1\r\nHost: "));
    close(fd);
}

static void a_caller_who_dribbles_a_body_is_cut_off(void **state)
{
    int fd = client_unix(world_socket(*state));
    assert_true(
        is_cut_off(fd, "POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"));
    close(fd);
}

static void a_caller_who_says_nothing_is_cut_off(void **state)
{
    int fd = client_unix(world_socket(*state));
    g_autofree char *all = client_read_all(fd);
    assert_string_equal(all, "");
    close(fd);
}

static void a_kept_connection_without_a_request_ends(void **state)
{
    int fd = client_unix(world_socket(*state));
    client_send(fd, ASK, strlen(ASK));
    struct reply r = client_read_reply(fd);
    g_autofree char *rest = client_read_all(fd);
    assert_int_equal(r.status, 200);
    assert_string_equal(rest, "");
    reply_clear(&r);
    close(fd);
}

static void a_stream_outlives_every_deadline(void **state)
{
    int fd = client_unix(world_socket(*state));
    static const char ask[] = "GET /v1/records/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    g_autoptr(GString) seen = g_string_new(NULL);
    client_send(fd, ask, strlen(ask));
    assert_true(client_read_until(fd, seen, ": ping\n"));
    g_string_truncate(seen, 0);
    assert_true(client_read_until(fd, seen, ": ping\n")); /* the second comes 10 s later */
    close(fd);
}

#define STREAM "GET /v1/records/stream HTTP/1.1\r\nHost: x\r\n\r\n"

/* A connection on which an answer without end is being sent. */
static int follow(struct world *w)
{
    g_autoptr(GString) seen = g_string_new(NULL);
    int fd = client_unix(world_socket(w));
    client_send(fd, STREAM, strlen(STREAM));
    assert_true(client_read_until(fd, seen, ": ping\n"));
    return fd;
}

static void expect_answer(int fd, const char *ask)
{
    client_send(fd, ask, strlen(ask));
    struct reply r = client_read_reply(fd);
    assert_int_equal(r.status, 200);
    reply_clear(&r);
}

static void expect_end(int fd)
{
    g_autofree char *rest = client_read_all(fd);
    assert_non_null(rest);
    close(fd);
}

/* The third waits in the listener's queue, and is answered when one of the first two ends. */
static void where_all_are_served_callers_wait(void **state)
{
    struct world *w = *state;
    int first = follow(w), second = follow(w), third = client_unix(world_socket(w));
    client_send(third, LAST_ASK, strlen(LAST_ASK));
    expect_answer(client_tcp(world_port(w)), LAST_ASK); /* who comes by an address does not */
    close(first);
    struct reply r = client_read_reply(third);
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    close(second);
    close(third);
}

static void who_stands_about_gives_way(void **state)
{
    struct world *w = *state;
    int silent = client_unix(world_socket(w)), dribbling = client_unix(world_socket(w));
    client_send(dribbling, ASK, 10);
    int kept = client_unix(world_socket(w)); /* the silent one goes: it came first */
    expect_answer(kept, ASK);
    expect_end(silent);
    expect_answer(client_unix(world_socket(w)), LAST_ASK); /* the dribbling one: it asked nothing */
    expect_end(dribbling);
    expect_answer(kept, LAST_ASK);
    close(kept);
}

static void who_is_being_answered_does_not_give_way(void **state)
{
    struct world *w = *state;
    int stream = follow(w);
    for (int i = 0; i < 100; i++) {
        int fd = client_unix(world_socket(w));
        expect_answer(fd, ASK); /* and stays, until the next one comes */
    }
    char byte;
    assert_int_equal(recv(stream, &byte, 1, MSG_DONTWAIT), -1); /* quiet, and not at its end */
    assert_int_equal(errno, EAGAIN);
    close(stream);
}

/* What is in them counts for little: each costs memory. */
static void endless_header_lines_end_the_connection(void **state)
{
    struct world *w = *state;
    g_autoptr(GString) text = g_string_new("GET /healthz HTTP/1.1\r\nHost: x\r\n");
    for (int i = 0; i < 300; i++)
        g_string_append(text, "a:b\r\n");
    int fd = client_unix(world_socket(w));
    client_send(fd, text->str, text->len);
    expect_end(fd);
}

static void many_connections_after_each_other_leave_no_trace(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 50; i++) {
        struct reply r = world_ask(w, "GET", "/healthz", "Connection: close\r\n", NULL);
        assert_int_equal(r.status, 200);
        reply_clear(&r);
    }
    struct reply r = world_get(w, "/metrics");
    assert_non_null(strstr(r.body, "liaisond_http_connections 1\n"));
    reply_clear(&r);
}

/* Somebody leaves in every phase of a request; the next caller must not notice. */
static void callers_may_leave_at_any_time(void **state)
{
    struct world *w = *state;
    static const char *const parts[] = {
        "",
        "GET /hea",
        "GET /healthz HTTP/1.1\r\nHost",
        ASK,
        "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/broadcasts HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/records/stream HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        "POST /v1/roster HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: "
        "2\r\n\r\n{}",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        for (int how = 0; how < 2; how++) {
            struct linger reset = { .l_onoff = how, .l_linger = 0 };
            int fd = client_tcp(world_port(w));
            client_send(fd, parts[i], strlen(parts[i]));
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
            close(fd);
            fd = client_unix(world_socket(w));
            client_send(fd, parts[i], strlen(parts[i]));
            close(fd);
        }
    }
    struct reply r = world_get(w, "/healthz");
    assert_int_equal(r.status, 200);
    reply_clear(&r);
}

static int small_setup(void **state)
{
    *state = world_start("max_body_bytes = 65536;");
    return 0;
}

/* Until the other side has taken all that was sent. */
static void wait_until_read(int fd)
{
    int unread = 1;
    while (ioctl(fd, SIOCOUTQ, &unread) == 0 && unread > 0)
        g_usleep(1000);
}

/* Each within the limit of a body, but together more than the daemon keeps for all: whoever came
 * first has had the most time, and goes. */
static void unfinished_bodies_are_bounded_together(void **state)
{
    struct world *w = *state;
    g_autofree char *part = g_strnfill(60000, ' ');
    static const char head[] =
        "POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Content-Length: 60001\r\n\r\n";
    int fds[20];
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
        fds[i] = client_unix(world_socket(w));
        client_send(fds[i], head, strlen(head));
        client_send(fds[i], part, strlen(part));
        wait_until_read(fds[i]);
    }
    expect_end(fds[0]);
    client_send(fds[19], " ", 1);
    struct reply r = client_read_reply(fds[19]);
    assert_int_equal(r.status, 422);
    reply_clear(&r);
    for (size_t i = 1; i < G_N_ELEMENTS(fds); i++)
        close(fds[i]);
}

/* Each read costs a buffer, whatever came with it: a megabyte of those is soon there. */
static void a_body_in_single_bytes_counts_for_what_it_costs(void **state)
{
    static const char head[] =
        "POST /v1/preview HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n";
    int fd = client_unix(world_socket(*state)), sent = 0;
    client_send(fd, head, strlen(head));
    while (sent < 5000 && send(fd, "x", 1, MSG_NOSIGNAL) == 1) {
        wait_until_read(fd);
        sent++;
    }
    assert_in_range(sent, 500, 1500);
    close(fd);
}

/* A caller who floods a stream is not read: what it can send is what the kernel holds. */
static void a_flood_into_a_stream_is_not_read(void **state)
{
    struct world *w = *state;
    static const char ask[] = "GET /v1/records/stream HTTP/1.1\r\nHost: x\r\n\r\n";
    g_autofree char *flood = g_strnfill(1 << 20, 'x');
    g_autoptr(GString) seen = g_string_new(NULL);
    struct timeval limit = { .tv_sec = 1 };
    size_t sent = 0;
    int fd = client_unix(world_socket(w));
    client_send(fd, ask, strlen(ask));
    assert_true(client_read_until(fd, seen, ": ping\n"));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    for (int i = 0; i < 64; i++) {
        ssize_t n = send(fd, flood, 1 << 20, MSG_NOSIGNAL);
        if (n <= 0)
            break;
        sent += (size_t)n;
    }
    assert_true(sent < 8u << 20);
    struct reply r = world_get(w, "/healthz");
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    close(fd);
}

/* An answer larger than any socket's buffer, with the connection closed behind it, arrives whole.
 */
static void a_large_answer_arrives_whole_before_the_end(void **state)
{
    struct world *w = *state;
    world_import(w);
    for (int i = 0; i < 20; i++) {
        struct reply r = world_ask(w, "GET", "/openapi.json", "Connection: close\r\n", NULL);
        json_t *o = reply_json(&r);
        assert_int_equal(r.status, 200);
        json_decref(o);
        reply_clear(&r);
    }
}

/* Without a free descriptor nobody can be accepted; who waits is answered once there is one again.
 */
static void without_descriptors_callers_wait(void **state)
{
    struct world *w = *state;
    struct rlimit before, tight;
    int fd = client_unix(world_socket(w)), fillers[1024], n = 0;
    getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    tight.rlim_cur = MIN(before.rlim_cur, 200);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    client_send(fd, ASK, strlen(ASK));
    struct reply r = client_read_reply(fd); /* it has been accepted: the next one will not be */
    reply_clear(&r);
    int late = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while ((fillers[n] = dup(late)) >= 0)
        n++;
    client_connect_unix(late, world_socket(w));
    client_send(late, LAST_ASK, strlen(LAST_ASK));
    client_send(fd, ASK, strlen(ASK));
    r = client_read_reply(fd); /* who is in is served meanwhile */
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    while (n > 0)
        close(fillers[--n]);
    r = client_read_reply(late);
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    setrlimit(RLIMIT_NOFILE, &before);
    close(late);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_caller_who_dribbles_headers_is_cut_off, short_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_caller_who_dribbles_a_body_is_cut_off, short_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_caller_who_says_nothing_is_cut_off, short_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_kept_connection_without_a_request_ends, short_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_stream_outlives_every_deadline, short_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(where_all_are_served_callers_wait, narrow_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(who_stands_about_gives_way, narrow_setup, world_teardown),
        cmocka_unit_test_setup_teardown(who_is_being_answered_does_not_give_way, narrow_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(endless_header_lines_end_the_connection, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(many_connections_after_each_other_leave_no_trace,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(callers_may_leave_at_any_time, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(unfinished_bodies_are_bounded_together, small_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_body_in_single_bytes_counts_for_what_it_costs,
                                        small_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_flood_into_a_stream_is_not_read, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(without_descriptors_callers_wait, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_large_answer_arrives_whole_before_the_end, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
