/*
 * old-store FILE COUNT - a database as a daemon of schema 4 left it, for tests that start a newer
 * one on it.
 *
 * It holds one broadcast (identifier OLD-1) to COUNT representatives of one mission, a mailbox each
 * (r1@m-0001.example and so on): every third notification is queued, was in flight, or waits for
 * its next attempt, which is due.
 */
#include "sqlite_schema.h"
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#define VERSION 4

/* Released on 1 January 2026, to be tried until 2100. */
static const char rows[] =
    "INSERT INTO broadcast VALUES (1, '019b7000-0000-7000-8000-000000000001', 'OLD-1',"
    " 'pld-duty@dss.example', 1767261600000, 0, 0, 1, 1, 2, 1767261600000, 4102444800000, 1, %1$d, "
    "%1$d,"
    " 'digest', 'Streets closed downtown', 'unix:root', '{\"identifier\":\"OLD-1\",\"sender\":"
    "\"pld-duty@dss.example\",\"sent\":\"2026-01-01T10:00:00Z\",\"status\":\"actual\",\"type\":"
    "\"alert\","
    "\"urgency\":\"expected\",\"severity\":\"severe\",\"certainty\":\"likely\","
    "\"expires\":\"2100-01-01T00:00:00Z\",\"messages\":[{\"language\":\"en\",\"headline\":"
    "\"Streets closed downtown\",\"description\":\"Use the northern entrance.\"}],"
    "\"audience\":{\"everyone\":true}}');"
    "INSERT INTO affected VALUES (1, 1, 0, 'm-0001', 'Consulate', 'consulate', 'FR', 'Chicago', "
    "'IL',"
    " 'America/Chicago', 'everyone', 'chicago', 'same city', 'office:chicago', '');"
    "INSERT INTO lane VALUES (1, 'smtp');"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %1$d)"
    " INSERT INTO obligation SELECT 1 << 20 | i, 0, 0, i, 'm-0001/' || i, 'Liaison ' || i, 'en', "
    "'',"
    " 'affected', '', 'm-0001' FROM n;"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %1$d)"
    " INSERT INTO notification SELECT 1 << 20 | i, i %% 3, i %% 3 = 0, i %% 3 = 2, 1767261600000, "
    "1 << 3 | 1,"
    " 1 << 24, 4102444800000, 0, 'mailto:r' || i || '@m-0001.example', 'm-0001/' || i, 'en', i "
    "FROM n;"
    "INSERT INTO way SELECT id, id FROM notification;";

static void run(sqlite3 *db, const char *sql)
{
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) == SQLITE_OK)
        return;
    fprintf(stderr, "old-store: %s\n", why);
    exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    sqlite3 *db = NULL;
    if (argc != 3 || sqlite3_open(argv[1], &db) != SQLITE_OK) {
        fprintf(stderr, "usage: old-store FILE COUNT\n");
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < VERSION; i++)
        run(db, sqlite_schema_steps[i]);
    char *filled = NULL, *stamp = NULL;
    if (asprintf(&filled, rows, atoi(argv[2])) < 0 ||
        asprintf(&stamp, "PRAGMA application_id = %d; PRAGMA user_version = %d",
                 SQLITE_APPLICATION_ID, VERSION) < 0)
        return EXIT_FAILURE;
    run(db, filled);
    run(db, stamp);
    free(filled);
    free(stamp);
    sqlite3_close(db);
    return EXIT_SUCCESS;
}
