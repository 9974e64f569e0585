#include "sqlite_schema.h"
#include "model/answer.h"
#include "model/ladder.h"
#include "model/notification.h"
#include "model/obligation.h"

/* The partial indexes below spell the states as numbers. */
G_STATIC_ASSERT(NOTIFICATION_QUEUED == 0 && NOTIFICATION_SENDING == 1 &&
                NOTIFICATION_DEFERRED == 2 && NOTIFICATION_ACCEPTED == 3 &&
                NOTIFICATION_REFUSED == 4);
G_STATIC_ASSERT(TOLD_NO == 0 && TOLD_MAYBE == 1 && TOLD_YES == 2 && PART_FULL == 0);
G_STATIC_ASSERT(BROADCAST_PENDING == 1 && BROADCAST_RELEASED == 2);
G_STATIC_ASSERT(PURPOSE_TELL == 0 && LADDER_NOTHING_YET == -1 && ANSWER_NONE == 4);

static const char roster_tables[] =
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE mission (ordinal INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, lat REAL, lon "
    "REAL,"
    " threat INTEGER NOT NULL, country TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
    " street TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL, zip TEXT NOT NULL,"
    " lat_text TEXT NOT NULL, lon_text TEXT NOT NULL, timezone TEXT NOT NULL,"
    " county_fips TEXT NOT NULL, office TEXT NOT NULL, origin TEXT NOT NULL) STRICT;"
    "CREATE TABLE representative (mission INTEGER NOT NULL, rank INTEGER NOT NULL,"
    " exercises INTEGER NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL, email TEXT NOT NULL,"
    " phone TEXT NOT NULL, webhook TEXT NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT NOT NULL,"
    " PRIMARY KEY (mission, rank)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE roster_history (no INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL,"
    " author TEXT NOT NULL, mission TEXT NOT NULL, change TEXT NOT NULL, detail TEXT NOT NULL) "
    "STRICT;"
    "CREATE INDEX roster_history_mission ON roster_history (mission);";

/* body comes last: lists that do not want it need not read past its pages. */
static const char broadcast_tables[] =
    "CREATE TABLE broadcast (no INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
    " identifier TEXT NOT NULL, sender TEXT NOT NULL, sent_ms INTEGER NOT NULL,"
    " status INTEGER NOT NULL, type INTEGER NOT NULL, urgency INTEGER NOT NULL,"
    " severity INTEGER NOT NULL, state INTEGER NOT NULL, received_ms INTEGER NOT NULL,"
    " deadline_ms INTEGER NOT NULL, missions INTEGER NOT NULL, representatives INTEGER NOT NULL,"
    " notifications INTEGER NOT NULL, digest TEXT NOT NULL, headline TEXT NOT NULL,"
    " author TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (identifier, sender, sent_ms)) STRICT;"
    "CREATE INDEX broadcast_deadline ON broadcast (deadline_ms) WHERE state = 2;"
    "CREATE TABLE affected (no INTEGER NOT NULL REFERENCES broadcast (no), ordinal INTEGER NOT "
    "NULL,"
    " threat INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
    " country TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL, timezone TEXT NOT NULL,"
    " because TEXT NOT NULL, office TEXT NOT NULL, office_because TEXT NOT NULL, duty TEXT NOT "
    "NULL,"
    " gaps TEXT NOT NULL, PRIMARY KEY (no, ordinal)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE obligation (id INTEGER PRIMARY KEY, kind INTEGER NOT NULL, state INTEGER NOT "
    "NULL,"
    " rank INTEGER NOT NULL, recipient TEXT NOT NULL, name TEXT NOT NULL, language TEXT NOT NULL,"
    " phone TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, missions TEXT NOT NULL) "
    "STRICT;";

/*
 * queue is lane << 3 | urgency: all that one claim looks at.  ready says which of the two lists of
 * a queue a notification is on: 1 to be claimed now (queued, or deferred and found due), 0 not.  A
 * notification is on at most one of the three partial indexes, so its whole life costs three
 * entries. obligations ("1 4 9") is what way says in the other direction, at no cost to a claim.
 */
static const char queue_tables[] =
    "CREATE TABLE lane (no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE notification (id INTEGER PRIMARY KEY, state INTEGER NOT NULL, ready INTEGER NOT "
    "NULL,"
    " attempt INTEGER NOT NULL, due_ms INTEGER NOT NULL, queue INTEGER NOT NULL,"
    " priority INTEGER NOT NULL, deadline_ms INTEGER NOT NULL, channel INTEGER NOT NULL,"
    " endpoint TEXT NOT NULL, recipient TEXT NOT NULL, language TEXT NOT NULL,"
    " obligations TEXT NOT NULL) STRICT;"
    "CREATE INDEX notification_ready ON notification (queue, priority, id) WHERE ready = 1;"
    "CREATE INDEX notification_waiting ON notification (queue, due_ms) WHERE state = 2 AND ready = "
    "0;"
    "CREATE INDEX notification_sending ON notification (state) WHERE state = 1;"
    "CREATE INDEX notification_notice ON notification (endpoint, id)"
    " WHERE instr(recipient, ':') > 0;"
    "CREATE TABLE way (obligation INTEGER NOT NULL, notification INTEGER NOT NULL,"
    " PRIMARY KEY (obligation, notification)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE gone (endpoint TEXT PRIMARY KEY, time_ms INTEGER NOT NULL) STRICT, WITHOUT "
    "ROWID;";

static const char journal_tables[] =
    "CREATE TABLE journal (seq INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, attempt INTEGER NOT "
    "NULL,"
    " due_ms INTEGER NOT NULL, duration_ms INTEGER NOT NULL, event TEXT NOT NULL, status TEXT,"
    " broadcast TEXT, recipient TEXT, channel TEXT, endpoint TEXT, outcome TEXT, reply TEXT, node "
    "TEXT,"
    " prev TEXT NOT NULL, hash TEXT NOT NULL, missions TEXT) STRICT;"
    "CREATE INDEX journal_broadcast ON journal (broadcast, seq) WHERE broadcast IS NOT NULL;"
    "CREATE TABLE token (id TEXT PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,"
    " roles INTEGER NOT NULL, created_ms INTEGER NOT NULL, last_used_ms INTEGER NOT NULL,"
    " revoked_ms INTEGER NOT NULL, created_by TEXT NOT NULL) STRICT;"
    "CREATE TABLE idempotency (principal TEXT NOT NULL, key TEXT NOT NULL, request_digest TEXT NOT "
    "NULL,"
    " status INTEGER NOT NULL, response TEXT NOT NULL, time_ms INTEGER NOT NULL,"
    " PRIMARY KEY (principal, key)) STRICT;"
    "CREATE INDEX idempotency_time ON idempotency (time_ms);";

/*
 * Until here every broadcast was an alert in JSON that was released as it came, and nobody kept
 * what an endpoint had been told: any attempt but a refused one may have arrived.
 * Priorities had no bit 23 yet, which all but corrections carry.
 */
static const char life_tables[] =
    "ALTER TABLE broadcast ADD COLUMN hold TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE broadcast ADD COLUMN seen TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE broadcast ADD COLUMN approve_by_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE broadcast ADD COLUMN reminded INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE broadcast ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE broadcast ADD COLUMN released_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE broadcast ADD COLUMN source_type TEXT NOT NULL DEFAULT 'application/json';"
    "UPDATE broadcast SET released_ms = received_ms;"
    "CREATE INDEX broadcast_pending ON broadcast (" SQLITE_PENDING_DUE ")"
    " WHERE state = 1 AND approve_by_ms > 0;"
    "CREATE TABLE source (no INTEGER PRIMARY KEY REFERENCES broadcast (no), bytes BLOB NOT NULL) "
    "STRICT;"
    "CREATE TABLE reference (no INTEGER NOT NULL REFERENCES broadcast (no), ordinal INTEGER NOT "
    "NULL,"
    " sent_ms INTEGER NOT NULL, offset_min INTEGER NOT NULL, identifier TEXT NOT NULL,"
    " sender TEXT NOT NULL, PRIMARY KEY (no, ordinal)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX reference_triple ON reference (identifier, sender, sent_ms);"
    "ALTER TABLE obligation ADD COLUMN part INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE notification ADD COLUMN told INTEGER NOT NULL DEFAULT 0;"
    "UPDATE notification SET told = CASE WHEN state = 3 THEN 2"
    " WHEN state = 1 OR attempt > 1 OR (attempt = 1 AND state <> 4) THEN 1 ELSE 0 END"
    " WHERE state IN (1, 3) OR attempt > 0;"
    "UPDATE notification SET priority = priority | 0x800000 WHERE state IN (0, 1, 2);";

/*
 * Until here nobody was asked to acknowledge.  A link is found by the broadcast and the token's
 * digest: what a broadcast adds to that index lies together, and a search that goes through the
 * broadcasts with links costs one probe each.  waits says that an obligation asks and is not
 * closed: a column of its own, so that a settlement, which closes nothing of that kind, touches no
 * index.
 */
static const char answer_tables[] =
    "ALTER TABLE broadcast ADD COLUMN link_key TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX broadcast_linked ON broadcast (deadline_ms) WHERE link_key <> '';"
    "ALTER TABLE obligation ADD COLUMN asks INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE obligation ADD COLUMN waits INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE obligation ADD COLUMN begun_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE obligation ADD COLUMN behind_s INTEGER NOT NULL DEFAULT -1;"
    "ALTER TABLE obligation ADD COLUMN ladder_due_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE obligation ADD COLUMN ended_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE obligation ADD COLUMN answer INTEGER NOT NULL DEFAULT 4;"
    "ALTER TABLE obligation ADD COLUMN taken_by TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX obligation_ladder ON obligation (ladder_due_ms) WHERE ladder_due_ms > 0;"
    "CREATE INDEX obligation_waits ON obligation (id) WHERE waits = 1;"
    "ALTER TABLE notification ADD COLUMN purpose INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE notification ADD COLUMN link BLOB;"
    "CREATE INDEX notification_link ON notification (id >> 20, link) WHERE link IS NOT NULL;"
    "CREATE TABLE acknowledgement (id INTEGER PRIMARY KEY,"
    " no INTEGER NOT NULL REFERENCES broadcast (no), obligation INTEGER NOT NULL,"
    " notification INTEGER NOT NULL, time_ms INTEGER NOT NULL, answer INTEGER NOT NULL,"
    " method INTEGER NOT NULL, note TEXT NOT NULL, peer TEXT NOT NULL) STRICT;"
    "CREATE INDEX acknowledgement_broadcast ON acknowledgement (no, obligation);"
    "CREATE TABLE custody (no INTEGER NOT NULL REFERENCES broadcast (no), office TEXT NOT NULL,"
    " kind TEXT NOT NULL, owner TEXT NOT NULL, since_ms INTEGER NOT NULL, next_ms INTEGER NOT "
    "NULL,"
    " PRIMARY KEY (no, office, kind)) STRICT, WITHOUT ROWID;"
    "CREATE INDEX custody_next ON custody (next_ms) WHERE next_ms > 0;"
    "CREATE TABLE proof (endpoint TEXT PRIMARY KEY, time_ms INTEGER NOT NULL, how TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/* due_ms of what owes nothing is the largest number there is, which the index leaves out. */
static const char matter_tables[] =
    "CREATE TABLE matter (no INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL,"
    " state INTEGER NOT NULL, urgency INTEGER NOT NULL, opened_ms INTEGER NOT NULL,"
    " changed_ms INTEGER NOT NULL, from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL,"
    " behind_ms INTEGER NOT NULL, due_ms INTEGER NOT NULL, mission TEXT NOT NULL,"
    " owner TEXT NOT NULL, partner TEXT NOT NULL, opened_by TEXT NOT NULL, about TEXT NOT NULL,"
    " body TEXT NOT NULL) STRICT;"
    "CREATE INDEX matter_due ON matter (due_ms, no) WHERE due_ms < 9223372036854775807;"
    "CREATE INDEX matter_mission ON matter (mission, no);"
    "CREATE TABLE matter_event (no INTEGER PRIMARY KEY, matter INTEGER NOT NULL REFERENCES matter"
    " (no), time_ms INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL, note TEXT NOT NULL)"
    " STRICT;"
    "CREATE INDEX matter_event_matter ON matter_event (matter, no);"
    "CREATE TABLE matter_notice (broadcast INTEGER PRIMARY KEY REFERENCES broadcast (no),"
    " matter INTEGER NOT NULL REFERENCES matter (no), purpose TEXT NOT NULL) STRICT;"
    "CREATE TABLE threat (no INTEGER PRIMARY KEY, mission TEXT NOT NULL, level INTEGER NOT NULL,"
    " time_ms INTEGER NOT NULL, review_ms INTEGER NOT NULL, author TEXT NOT NULL,"
    " reason TEXT NOT NULL) STRICT;"
    "CREATE INDEX threat_mission ON threat (mission, no);"
    "CREATE TABLE campaign (no INTEGER PRIMARY KEY REFERENCES broadcast (no),"
    " started_ms INTEGER NOT NULL, ends_ms INTEGER NOT NULL, author TEXT NOT NULL,"
    " audience TEXT NOT NULL) STRICT;"
    "ALTER TABLE token ADD COLUMN mission TEXT NOT NULL DEFAULT '';";

/* A record of before has no commitment to what is personal in it (model/record). */
static const char proof_columns[] =
    "ALTER TABLE journal ADD COLUMN digest TEXT;"
    "ALTER TABLE journal ADD COLUMN plan TEXT;"
    "ALTER TABLE journal ADD COLUMN detail TEXT;"
    "ALTER TABLE journal ADD COLUMN key TEXT;"
    "ALTER TABLE journal ADD COLUMN signature TEXT;"
    "ALTER TABLE journal ADD COLUMN salt TEXT;"
    "ALTER TABLE journal ADD COLUMN personal TEXT;"
    "CREATE INDEX journal_signed ON journal (seq) WHERE signature IS NOT NULL;";

/* Keys that a command has made, sealed (flow/strongbox); sealed "" stands for one in a file. */
static const char key_tables[] =
    "CREATE TABLE master_key (id TEXT PRIMARY KEY, sealed TEXT NOT NULL, created_ms INTEGER NOT "
    "NULL,"
    " retire_ms INTEGER NOT NULL, revoked INTEGER NOT NULL, created_by TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/* A lane by its name: one that is down may have had nothing stored yet. */
static const char outage_tables[] =
    "CREATE TABLE outage (lane TEXT PRIMARY KEY, since_ms INTEGER NOT NULL, reply TEXT NOT NULL)"
    " STRICT, WITHOUT ROWID;";

/* erased_ms: when what is personal of it was; 0: it is there. */
static const char erasure_columns[] =
    "ALTER TABLE broadcast ADD COLUMN erased_ms INTEGER NOT NULL DEFAULT 0;";

/* What is personal in the journal and belongs to no broadcast: few rows of many. */
static const char loose_index[] =
    "CREATE INDEX journal_loose ON journal (seq) WHERE broadcast IS NULL AND salt IS NOT NULL"
    " AND coalesce(recipient, endpoint, reply) IS NOT NULL;";

/* Until here nobody kept when what a crash cut off was on its way: it may have come last. */
static const char unrecorded_columns[] =
    "ALTER TABLE notification ADD COLUMN unrecorded_seq INTEGER NOT NULL DEFAULT 0;"
    "UPDATE notification SET unrecorded_seq = (SELECT coalesce(max(seq), 0) FROM journal)"
    " WHERE told = 1;";

/* own 0: nobody can tell yet whether it is the sender's to correct; 2: it was so, and is his. */
static const char foreign_references[] =
    "ALTER TABLE reference ADD COLUMN own INTEGER NOT NULL DEFAULT 1;";

/* Until here each mission of a plan had a row of its own; sqlite_mission.c has the new form. */
static const char affected_lists[] =
    "CREATE TABLE affected_list (id INTEGER PRIMARY KEY, count INTEGER NOT NULL,"
    " missions BLOB NOT NULL) STRICT;"
    "INSERT INTO affected_list SELECT no << 20 | min(ordinal), count(*), CAST(group_concat(threat"
    " || id || char(0) || name || char(0) || kind || char(0) || country || char(0) || city"
    " || char(0) || state || char(0) || timezone || char(0) || because || char(0) || office"
    " || char(0) || office_because || char(0) || duty || char(0) || gaps || char(0), '') AS BLOB)"
    " FROM (SELECT * FROM affected ORDER BY no, ordinal) GROUP BY no;"
    "DROP TABLE affected;";

const char *const sqlite_schema_steps[] = {
    roster_tables,   broadcast_tables, queue_tables,       journal_tables,     life_tables,
    answer_tables,   matter_tables,    proof_columns,      key_tables,         outage_tables,
    erasure_columns, loose_index,      unrecorded_columns, foreign_references, affected_lists,
};
const size_t sqlite_schema_count = G_N_ELEMENTS(sqlite_schema_steps);
