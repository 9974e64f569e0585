#include "io/config.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/config_directory.h"
#include "io/config_keys.h"
#include "io/config_ladder.h"
#include "io/config_reader.h"
#include "io/config_value.h"

#define MAX_SOCKET_PATH 107 /* sun_path without its NUL, unix(7) */

struct loader {
    struct config *c;
    struct faults *f;
    char *folder;       /* of the file; relative paths count from it; owned */
    GHashTable *places; /* key -> "file:line: key" of those the file sets; owned */
    GHashTable *bad;    /* keys (of the table) that have a fault of their own; owned */
};

static struct config *config_new(const char *file)
{
    struct config *c = g_new0(struct config, 1);
    c->refs = 1;
    c->file = g_canonicalize_filename(file, NULL);
    for (const struct config_key *k = config_keys; k->name; k++)
        config_value_default(k, c);
    return c;
}

struct config *config_ref(struct config *c)
{
    g_atomic_int_inc(&c->refs);
    return c;
}

void config_unref(struct config *c)
{
    if (!c || !g_atomic_int_dec_and_test(&c->refs))
        return;
    for (const struct config_key *k = config_keys; k->name; k++)
        config_value_clear(k, c);
    if (c->directory)
        directory_unref(c->directory);
    if (c->ladder)
        g_array_unref(c->ladder);
    g_free(c->file);
    g_free(c->release.rules);
    g_free(c);
}

/* What may stand at the level of prefix ("" or "smtp."): its keys and, at the top, the groups. */
static GPtrArray *names_below(const char *prefix)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const struct config_key *k = config_keys; k->name; k++) {
        if (!g_str_has_prefix(k->name, prefix))
            continue;
        const char *rest = k->name + strlen(prefix);
        const char *dot = strchr(rest, '.');
        g_ptr_array_add(names, dot ? g_strndup(rest, (gsize)(dot - rest)) : g_strdup(rest));
    }
    g_ptr_array_add(names, NULL);
    return names;
}

static bool is_group_name(const char *path)
{
    g_autofree char *prefix = g_strconcat(path, ".", NULL);
    for (const struct config_key *k = config_keys; k->name; k++)
        if (g_str_has_prefix(k->name, prefix))
            return true;
    return false;
}

/* A key of that name in another group: somebody wrote it at the wrong level. */
static const char *elsewhere(const char *name)
{
    for (const struct config_key *k = config_keys; k->name; k++) {
        const char *dot = strrchr(k->name, '.');
        if (g_str_equal(dot ? dot + 1 : k->name, name))
            return k->name;
    }
    return NULL;
}

static void read_group(struct loader *l, const config_setting_t *group, const char *prefix)
{
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
        g_autofree char *path = g_strconcat(prefix, config_setting_name(s), NULL);
        const struct config_key *k = config_keys_find(path);
        if (k) {
            g_hash_table_insert(l->places, g_strdup(path), config_reader_place(s));
            guint before = l->f->errors->len;
            config_value_read(k, s, l->folder, l->c, l->f);
            if (l->f->errors->len > before)
                g_hash_table_add(l->bad, (gpointer)k->name);
        } else if (!is_group_name(path)) {
            g_autoptr(GPtrArray) names = names_below(prefix);
            config_reader_unknown(s, (const char *const *)names->pdata,
                                  elsewhere(config_setting_name(s)), l->f);
        } else if (config_setting_is_group(s) == CONFIG_TRUE) {
            g_autofree char *below = g_strconcat(path, ".", NULL);
            read_group(l, s, below);
        } else {
            g_autofree char *place = config_reader_place(s);
            faults_add(l->f, place, "wrong-type", "is a group: write %s: { … };", path);
        }
    }
}

/* Where to complain of a key: its line, or the file where the default is meant. */
static char *place_of(const struct loader *l, const char *key)
{
    const char *place = g_hash_table_lookup(l->places, key);
    return place ? g_strdup(place) : g_strdup_printf("%s: %s", l->c->file, key);
}

