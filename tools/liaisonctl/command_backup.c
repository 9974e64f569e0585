/* liaisonctl backup: a copy of the running daemon's store, whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "command.h"
#include "field.h"
#include "out.h"
#include "problem.h"

struct copy {
    struct session *session;
    const char *file;
    char *part; /* where it grows; owned */
    int fd;
    gsize bytes;
    char *sha256;  /* of what has come, hex; owned */
    char *trouble; /* why it cannot be kept; owned; NULL: nothing */
    struct api
        *watch; /* a second connection, which asks how far the daemon is; NULL: nobody looks */
};

static bool take(const char *bytes, gsize len, void *ctx)
{
    struct copy *c = ctx;

    while (len > 0) {
        ssize_t n = write(c->fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            c->trouble = g_strdup_printf("write %s: %s", c->part, g_strerror(errno));
            return false;
        }
        bytes += n;
        len -= (gsize)n;
        c->bytes += (gsize)n;
    }
    return true;
}

/* Once a second, on a terminal: how far it is. */
static void tick(void *ctx)
{
    struct copy *c = ctx;
    g_autoptr(GError) nothing = NULL;
    struct api_request ask = { .method = "GET", .path = "/v1/backup" };

    if (c->bytes > 0) {
        fprintf(stderr, "\r%s: %" G_GSIZE_FORMAT " bytes have come   ", c->part, c->bytes);
        return;
    }
    struct api_answer *answer = api_call(c->watch, &ask, &nothing);
    json_int_t all = answer ? json_integer_value(json_object_get(answer->json, "bytes")) : 0;
    json_int_t left = answer ? json_integer_value(json_object_get(answer->json, "left")) : 0;
    if (all > 0 && left > 0)
        fprintf(stderr, "\rcopying: %d %%   ", (int)((all - left) * 100 / all));
    else if (all > 0)
        fprintf(stderr, "\rchecking the copy   ");
    if (answer)
        api_answer_free(answer);
}

static bool fail(struct copy *c, const char *what)
{
    c->trouble = g_strdup_printf("%s: %s", what, g_strerror(errno));
    return false;
}

/* "sha-256=:…:" of RFC 9530, in hex; NULL: it is none. */
static char *digest_of(const char *header)
{
    if (!header || !g_str_has_prefix(header, "sha-256=:"))
        return NULL;
    gsize len = 0;
    g_autofree char *base64 = g_strndup(header + 9, strcspn(header + 9, ":"));
    g_autofree guchar *bytes = g_base64_decode(base64, &len);
    return len == DIGEST_SHA256_LEN ? digest_hex(bytes, len) : NULL;
}

/* What lies in the file is what the daemon has sent. */
static bool is_whole(struct copy *c, const char *header)
{
    g_autofree char *sent = digest_of(header);
    g_autoptr(GMappedFile) bytes = g_mapped_file_new(c->part, FALSE, NULL);

    if (!sent || !bytes) {
        c->trouble = g_strdup(sent ? "the copy cannot be read again"
                                   : "the answer has no digest: that is no backup of liaisond");
        return false;
    }
    c->sha256 =
        digest_sha256_hex(g_mapped_file_get_contents(bytes), g_mapped_file_get_length(bytes));
    if (strcmp(sent, c->sha256) != 0)
        c->trouble = g_strdup("the copy is not what was sent: its SHA-256 is another");
    return !c->trouble;
}

/* Durable under its name, which nobody else had. */
static bool settle(struct copy *c)
{
    g_autofree char *dir = g_path_get_dirname(c->file);

    if (fsync(c->fd) != 0)
        return fail(c, c->part);
    if (renameat2(AT_FDCWD, c->part, AT_FDCWD, c->file, RENAME_NOREPLACE) != 0)
        return fail(c, c->file);
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return synced || fail(c, dir);
}

static bool fetch(struct copy *c)
{
    struct api_answer *problem = NULL;
    g_autoptr(GError) error = NULL;
    struct api_download d = {
        .path = "/v1/backup", .take = take, .tick = c->watch ? tick : NULL, .ctx = c
    };
    bool came = api_download(c->session->api, &d, &problem, &error);

    if (c->watch)
        fprintf(stderr, "\r%40s\r", "");
    if (came && !c->trouble && is_whole(c, d.digest) && settle(c)) {
        g_free(d.digest);
        return true;
    }
    if (problem)
        problem_complain(problem);
    else
        complain("%s; there is no backup", c->trouble ? c->trouble : error->message);
    g_clear_pointer(&problem, api_answer_free);
    g_free(d.digest);
    unlink(c->part);
    return false;
}

static void tell(const struct copy *c)
{
    if (!c->session->json) {
        out("%s: %" G_GSIZE_FORMAT " bytes, SHA-256 %s\n", c->file, c->bytes, c->sha256);
        return;
    }
    g_autofree char *file = g_filename_display_name(c->file);
    command_own_json(json_pack("{s:s, s:I, s:s}", "file", file, "bytes", (json_int_t)c->bytes,
                               "sha256", c->sha256));
}

static int refuse(const char *file, const char *what)
{
    complain("%s %s", file, what);
    return COMMAND_FAILED;
}

int backup_run(struct session *s, int argc, char **argv)
{
    int result = COMMAND_FAILED;
    struct stat st;

    if (!command_options(s, NULL, &argc, &argv, 1, 1, &result))
        return result;
    struct copy c = { .session = s, .file = argv[1] };
    if (lstat(c.file, &st) == 0)
        return refuse(c.file, "is there already, and no backup is overwritten: give another name");
    c.part = g_strconcat(c.file, ".part", NULL);
    c.fd = open(c.part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (c.fd < 0) {
        result =
            refuse(c.part, errno == EEXIST
                               ? "is there already: a backup is being made, or was interrupted; "
                                 "remove it if there is none"
                               : g_strerror(errno));
        g_free(c.part);
        return result;
    }
    if (!s->json && isatty(STDERR_FILENO))
        c.watch = api_new(&s->access, NULL);
    if (fetch(&c)) {
        tell(&c);
        result = COMMAND_DONE;
    }
    close(c.fd);
    api_free(c.watch);
    g_free(c.part);
    g_free(c.sha256);
    g_free(c.trouble);
    return result;
}
