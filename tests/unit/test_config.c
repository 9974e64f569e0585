/* The configuration: defaults, the shipped files, every fault told, what a reload takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "io/config.h"
#include "io/config_keys.h"
#include "io/config_value.h"

#define CONF SOURCE_DIR "/conf/"
#define GOLDEN SOURCE_DIR "/tests/golden/config"
#define DATA_FILES                                                                                 \
    "offices_file = \"" CONF "offices.conf\"; desks_file = \"" CONF "desks.conf\";\n"              \
    "partners_file = \"" CONF "partners.conf\"; calendars_file = \"" CONF "calendars.conf\";\n"    \
    "ladder_file = \"" CONF "ladder.conf\";\n"
#define FROM "mail: { from_address = \"liaison@dss.example\"; };\n"

static char *folder; /* for files that tests write */

static char *write_file(const char *name, const char *text)
{
    char *file = g_build_filename(folder, name, NULL);
    assert_true(g_file_set_contents(file, text, -1, NULL));
    return file;
}

/* A good configuration, or the test fails and says why. */
static struct config *load_good(const char *file)
{
    struct faults *f = faults_new();
    struct config *c = config_load(file, f);
    if (!c) {
        g_autofree char *text = faults_to_text(f);
        fail_msg("%s", text);
    }
    faults_free(f);
    return c;
}

static struct config *load_text(const char *text)
{
    g_autofree char *all = g_strconcat(DATA_FILES, text, NULL);
    g_autofree char *file = write_file("test.conf", all);
    return load_good(file);
}

static void every_row_of_the_table_is_sound(void **state)
{
    (void)state;
    for (const struct config_key *k = config_keys; k->name; k++) {
        print_message("%s\n", k->name);
        assert_true(k->min <= k->max);
        assert_true(g_str_has_suffix(k->says, "."));
        assert_ptr_equal(config_keys_find(k->name), k);
        if (k->type == CONFIG_INT || k->type == CONFIG_INT64) {
            gint64 v = g_ascii_strtoll(k->fallback, NULL, 10);
            assert_true(v >= k->min && v <= k->max);
        } else if (*k->fallback && k->check) {
            assert_null(k->check(k->fallback));
        }
    }
    assert_null(config_keys_find("smtp"));
}

static void minimal_file_has_the_defaults(void **state)
{
    (void)state;
    struct config *c = load_good(CONF "minimal.conf");
    assert_string_equal(c->store.dir, "/var/lib/liaisond");
    assert_string_equal(c->api.socket, "/run/liaisond/liaisond.sock");
    assert_string_equal(c->smtp.host, "localhost");
    assert_int_equal(c->smtp.port, 25);
    assert_int_equal(c->smtp.starttls, TLS_OPTIONAL);
    assert_string_equal(c->mail.domain, "dss.example");
    assert_string_equal(c->smtp.hello, c->node);
    assert_string_equal(c->node, g_get_host_name());
    assert_string_equal(c->templates, CONF "templates");
    assert_false(c->webhook.allow_http);
    assert_int_equal(c->webhook.allow_networks->len, 0);
    assert_int_equal(c->api.grants->len, 0);
    assert_int_equal(c->dispatch.policy[URGENCY_IMMEDIATE].steps, 7);
    assert_int_equal(c->dispatch.policy[URGENCY_IMMEDIATE].wait_s[6], 60);
    assert_int_equal(c->dispatch.policy[URGENCY_PAST].jitter_pct, 20);
    assert_int_equal(c->dispatch.deadline_s[URGENCY_EXPECTED], 86400);
    assert_int_equal(c->directory->offices->len, 31);
    config_unref(c);
}

static void nobody_is_asked_unless_links_can_be_made(void **state)
{
    (void)state;
    struct config *c = load_good(CONF "minimal.conf");
    assert_string_equal(c->acknowledge.base_url, "");
    assert_string_equal(c->acknowledge.address, "");
    assert_int_equal(c->acknowledge.forwarded_from->len, 0);
    assert_int_equal(c->acknowledge.quorum, 1);
    assert_int_equal(c->acknowledge.quorum_urgent, 2);
    assert_false(c->acknowledge.remind_after_quorum);
    assert_true(c->acknowledge.ask_update);
    assert_false(c->acknowledge.ask_release);
    assert_true(c->acknowledge.ask_cancel);
    assert_int_equal(c->acknowledge.link_days, 90);
    config_unref(c);
}