/* If wrong: a fault of key together with other, unless one of them has a fault already. */
static void conflict(const struct loader *l, bool wrong, const char *key, const char *other,
                     const char *says)
{
    if (!wrong || g_hash_table_contains(l->bad, key) || g_hash_table_contains(l->bad, other))
        return;
    g_autofree char *place = place_of(l, key);
    faults_add(l->f, place, "conflict", "%s", says);
}

static void advise(const struct loader *l, bool doubtful, const char *key, const char *code,
                   const char *says)
{
    if (!doubtful || g_hash_table_contains(l->bad, key))
        return;
    g_autofree char *place = place_of(l, key);
    faults_warn(l->f, place, code, "%s", says);
}

static bool is_loopback(const char *host)
{
    return g_str_has_prefix(host, "127.") || g_str_has_prefix(host, "[::1]") ||
           g_str_equal(host, "::1") || g_str_equal(host, "localhost");
}

static void check_tls(const struct loader *l)
{
    const struct config *c = l->c;
    conflict(l, *c->api.tls_certificate_file && !*c->api.tls_key_file, "api.tls_certificate_file",
             "api.tls_key_file", "needs api.tls_key_file beside it");
    conflict(l, !*c->api.tls_certificate_file && *c->api.tls_key_file, "api.tls_key_file",
             "api.tls_certificate_file", "needs api.tls_certificate_file beside it");
    conflict(l, *c->api.tls_client_ca_file && !*c->api.tls_certificate_file,
             "api.tls_client_ca_file", "api.tls_certificate_file",
             "needs api.tls_certificate_file beside it: without TLS nobody shows a certificate");
    conflict(l, *c->acknowledge.tls_certificate_file && !*c->acknowledge.tls_key_file,
             "acknowledge.tls_certificate_file", "acknowledge.tls_key_file",
             "needs acknowledge.tls_key_file beside it");
    conflict(l, !*c->acknowledge.tls_certificate_file && *c->acknowledge.tls_key_file,
             "acknowledge.tls_key_file", "acknowledge.tls_certificate_file",
             "needs acknowledge.tls_certificate_file beside it");
    conflict(
        l,
        *c->api.address && !is_loopback(c->api.address) && !*c->api.tls_certificate_file &&
            !c->api.allow_http,
        "api.address", "api.tls_certificate_file",
        "is reachable from other hosts, where tokens would pass in the clear: give "
        "api.tls_certificate_file, or put a TLS proxy before it and say api.allow_http = true");
}

static void check_together(const struct loader *l)
{
    const struct config *c = l->c;
    conflict(l, !*c->api.socket && !*c->api.address, "api.socket", "api.address",
             "neither api.socket nor api.address is given: nobody could send");
    conflict(l, strlen(c->api.socket) > MAX_SOCKET_PATH, "api.socket", "api.socket",
             "is longer than 107 bytes, which is all a UNIX socket's path may have");
    conflict(l, *c->smtp.user && !*c->smtp.password_file, "smtp.user", "smtp.password_file",
             "needs smtp.password_file beside it");
    conflict(l, !*c->smtp.user && *c->smtp.password_file, "smtp.password_file", "smtp.user",
             "needs smtp.user beside it");
    conflict(l, *c->smtp.user && c->smtp.starttls != TLS_REQUIRED && !is_loopback(c->smtp.host),
             "smtp.starttls", "smtp.user",
             "must be \"required\" beside smtp.user: else the password could be sent in the clear");
    conflict(l, !g_ascii_strcasecmp(c->mail.exercise_address, c->mail.from_address),
             "mail.exercise_address", "mail.from_address",
             "is mail.from_address: exercises need an address of their own");
    conflict(l, *c->mail.sign_certificate_file && !*c->mail.sign_key_file,
             "mail.sign_certificate_file", "mail.sign_key_file",
             "needs mail.sign_key_file beside it");
    conflict(l, !*c->mail.sign_certificate_file && *c->mail.sign_key_file, "mail.sign_key_file",
             "mail.sign_certificate_file", "needs mail.sign_certificate_file beside it");
    conflict(l, c->smtp.reply_timeout_s > c->smtp.message_timeout_s, "smtp.reply_timeout_s",
             "smtp.message_timeout_s", "is longer than smtp.message_timeout_s");
    conflict(l, c->webhook.connect_timeout_s > c->webhook.timeout_s, "webhook.connect_timeout_s",
             "webhook.timeout_s", "is longer than webhook.timeout_s");
    conflict(l, c->webhook.concurrency > c->webhook.concurrency_total, "webhook.concurrency",
             "webhook.concurrency_total", "is more than webhook.concurrency_total");
    conflict(l, c->webhook.per_host > c->webhook.concurrency, "webhook.per_host",
             "webhook.concurrency", "is more than webhook.concurrency");
    conflict(l, *c->acknowledge.base_url && !*c->acknowledge.address, "acknowledge.base_url",
             "acknowledge.address",
             "needs acknowledge.address beside it: its links would lead nowhere");
    conflict(l, !*c->acknowledge.base_url && *c->acknowledge.address, "acknowledge.address",
             "acknowledge.base_url",
             "needs acknowledge.base_url beside it: no link would lead here");
    conflict(l, *c->api.address && g_str_equal(c->api.address, c->acknowledge.address),
             "acknowledge.address", "api.address",
             "is that of api.address: the pages need one of their own");
}

