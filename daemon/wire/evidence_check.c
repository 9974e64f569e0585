#include <jansson.h>
#include <string.h>

#include "base/digest.h"
#include "base/signing.h"
#include "wire/delivery_record.h"
#include "wire/evidence.h"
#include "wire/evidence_inside.h"

struct check {
    const char *const *keys;
    void (*fault)(void *ctx, const struct journal_fault *f);
    void *ctx;
    struct evidence_found *found;
    json_t *bundle;
    GHashTable *texts;   /* digest -> the broadcast's id, of records whose hash is bound */
    GHashTable *plans;   /* plan likewise */
    GHashTable *sources; /* digest of a source likewise */
    int64_t last_seq;
};

static void report(struct check *c, int64_t seq, const char *code, const char *sentence)
{
    c->found->faults++;
    c->fault(c->ctx, &(struct journal_fault){ seq, code, sentence });
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static bool is_known_key(const struct check *c, const char *key)
{
    return key && g_strv_contains(c->keys, key);
}

/* --- the whole --- */

/* What was signed: the text before its signature, which must be the last member. */
static void check_whole(struct check *c, const char *text, size_t len)
{
    const char *key = text_of(c->bundle, "key"), *signature = text_of(c->bundle, "signature");
    g_autofree char *tail = g_strdup_printf(",\"signature\":\"%s\"}\n", signature ? signature : "");
    size_t n = strlen(tail);
    if (!is_known_key(c, key))
        report(c, 0, "unknown-key", "the file is not signed with a key that was given");
    else if (len < n || memcmp(text + len - n, tail, n) != 0 ||
             !signing_holds(key, text, len - n, signature))
        report(c, 0, "changed",
               "the file is not as it was signed: something was changed, added "
               "or left out");
}

/* --- the chain --- */

static void count(struct check *c, const struct record *r, bool is_own)
{
    struct evidence_found *f = c->found;
    f->records++;
    f->erased += *r->personal != '\0';
    if (!is_own)
        return;
    f->attempts += g_str_has_prefix(r->event, "notification.") && r->outcome;
    f->accepted += g_str_equal(r->event, "notification.accepted");
    f->approvals +=
        g_str_equal(r->event, "broadcast.approved") || g_str_equal(r->event, "broadcast.released");
    f->answers += g_str_has_prefix(r->event, "obligation.") && r->outcome;
}

static bool is_version(const struct check *c, const char *id)
{
    size_t i;
    const json_t *version;
    json_array_foreach(json_object_get(c->bundle, "versions"), i, version)
    {
        if (g_strcmp0(text_of(version, "broadcast"), id) == 0)
            return true;
    }
    return false;
}

/* What a record of the signed chain binds. */
static void bind(struct check *c, const struct record *r)
{
    bool is_own = g_strcmp0(r->broadcast, c->found->broadcast) == 0;
    if (!is_own && !r->signature && !is_version(c, r->broadcast))
        report(c, r->seq, "stranger", "the record is of another broadcast");
    if (r->digest)
        g_hash_table_replace(c->texts, g_strdup(r->digest), g_strdup(r->broadcast));
    const char *source = r->detail ? strstr(r->detail, EVIDENCE_SOURCE) : NULL;
    if (is_own && r->plan)
        g_hash_table_add(c->plans, g_strdup(r->plan));
    if (is_own && source)
        g_hash_table_add(c->sources, g_strdup(source + strlen(EVIDENCE_SOURCE)));
    count(c, r, is_own);
}

static struct record *read_record(const json_t *item)
{
    const char *why = NULL;
    char *line = json_dumps(item, JSON_COMPACT | JSON_ENSURE_ASCII);
    struct record *r = line ? delivery_record_parse(line, &why) : NULL;
    free(line);
    return r;
}

static bool is_signed(const struct check *c, const struct record *r)
{
    g_autofree char *text = delivery_record_signed_text(r);
    return r->signature && is_known_key(c, r->key) &&
           signing_holds(r->key, text, strlen(text), r->signature);
}

struct run {
    int64_t seq; /* of the item before; 0: none yet */
    char hash[RECORD_HASH_LEN + 1];
    bool is_signed;
    GPtrArray *records; /* struct record *: bound once a signature covers them */
};

/* NULL: it follows; else what is wrong. */
static const char *follow(const struct check *c, struct run *run, struct record *r)
{
    if (!r)
        return "there is no record where one has to be";
    if (!delivery_record_holds(r))
        return "the record is not as it was written: it was changed";
    if (run->seq > 0 && (r->seq != run->seq + 1 || strcmp(r->prev, run->hash) != 0))
        return "the record does not follow from the one before it: one was changed, moved or taken "
               "away";
    if (run->seq == 0 && r->seq <= c->last_seq)
        return "the record stands after later ones";
    run->seq = r->seq;
    g_strlcpy(run->hash, r->hash, sizeof run->hash);
    run->is_signed = is_signed(c, r);
    return NULL;
}

/* Another record's content, of which nothing is told: it only carries the chain on. */
static bool pass(struct run *run, const char *content)
{
    if (run->seq == 0 || strlen(content) != RECORD_HASH_LEN)
        return false;
    delivery_record_chain(run->hash, content, run->hash);
    run->seq++;
    run->is_signed = false;
    return true;
}

static bool read_item(struct check *c, struct run *run, const json_t *item)
{
    if (json_is_string(item)) {
        if (pass(run, json_string_value(item)))
            return true;
        report(c, run->seq + 1, "chain", "there is no content of a record where one has to be");
        return false;
    }
    struct record *r = read_record(item);
    const char *wrong = follow(c, run, r);
    if (wrong)
        report(c, r ? r->seq : run->seq + 1, "chain", wrong);
    if (r)
        g_ptr_array_add(run->records, r);
    return !wrong;
}

static void check_run(struct check *c, const json_t *items)
{
    struct run run = { .records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free) };
    size_t i;
    const json_t *item;
    bool good = true;
    json_array_foreach(items, i, item)
    {
        good = good && read_item(c, &run, item);
    }
    if (good && !run.is_signed)
        report(c, run.seq, "not-signed",
               "the run does not end in a record that a key which was "
               "given has signed");
    for (guint k = 0; good && run.is_signed && k < run.records->len; k++)
        bind(c, g_ptr_array_index(run.records, k));
    c->last_seq = MAX(c->last_seq, run.seq);
    g_ptr_array_unref(run.records);
}

