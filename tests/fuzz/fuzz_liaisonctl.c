/* Whatever the server answers, nothing reaches the terminal that it would act on but our own.
 *
 * The input: a letter for the command, one for where its output goes (t: a terminal, p: a pipe, j:
 * a terminal and --json), then the server's answers (fuzz_peer.h). */
#include "command.h"
#include "fuzz_parts.h"
#include "fuzz_peer.h"
#include "interrupt.h"
#include "out.h"
#include <curl/curl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define ID "0193b5a0-0000-7000-8000-000000000001"
#define KEY "5Kas3D8DsZPODybTecZYd-kUt6not6L_qs6TsW_DQEs"

static const char *const lines[] = {
    "status",
    "status B-1",
    "explain " ID,
    "explain " ID " --mission fr-chicago",
    "unreached",
    "unreached " ID,
    "unreached " ID " --csv",
    "report " ID,
    "report " ID " --html -",
    "tail",
    "tail -n all -b " ID,
    "tail -f",
    "roster check",
    "roster show fr-chicago",
    "matter list",
    "matter show 7",
    "campaign list",
    "campaign show C-1",
    "threat list",
    "threat list fr-chicago",
    "threat overdue",
    "partner list",
    "partner locations chicago-police",
    "partner locations chicago-police --csv",
    "when chicago",
    "when --list",
    "token create name --role viewer",
    "token list",
    "webhook-secret https://mission.example/",
    "health",
    "watch " ID,
    "watch " ID " --until-covered",
    "preview FILE",
    "send FILE --expect-missions 1 --watch",
    "cancel " ID,
    "cancel " ID " --preview",
    "approve " ID,
    "reject " ID " --reason no",
    "retry " ID,
    "take " ID " --all",
    "roster set fr-chicago street=x",
    "matter draft 7",
    "matter answer 7 --note x",
    "threat set fr-chicago high --reason x",
    "log verify FILE",
    "log verify FILE --public-key " KEY " --witness FILE",
    "log key FILE",
    "evidence verify FILE --public-key " KEY,
    "evidence " ID,
    "key list",
    "key rotate",
    "destinations",
    "roster import FILE FILE",
    "matter open FILE",
    "matter confirm 7",
    "release " ID " --missions 1",
    "campaign start --days 30",
    "token revoke 7",
    "unreached " ID " --html -",
};

static bool terminal;

/* In place of the C library's and of liaisonctl's: nothing here waits or asks. */
int isatty(int fd)
{
    (void)fd;
    return terminal;
}

void interrupt_catch(void)
{
}

bool interrupt_seen(void)
{
    return false;
}

bool interrupt_sleep(unsigned ms)
{
    (void)ms;
    return false;
}

int help_run(struct session *s, int argc, char **argv)
{
    (void)s, (void)argc, (void)argv;
    return COMMAND_DONE;
}

/* The row of a line, by two words or by one. */
static const struct command *find(const char *const *words)
{
    g_autofree char *two = words[1] ? g_strdup_printf("%s %s", words[0], words[1]) : NULL;

    for (const struct command *c = commands; c->name; c++)
        if (g_strcmp0(c->name, two) == 0 || strcmp(c->name, words[0]) == 0)
            return c;
    g_error("no command %s", words[0]);
}

static void run(const char *line, bool json, const char *file)
{
    g_autofree char *server =
        g_strdup_printf("http://127.0.0.1:%d", fuzz_peer_port(FUZZ_PEER_JSON));
    struct session s = { .access.server = g_strdup(server), .json = json };
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    char *argv[8];
    int argc = 0;

    s.command = find((const char *const *)words);
    for (char **w = words + (strchr(s.command->name, ' ') != NULL); *w; w++)
        argv[argc++] = strcmp(*w, "FILE") == 0 ? (char *)file : *w;
    argv[argc] = NULL;
    s.command->run(&s, argc, argv);
    out_flush();
    api_free(s.api);
    g_free(s.access.server);
    g_free(s.access.token_file);
}

/* Takes away what liaisonctl itself tells a terminal. */
static void strip(GString *text)
{
    static const char *const own[] = { "\033[1m", "\033[0m", "\033[K", "\r" };

    for (size_t i = 0; terminal && i < G_N_ELEMENTS(own); i++)
        g_string_replace(text, own[i], "", 0);
}

static void check(const char *bytes, size_t len)
{
    g_autoptr(GString) text = g_string_new_len(bytes, (gssize)len);

    g_assert(strlen(text->str) == len);
    strip(text);
    fuzz_check_shown(text->str, text->len, "\n\t");
}

/* What it prints is for another program, and goes as it is unless a terminal is there. */
static bool is_a_file(const char *line)
{
    return strstr(line, "--csv") || strstr(line, "--html") || strstr(line, "draft") ||
           g_str_has_prefix(line, "evidence " ID);
}

/* Runs the line with both streams in memory. */
static void run_and_check(const char *line, char where, const char *file)
{
    FILE *own_out = stdout, *own_err = stderr;
    char *said = NULL, *complained = NULL;
    size_t said_len = 0, complained_len = 0;

    terminal = where != 'p';
    stdout = open_memstream(&said, &said_len);
    stderr = open_memstream(&complained, &complained_len);
    out_use(stdout);
    run(line, where == 'j', file);
    fclose(stdout);
    fclose(stderr);
    stdout = own_out;
    stderr = own_err;
    out_use(stdout);
    check(complained, complained_len);
    if (terminal || !is_a_file(line))
        check(said, said_len);
    free(said);
    free(complained);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;

    if (size < 2 || !memchr("tpj", data[1], 3))
        return 0;
    if (fd < 0) {
        setenv("TERM", "xterm", 1);
        out_init();
        curl_global_init(CURL_GLOBAL_DEFAULT);
        fd = memfd_create("fuzz", MFD_CLOEXEC);
    }
    const char *line = lines[(unsigned)(data[0] - '0') % G_N_ELEMENTS(lines)];
    g_autofree char *file = g_strdup_printf("/proc/self/fd/%d", fd);
    g_assert(ftruncate(fd, 0) == 0 && pwrite(fd, data + 2, size - 2, 0) == (ssize_t)size - 2);
    fuzz_peer_script(data + 2, size - 2);
    run_and_check(line, (char)data[1], file);
    return 0;
}