static bool grants_certificate(const struct config *c)
{
    for (guint i = 0; i < c->api.grants->len; i++)
        if (*((const struct config_grant *)g_ptr_array_index(c->api.grants, i))->certificate)
            return true;
    return false;
}

static void check_advice(const struct loader *l)
{
    const struct config *c = l->c;
    const char *domain = strchr(c->mail.from_address, '@');
    advise(l, !domain || !strchr(domain, '.'), "mail.from_address", "local-sender",
           "is no address that other hosts accept mail from; give the sender's own");
    advise(l, grants_certificate(c) && !*c->api.tls_client_ca_file, "api.grants", "no-client-ca",
           "has certificates, which nobody is asked for without api.tls_client_ca_file");
    advise(l,
           *c->acknowledge.address && !is_loopback(c->acknowledge.address) &&
               !*c->acknowledge.tls_certificate_file && c->acknowledge.forwarded_from->len == 0,
           "acknowledge.address", "clear-text",
           "is reachable from other hosts and not encrypted: give "
           "acknowledge.tls_certificate_file, or name the TLS proxy before it in "
           "acknowledge.forwarded_from");
    advise(l, *c->acknowledge.base_url && !*c->webhook.signing_keys_file, "acknowledge.base_url",
           "no-key",
           "links are made with the keys of webhook.signing_keys_file, which is not given: nobody "
           "is asked to acknowledge");
    advise(l, g_str_has_prefix(c->acknowledge.base_url, "http:"), "acknowledge.base_url",
           "clear-text", "is not encrypted: whoever sees a link pass can open it");
}

/* Defaults that are made of other values. */
static void derive(struct config *c)
{
    if (!*c->node) {
        g_free(c->node);
        c->node = g_strdup(g_get_host_name());
    }
    if (!*c->smtp.hello) {
        g_free(c->smtp.hello);
        c->smtp.hello = g_strdup(c->node);
    }
    if (!*c->mail.domain) {
        const char *at = strchr(c->mail.from_address, '@');
        g_free(c->mail.domain);
        c->mail.domain = g_strdup(at ? at + 1 : c->node);
    }
    size_t len = strlen(c->acknowledge.base_url);
    while (len > 0 && c->acknowledge.base_url[len - 1] == '/')
        c->acknowledge.base_url[--len] = '\0';
    for (int u = URGENCY_IMMEDIATE; u <= URGENCY_UNKNOWN; u++)
        c->dispatch.policy[u].jitter_pct = (uint32_t)c->dispatch.jitter_pct;
    c->release.rules = g_new0(struct release_rule, MAX(c->release.second_person->len, 1));
    for (guint i = 0; i < c->release.second_person->len; i++) {
        const char *why; /* one that cannot be read was complained of already */
        if (release_rule_parse(&c->release.rules[c->release.n_rules],
                               g_ptr_array_index(c->release.second_person, i), &why))
            c->release.n_rules++;
    }
}

