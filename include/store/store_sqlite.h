/*
 * store_sqlite - the embedded store: one SQLite file "liaisond.db" in the state folder.
 *
 * WAL, synchronous=FULL, STRICT tables, numbered schema steps.  SQLite 3.40.1 can lose committed
 * data when two connections write or checkpoint at once, so one connection does every write and
 * every checkpoint, an exclusive lock keeps other daemons out, and nothing outside opens the live
 * file.
 */
#pragma once
#include "store/store.h"

#define STORE_SQLITE_FILE "liaisond.db"

extern const struct store_ops store_sqlite;