static void the_base_of_links_has_no_slash_at_its_end(void **state)
{
    static const char *const rows[][2] = {
        { "https://liaison.dss.example", "https://liaison.dss.example" },
        { "https://liaison.dss.example/", "https://liaison.dss.example" },
        { "https://liaison.dss.example:8443/answers//",
          "https://liaison.dss.example:8443/answers" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf(
            FROM "acknowledge: { base_url = \"%s\"; address = \"[::1]:8441\"; };\n", rows[i][0]);
        struct config *c = load_text(text);
        assert_string_equal(c->acknowledge.base_url, rows[i][1]);
        config_unref(c);
    }
}

static void demo_file_stays_on_loopback(void **state)
{
    (void)state;
    struct config *c = load_good(CONF "demo.conf");
    assert_string_equal(c->store.dir, SOURCE_DIR "/state/demo");
    assert_string_equal(c->api.socket, SOURCE_DIR "/state/demo/liaisond.sock");
    assert_string_equal(c->api.address, "127.0.0.1:8440");
    assert_string_equal(c->smtp.host, "127.0.0.1");
    assert_int_equal(c->smtp.port, 2525);
    assert_true(c->webhook.allow_http);
    assert_string_equal(g_ptr_array_index(c->webhook.allow_networks, 0), "127.0.0.0/8");
    config_unref(c);
}

/* "    #port = 25;" -> "    port = 25;"; prose has a blank behind the "#". */
static char *uncomment(const char *text)
{
    g_autoptr(GRegex) regex = g_regex_new("^( *)#([a-z_]+ = )", G_REGEX_MULTILINE, 0, NULL);
    return g_regex_replace(regex, text, -1, 0, "\\1\\2", 0, NULL);
}

static void uncommenting_every_key_changes_nothing(void **state)
{
    (void)state;
    g_autofree char *shipped = NULL;
    assert_true(g_file_get_contents(CONF "liaisond.conf", &shipped, NULL, NULL));
    g_autofree char *keys = uncomment(shipped);
    assert_string_not_equal(keys, shipped);
    /* Beside the data files, so that relative paths mean the same. */
    for (const char *const *name =
             (const char *const[]){ "offices.conf", "desks.conf", "partners.conf", "calendars.conf",
                                    "ladder.conf", NULL };
         *name; name++) {
        g_autofree char *data = NULL, *from = g_strconcat(CONF, *name, NULL);
        assert_true(g_file_get_contents(from, &data, NULL, NULL));
        g_free(write_file(*name, data));
    }
    g_autofree char *commented = write_file("commented.conf", shipped);
    g_autofree char *uncommented = write_file("uncommented.conf", keys);
    struct config *a = load_good(commented), *b = load_good(uncommented);
    for (const struct config_key *k = config_keys; k->name; k++) {
        print_message("%s\n", k->name);
        assert_true(config_value_equal(k, a, b));
    }
    config_unref(a);
    config_unref(b);
}

static char *with_single_blanks(const char *text, const char *comment)
{
    g_autoptr(GRegex) regex = g_regex_new(comment, G_REGEX_MULTILINE, 0, NULL);
    g_autofree char *bare = g_regex_replace(regex, text, -1, 0, " ", 0, NULL);
    g_auto(GStrv) words = g_strsplit_set(bare, " \n", -1);
    GString *out = g_string_new(NULL);
    for (char **w = words; *w; w++)
        if (**w)
            g_string_append_printf(out, "%s ", *w);
    return g_string_free(out, FALSE);
}

static void every_key_is_shipped_and_documented(void **state)
{
    (void)state;
    g_autofree char *conf = NULL, *man = NULL;
    assert_true(g_file_get_contents(CONF "liaisond.conf", &conf, NULL, NULL));
    assert_true(g_file_get_contents(SOURCE_DIR "/daemon/liaisond.conf.5", &man, NULL, NULL));
    g_autofree char *conf_prose = with_single_blanks(conf, "^ *#");
    g_autofree char *man_prose = with_single_blanks(man, "^$");
    for (const struct config_key *k = config_keys; k->name; k++) {
        const char *dot = strrchr(k->name, '.');
        g_autofree char *line = g_strdup_printf("#%s = ", dot ? dot + 1 : k->name);
        g_autofree char *item = g_strdup_printf("\n.It %s\n", k->name);
        print_message("%s\n", k->name);
        assert_non_null(strstr(conf, line));
        assert_non_null(strstr(conf_prose, k->says));
        assert_non_null(strstr(man, item));
        assert_non_null(strstr(man_prose, k->says));
    }
}

static void paths_count_from_the_folder_of_the_file(void **state)
{
    (void)state;
    struct config *c = load_text(FROM "store: { dir = \"state\"; };\n"
                                      "smtp: { ca_file = \"../ca.pem\"; };\n"
                                      "delivery_log: { file = \"/var/log/d.jsonl\"; };\n");
    g_autofree char *dir = g_build_filename(folder, "state", NULL);
    g_autofree char *above = g_path_get_dirname(folder);
    g_autofree char *ca = g_build_filename(above, "ca.pem", NULL);
    assert_string_equal(c->store.dir, dir);
    assert_string_equal(c->smtp.ca_file, ca);
    assert_string_equal(c->delivery_log.file, "/var/log/d.jsonl");
    assert_string_equal(c->webhook.ca_file, "");
    config_unref(c);
}

static void values_of_every_type_arrive(void **state)
{
    (void)state;
    struct config *c = load_text(
        FROM "log_level = \"debug\"; stop_grace_s = 5L;\n"
             "store: { checkpoint_bytes = 1048576; };\n"
             "smtp: { starttls = \"required\"; };\n"
             "webhook: { allow_http = true; allow_networks = ( \"10.0.0.0/8\", \"fd00::/8\" ); };\n"
             "dispatch: { retry_past = \"7 8\"; retry_jitter_pct = 5; deadline_past_s = 100; };\n"
             "api: { grants = ( { user = \"watch\"; roles = [ \"publisher\", \"viewer\" ]; },\n"
             "                  { group = \"ops\"; roles = ( \"operator\" ); } ); };\n");
    assert_string_equal(c->log_level, "debug");
    assert_int_equal(c->stop_grace_s, 5);
    assert_int_equal(c->store.checkpoint_bytes, 1048576);
    assert_int_equal(c->smtp.starttls, TLS_REQUIRED);
    assert_true(c->webhook.allow_http);
    assert_int_equal(c->webhook.allow_networks->len, 2);
    assert_int_equal(c->dispatch.policy[URGENCY_PAST].steps, 2);
    assert_int_equal(c->dispatch.policy[URGENCY_PAST].jitter_pct, 5);
    assert_int_equal(c->dispatch.deadline_s[URGENCY_PAST], 100);
    const struct config_grant *watch = g_ptr_array_index(c->api.grants, 0);
    const struct config_grant *ops = g_ptr_array_index(c->api.grants, 1);
    assert_string_equal(watch->user, "watch");
    assert_string_equal(watch->group, "");
    assert_int_equal(watch->roles, ROLE_PUBLISHER | ROLE_VIEWER);
    assert_string_equal(ops->group, "ops");
    assert_int_equal(ops->roles, ROLE_OPERATOR);
    config_unref(c);
}

static void a_reload_knows_what_needs_a_restart(void **state)
{
    (void)state;
    struct config *a = load_text(FROM "smtp: { port = 25; };\n");
    struct config *b = load_text(FROM "smtp: { port = 587; };\n");
    struct config *c =
        load_text(FROM "store: { dir = \"/srv\"; }; api: { max_connections = 9; };\n");
    assert_null(config_needs_restart(a, a));
    assert_null(config_needs_restart(a, b));
    g_autofree char *names = config_needs_restart(b, c);
    assert_string_equal(names, "store.dir, api.max_connections");
    config_keep_running(c, b);
    assert_null(config_needs_restart(b, c));
    assert_string_equal(c->store.dir, b->store.dir);
    config_unref(a);
    config_unref(b);
    config_unref(config_ref(c));
    config_unref(c);
}

static void what_needs_a_restart_stays_as_it_runs(void **state)
{
    (void)state;
    struct config *running = load_text(FROM "node = \"one\"; smtp: { port = 25; };\n");
    struct config *next =
        load_text(FROM "node = \"two\"; smtp: { port = 587; connections = 3; };\n");
    struct config *named =
        load_text(FROM "node = \"two\"; smtp: { hello = \"mail.dss.example\"; };\n");
    config_keep_running(next, running);
    config_keep_running(named, running);
    assert_string_equal(next->node, "one");
    assert_string_equal(next->smtp.hello, "one");
    assert_int_equal(next->smtp.connections, running->smtp.connections);
    assert_int_equal(next->smtp.port, 587);
    assert_string_equal(named->smtp.hello, "mail.dss.example");
    config_unref(running);
    config_unref(next);
    config_unref(named);
}

static void assert_unreadable(const char *path, const char *why)
{
    struct faults *f = faults_new();
    assert_null(config_read_secret("a.key", path, 8, f));
    g_autofree char *text = faults_to_text(f);
    g_autofree char *begin = g_strdup_printf("%s: a.key: read %s: ", path, path);
    assert_true(g_str_has_prefix(text, begin));
    assert_non_null(strstr(text, why));
    assert_non_null(strstr(text, "(unreadable)"));
    faults_free(f);
}

static void credentials_are_files_of_the_service(void **state)
{
    (void)state;
    static const char text[] =
        FROM "smtp: { user = \"liaison\"; password_file = \"credential:smtp-password\"; };\n";
    g_setenv("CREDENTIALS_DIRECTORY", "/run/credentials/liaisond.service", TRUE);
    struct config *c = load_text(text);
    assert_string_equal(c->smtp.password_file, "/run/credentials/liaisond.service/smtp-password");
    config_unref(c);
    g_unsetenv("CREDENTIALS_DIRECTORY");
    c = load_text(text);
    assert_string_equal(c->smtp.password_file, "credential:smtp-password");
    assert_unreadable(c->smtp.password_file, "CREDENTIALS_DIRECTORY is not set");
    config_unref(c);
}

static const struct secret_row {
    const char *name, *content, *want; /* want NULL: refused */
} secret_rows[] = {
    { "a secret ends at its newline", "hunter2\n", "hunter2" },
    { "a secret may have no newline", "hunter2", "hunter2" },
    { "only the last newline goes", "a\nb\n\n", "a\nb\n" },
    { "a newline of another system", "hunter\r\n", "hunter" },
    { "an empty secret", "", "" },
    { "a secret of just the right length", "12345678", "12345678" },
    { "a secret that is too long", "123456789", NULL },
};

static void secrets_are_read_whole_or_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(secret_rows); i++) {
        print_message("%s\n", secret_rows[i].name);
        g_autofree char *file = write_file("secret", secret_rows[i].content);
        if (!secret_rows[i].want) {
            assert_unreadable(file, "too long");
            continue;
        }
        g_autofree char *got = config_read_secret("a.key", file, 8, NULL);
        assert_string_equal(got, secret_rows[i].want);
    }
    assert_unreadable(folder, "not a plain file");
}