/* --- the parts --- */

static bool binds(const struct check *c, const char *text, const char *id)
{
    g_autofree char *digest = text ? digest_sha256_hex(text, strlen(text)) : g_strdup("");
    return g_strcmp0(g_hash_table_lookup(c->texts, digest), id) == 0 && id;
}

static void check_source(struct check *c)
{
    const json_t *source = json_object_get(c->bundle, "source");
    const char *base64 = text_of(source, "base64");
    gsize len = 0;
    g_autofree guchar *bytes = base64 ? g_base64_decode(base64, &len) : NULL;
    g_autofree char *digest = bytes ? digest_sha256_hex(bytes, len) : g_strdup("");
    c->found->has_source = source != NULL;
    if (source && !g_hash_table_contains(c->sources, digest))
        report(c, 0, "source", "what came in is not what the journal says came in");
    if (!source && g_hash_table_size(c->sources) > 0)
        report(c, 0, "source", "what came in was left out");
}

static void check_plan(struct check *c)
{
    const char *plan = text_of(c->bundle, "plan");
    g_autofree char *digest = plan ? digest_sha256_hex(plan, strlen(plan)) : g_strdup("");
    c->found->has_plan = plan != NULL;
    if (plan && !g_hash_table_contains(c->plans, digest))
        report(c, 0, "plan", "audience and obligations are not what the journal says was decided");
    if (!plan && g_hash_table_size(c->plans) > 0)
        report(c, 0, "plan", "audience and obligations were left out");
    json_t *read = plan ? json_loads(plan, JSON_REJECT_DUPLICATES, NULL) : NULL;
    c->found->missions = (unsigned)json_array_size(json_object_get(read, "missions"));
    json_decref(read);
}

static void check_versions(struct check *c)
{
    size_t i;
    const json_t *version;
    json_array_foreach(json_object_get(c->bundle, "versions"), i, version)
    {
        c->found->versions++;
        if (!binds(c, text_of(version, "text"), text_of(version, "broadcast")))
            report(c, 0, "version",
                   "the text of another version is not what the journal says came");
    }
}

static void note_headline(struct check *c, const char *text)
{
    json_t *read = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    const json_t *first = json_array_get(json_object_get(read, "messages"), 0);
    c->found->headline = g_strdup(text_of(first, "headline"));
    json_decref(read);
}

static void check_bundle(struct check *c, const char *text, size_t len)
{
    size_t i;
    const json_t *items;
    c->found->broadcast = g_strdup(text_of(c->bundle, "broadcast"));
    c->found->made = g_strdup(text_of(c->bundle, "made"));
    check_whole(c, text, len);
    json_array_foreach(json_object_get(c->bundle, "chain"), i, items)
    {
        check_run(c, items);
    }
    const char *said = text_of(c->bundle, "text");
    if (!binds(c, said, c->found->broadcast))
        report(c, 0, "text", "the text is not what the journal says was accepted");
    note_headline(c, said);
    check_source(c);
    check_plan(c);
    check_versions(c);
}

void evidence_check(const char *text, size_t len, const char *const *keys,
                    void (*fault)(void *ctx, const struct journal_fault *f), void *ctx,
                    struct evidence_found *found)
{
    struct check c = { .keys = keys, .fault = fault, .ctx = ctx, .found = found };
    *found = (struct evidence_found){ 0 };
    c.texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    c.plans = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c.sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    c.bundle = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
    if (g_strcmp0(text_of(c.bundle, "format"), EVIDENCE_FORMAT) == 0)
        check_bundle(&c, text, len);
    else
        report(&c, 0, "not-evidence", "this is no evidence of a broadcast (" EVIDENCE_FORMAT ")");
    json_decref(c.bundle);
    g_hash_table_unref(c.texts);
    g_hash_table_unref(c.plans);
    g_hash_table_unref(c.sources);
}

void evidence_found_clear(struct evidence_found *f)
{
    g_free(f->broadcast);
    g_free(f->made);
    g_free(f->headline);
}