static void read_all(struct loader *l, const config_setting_t *root)
{
    read_group(l, root, "");
    derive(l->c);
    check_together(l);
    check_tls(l);
    check_advice(l);
    l->c->directory = config_directory_load(l->c->offices_file, l->c->desks_file,
                                            l->c->partners_file, l->c->calendars_file, l->f);
    l->c->ladder = config_ladder_load(l->c->ladder_file, l->f);
}

struct config *config_load(const char *file, struct faults *f)
{
    guint before = f->errors->len;
    struct loader l = { .c = config_new(file), .f = f };
    l.folder = g_path_get_dirname(l.c->file);
    l.places = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    l.bad = g_hash_table_new(g_str_hash, g_str_equal);
    config_t tree;
    if (config_reader_open(&tree, file, f))
        read_all(&l, config_root_setting(&tree));
    config_destroy(&tree);
    g_hash_table_unref(l.places);
    g_hash_table_unref(l.bad);
    g_free(l.folder);
    if (f->errors->len == before)
        return l.c;
    config_unref(l.c);
    return NULL;
}

static char *differing(const struct config *before, const struct config *after, bool reload)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (const struct config_key *k = config_keys; k->name; k++)
        if (k->reload == reload && !config_value_equal(k, before, after))
            g_ptr_array_add(names, (gpointer)k->name);
    if (names->len == 0)
        return NULL;
    g_ptr_array_add(names, NULL);
    return g_strjoinv(", ", (char **)names->pdata);
}

char *config_needs_restart(const struct config *before, const struct config *after)
{
    return differing(before, after, false);
}

char *config_changes(const struct config *before, const struct config *after)
{
    return differing(before, after, true);
}

/* A default that was made of the node's name is made of the one that stays. */
static void follow_node(char **value, const char *before, const char *node)
{
    if (!g_str_equal(*value, before))
        return;
    g_free(*value);
    *value = g_strdup(node);
}

void config_keep_running(struct config *next, const struct config *running)
{
    g_autofree char *node = g_strdup(next->node);
    for (const struct config_key *k = config_keys; k->name; k++)
        if (!k->reload)
            config_value_copy(k, running, next);
    follow_node(&next->smtp.hello, node, next->node);
    follow_node(&next->mail.domain, node, next->node);
}

static char *fail(struct faults *f, const char *key, const char *path, const char *why)
{
    faults_add(f, path, "unreadable", "%s: read %s: %s", key, path, why);
    return NULL;
}

/* At most max bytes and one more, so that the caller sees what is too long; -1 on error. */
static ssize_t read_bounded(int fd, char *buffer, size_t max)
{
    size_t got = 0;
    while (got <= max) {
        ssize_t n = read(fd, buffer + got, max + 1 - got);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        got += (size_t)n;
    }
    return (ssize_t)got;
}

char *config_read_secret(const char *key, const char *path, size_t max, struct faults *f)
{
    if (g_str_has_prefix(path, "credential:"))
        return fail(f, key, path,
                    "CREDENTIALS_DIRECTORY is not set; it is only for a service "
                    "that has LoadCredential=");
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return fail(f, key, path, g_strerror(errno));
    struct stat st;
    g_autofree char *buffer = g_malloc0(max + 2);
    ssize_t len = -1;
    const char *why = NULL;
    if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
        why = "not a plain file";
    else if ((len = read_bounded(fd, buffer, max)) < 0)
        why = g_strerror(errno);
    else if ((size_t)len > max)
        why = "is too long for a secret";
    else if (memchr(buffer, '\0', (size_t)len))
        why = "holds a NUL byte";
    close(fd);
    if (why)
        return fail(f, key, path, why);
    if (len > 0 && buffer[len - 1] == '\n')
        buffer[--len] = '\0';
    if (len > 0 && buffer[len - 1] == '\r')
        buffer[--len] = '\0';
    return g_steal_pointer(&buffer);
}

bool config_secret_is_open(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && (st.st_mode & S_IROTH);
}