/* What an operator reads, without the folder that the test happens to stand in. */
static char *complaints(const char *file)
{
    struct faults *f = faults_new();
    struct config *c = config_load(file, f);
    assert_int_equal(c == NULL, faults_any(f));
    g_autofree char *text = faults_to_text(f);
    config_unref(c);
    faults_free(f);
    g_auto(GStrv) inside = g_strsplit(text, GOLDEN "/", -1);
    g_autofree char *shorter = g_strjoinv("", inside);
    g_auto(GStrv) itself = g_strsplit(shorter, GOLDEN, -1);
    return g_strjoinv(".", itself);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void bad_files_are_explained(void **state)
{
    (void)state;
    g_autofree char *before = g_get_current_dir();
    g_autoptr(GDir) dir = g_dir_open(GOLDEN, 0, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    assert_non_null(dir);
    for (const char *name; (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, ".conf"))
            g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(".conf")));
    g_ptr_array_sort(names, compare_names);
    assert_true(names->len >= 20);
    assert_int_equal(chdir(GOLDEN), 0);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        g_autofree char *conf = g_strconcat(name, ".conf", NULL);
        g_autofree char *expected = g_strconcat(name, ".expected", NULL);
        g_autofree char *want = NULL, *got = complaints(conf);
        print_message("%s\n", name);
        assert_true(g_file_get_contents(expected, &want, NULL, NULL));
        assert_string_equal(got, want);
    }
    assert_int_equal(chdir(before), 0);
}

static int make_folder(void **state)
{
    (void)state;
    g_unsetenv("CREDENTIALS_DIRECTORY");
    folder = g_dir_make_tmp("liaisond-XXXXXX", NULL);
    return folder ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    folder_remove(folder);
    g_free(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_of_the_table_is_sound),
        cmocka_unit_test(minimal_file_has_the_defaults),
        cmocka_unit_test(nobody_is_asked_unless_links_can_be_made),
        cmocka_unit_test(the_base_of_links_has_no_slash_at_its_end),
        cmocka_unit_test(demo_file_stays_on_loopback),
        cmocka_unit_test(uncommenting_every_key_changes_nothing),
        cmocka_unit_test(every_key_is_shipped_and_documented),
        cmocka_unit_test(paths_count_from_the_folder_of_the_file),
        cmocka_unit_test(values_of_every_type_arrive),
        cmocka_unit_test(a_reload_knows_what_needs_a_restart),
        cmocka_unit_test(what_needs_a_restart_stays_as_it_runs),
        cmocka_unit_test(credentials_are_files_of_the_service),
        cmocka_unit_test(secrets_are_read_whole_or_not),
        cmocka_unit_test(bad_files_are_explained),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
