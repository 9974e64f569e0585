#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/listener.h"
#include "base/log.h"
#include "folder.h"
#include <event2/http.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

struct place {
    char *dir, *path;
    struct loop *loop;
    struct evhttp *http;
};

static int set_up(void **state)
{
    struct place *p = g_new0(struct place, 1);
    log_set_level(LOG_LEVEL_ERROR);
    p->dir = g_dir_make_tmp("liaisond-listener-XXXXXX", NULL);
    p->path = g_build_filename(p->dir, "s", NULL);
    p->loop = loop_new(NULL);
    p->http = evhttp_new(loop_base(p->loop));
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    evhttp_free(p->http);
    loop_free(p->loop);
    folder_remove(p->dir);
    g_free(p->path);
    g_free(p->dir);
    g_free(p);
    return 0;
}

static struct listener *open_it(struct place *p, const char *path, const char *address,
                                GError **error)
{
    struct listener_options o = { .socket = path,
                                  .address = address,
                                  .address_key = "api.address" };
    return listener_new(p->loop, p->http, p->http, &o, error);
}

static int listen_at(const char *path, bool answering)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    if (answering)
        assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static void the_socket_is_for_everybody_and_goes_at_the_end(void **state)
{
    struct place *p = *state;
    struct stat st;
    mode_t before = umask(0077);
    struct listener *l = open_it(p, p->path, "", NULL);
    umask(before);
    assert_non_null(l);
    assert_int_equal(lstat(p->path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 0777, 0666);
    listener_free(l);
    assert_false(exists(p->path));
}

static void a_socket_that_nobody_answers_is_replaced(void **state)
{
    struct place *p = *state;
    close(listen_at(p->path, true));
    assert_true(exists(p->path));
    struct listener *l = open_it(p, p->path, "", NULL);
    assert_non_null(l);
    listener_free(l);
}

static void a_socket_that_somebody_answers_is_left_alone(void **state)
{
    struct place *p = *state;
    g_autoptr(GError) error = NULL;
    int other = listen_at(p->path, true);
    assert_null(open_it(p, p->path, "", &error));
    assert_non_null(strstr(error->message, p->path));
    assert_non_null(strstr(error->message, "another daemon"));
    assert_true(exists(p->path));
    close(other);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
    struct place *p = *state;
    g_autoptr(GError) error = NULL;
    assert_true(g_file_set_contents(p->path, "dear diary", -1, NULL));
    assert_null(open_it(p, p->path, "", &error));
    assert_non_null(strstr(error->message, "no socket"));
    assert_true(exists(p->path));
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct place *p = *state;
    g_autoptr(GError) error = NULL;
    assert_null(open_it(p, "/nonexistent/s", "", &error));
    assert_string_equal(error->message, "api.socket /nonexistent/s: No such file or directory");
}

static int listen_on_loopback(char **address)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *address = g_strdup_printf("127.0.0.1:%u", ntohs(at.sin_port));
    return fd;
}

static void a_busy_port_is_told_in_a_sentence(void **state)
{
    struct place *p = *state;
    g_autoptr(GError) error = NULL;
    g_autofree char *address = NULL;
    int other = listen_on_loopback(&address);
    assert_null(open_it(p, p->path, address, &error));
    g_autofree char *want =
        g_strdup_printf("api.address %s: Address already in use; another program "
                        "listens there: stop it or choose another port",
                        address);
    assert_string_equal(error->message, want);
    assert_false(exists(p->path)); /* nothing half open is left */
    close(other);
}

/* A descriptor of one family takes the place of the configured socket of that family alone. */
static void descriptors_take_the_place_of_their_family(void **state)
{
    struct place *p = *state;
    g_autofree char *address = NULL;
    int fd = listen_on_loopback(&address);
    struct listener_options o = {
        .socket = p->path, .address = address /* busy, were it tried */, .fds = &fd, .n_fds = 1
    };
    struct listener *l = listener_new(p->loop, p->http, p->http, &o, NULL);
    assert_non_null(l);
    assert_true(exists(p->path));
    listener_free(l);
}

static void another_daemons_socket_is_not_removed_at_the_end(void **state)
{
    struct place *p = *state;
    struct listener *l = open_it(p, p->path, "", NULL);
    assert_non_null(l);
    g_unlink(p->path);
    int other = listen_at(p->path, true);
    listener_free(l);
    assert_true(exists(p->path));
    close(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(the_socket_is_for_everybody_and_goes_at_the_end),
        TEST(a_socket_that_nobody_answers_is_replaced),
        TEST(a_socket_that_somebody_answers_is_left_alone),
        TEST(a_file_that_is_no_socket_is_left_alone),
        TEST(a_folder_that_is_not_there_is_named),
        TEST(a_busy_port_is_told_in_a_sentence),
        TEST(descriptors_take_the_place_of_their_family),
        TEST(another_daemons_socket_is_not_removed_at_the_end),
    };
    return cmocka_run_group_tests_name("listener", tests, NULL, NULL);
}
