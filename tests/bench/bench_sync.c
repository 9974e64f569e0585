/*
 * bench_sync - what one commit alone costs on the disk of DIR, for a second each.
 *
 *   bench_sync DIR
 *
 * "sync": 4 KiB appended to a file and fdatasync(2), over and over.  "commit": one small row in a
 * transaction of its own by SQLite, WAL and synchronous=FULL.
 */
#include <fcntl.h>
#include <glib.h>
#include <sqlite3.h>
#include <stdio.h>
#include <unistd.h>

#define SECOND_US 1000000

static double sync_rate(const char *dir)
{
    g_autofree char *file = g_build_filename(dir, "sync", NULL);
    const int fd = open(file, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    static const char page[4096];
    const gint64 begun = g_get_monotonic_time();
    unsigned n = 0;
    for (; g_get_monotonic_time() - begun < SECOND_US; n++)
        if (write(fd, page, sizeof page) != sizeof page || fdatasync(fd) != 0)
            g_error("%s: %s", file, g_strerror(errno));
    close(fd);
    unlink(file);
    return n * 1e6 / (double)(g_get_monotonic_time() - begun);
}

static void must(sqlite3 *db, int rc)
{
    if (rc != SQLITE_OK && rc != SQLITE_DONE)
        g_error("SQLite: %s", sqlite3_errmsg(db));
}

static double commit_rate(const char *dir)
{
    g_autofree char *file = g_build_filename(dir, "commit.db", NULL);
    sqlite3 *db;
    sqlite3_stmt *insert;
    must(NULL, sqlite3_open(file, &db));
    must(db, sqlite3_exec(db,
                          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                          "CREATE TABLE row(id INTEGER PRIMARY KEY, text TEXT)",
                          NULL, NULL, NULL));
    must(db,
         sqlite3_prepare_v2(db, "INSERT INTO row(text) VALUES('a small one')", -1, &insert, NULL));
    const gint64 begun = g_get_monotonic_time();
    unsigned n = 0;
    for (; g_get_monotonic_time() - begun < SECOND_US; n++) {
        must(db, sqlite3_step(insert));
        sqlite3_reset(insert);
    }
    const double rate = n * 1e6 / (double)(g_get_monotonic_time() - begun);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    return rate;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: bench_sync DIR\n");
        return 2;
    }
    printf("{\"sync_per_s\":%.0f,\"commit_per_s\":%.0f}\n", sync_rate(argv[1]),
           commit_rate(argv[1]));
    return 0;
}
