#include "io/config_value.h"
#include <string.h>

#include "base/text.h"
#include "io/config_reader.h"

#define CREDENTIAL "credential:"
#define MAX_NAME 256 /* bytes of a user, a group or a role */

const char *const config_role_names[] = { "viewer", "publisher", "approver", "operator", NULL };

static void *member(const struct config_key *k, const struct config *c)
{
    return (char *)c + k->offset;
}

static void grant_free(gpointer p)
{
    struct config_grant *g = p;
    g_free(g->user);
    g_free(g->group);
    g_free(g->certificate);
    g_free(g);
}

static int choice_index(const struct config_key *k, const char *text)
{
    for (int i = 0; k->choices[i]; i++)
        if (g_str_equal(k->choices[i], text))
            return i;
    return -1;
}

char *config_value_path(const char *text, const char *folder)
{
    if (!*text)
        return g_strdup("");
    if (!g_str_has_prefix(text, CREDENTIAL))
        return g_canonicalize_filename(text, folder);
    const char *credentials = g_getenv("CREDENTIALS_DIRECTORY");
    if (!credentials || !*credentials)
        return g_strdup(text);
    return g_build_filename(credentials, text + strlen(CREDENTIAL), NULL);
}

static void set_string(char **at, char *text)
{
    g_free(*at);
    *at = text;
}

void config_value_default(const struct config_key *k, struct config *c)
{
    void *at = member(k, c);
    const char *why = NULL;
    switch (k->type) {
    case CONFIG_STRING:
        set_string(at, g_strdup(k->fallback));
        break;
    case CONFIG_PATH: {
        g_autofree char *folder = g_path_get_dirname(c->file);
        set_string(at, config_value_path(k->fallback, folder));
        break;
    }
    case CONFIG_INT:
        *(int *)at = (int)g_ascii_strtoll(k->fallback, NULL, 10);
        break;
    case CONFIG_INT64:
        *(int64_t *)at = g_ascii_strtoll(k->fallback, NULL, 10);
        break;
    case CONFIG_BOOL:
        *(bool *)at = g_str_equal(k->fallback, "true");
        break;
    case CONFIG_CHOICE:
        *(int *)at = choice_index(k, k->fallback);
        break;
    case CONFIG_STRINGS:
        *(GPtrArray **)at = g_ptr_array_new_with_free_func(g_free);
        break;
    case CONFIG_GRANTS:
        *(GPtrArray **)at = g_ptr_array_new_with_free_func(grant_free);
        break;
    case CONFIG_SCHEDULE:
        if (!retry_policy_parse(at, k->fallback, &why))
            g_error("default of %s: %s", k->name, why);
        break;
    }
}

static void bad_value(const config_setting_t *s, const char *text, const char *wrong,
                      struct faults *f)
{
    g_autofree char *place = config_reader_place(s);
    faults_add(f, place, "bad-value", "\"%s\": %s", text, wrong);
}

/* The text of s if it is good for k: length, choices and check. */
static const char *read_text(const struct config_key *k, const config_setting_t *s, size_t min,
                             size_t max, struct faults *f)
{
    const char *text = config_reader_text(s, max, f);
    if (!text)
        return NULL;
    const char *wrong = NULL;
    if (strlen(text) < min)
        wrong = "must not be empty";
    else if (*text && k->check)
        wrong = k->check(text);
    if (wrong) {
        bad_value(s, text, wrong, f);
        return NULL;
    }
    if (k->choices && choice_index(k, text) < 0) {
        config_reader_not_one_of(s, text, k->choices, f);
        return NULL;
    }
    return text;
}

static void read_path(const struct config_key *k, const config_setting_t *s, const char *folder,
                      char **at, struct faults *f)
{
    const char *text = read_text(k, s, (size_t)k->min, (size_t)k->max, f);
    if (!text)
        return;
    if (g_str_has_prefix(text, CREDENTIAL)) {
        const char *name = text + strlen(CREDENTIAL);
        if (!g_str_has_suffix(k->name, "_file") || !*name || *name == '.' || strchr(name, '/')) {
            bad_value(s, text, "give credential:NAME, with the name of a credential of the service",
                      f);
            return;
        }
        if (!g_getenv("CREDENTIALS_DIRECTORY")) {
            g_autofree char *place = config_reader_place(s);
            faults_warn(
                f, place, "no-credentials",
                "\"%s\" cannot be looked up here: CREDENTIALS_DIRECTORY is set only for a service",
                text);
        }
    }
    set_string(at, config_value_path(text, folder));
}

static bool has_room(const struct config_key *k, const config_setting_t *s, struct faults *f)
{
    int n = config_setting_length(s);
    if (n <= k->max)
        return true;
    g_autofree char *place = config_reader_place(s);
    faults_add(f, place, "too-long", "has %d elements, at most %d are possible", n, (int)k->max);
    return false;
}

static void read_strings(const struct config_key *k, const config_setting_t *s, GPtrArray *into,
                         struct faults *f)
{
    if (!config_reader_list(s, f) || !has_room(k, s, f))
        return;
    for (int i = 0; i < config_setting_length(s); i++) {
        const char *text = read_text(k, config_setting_get_elem(s, (unsigned)i), 1, MAX_NAME, f);
        if (text)
            g_ptr_array_add(into, g_strdup(text));
    }
}

static unsigned read_roles(const config_setting_t *group, struct faults *f)
{
    const config_setting_t *s = config_setting_get_member(group, "roles");
    unsigned roles = 0;
    if (!s || !config_reader_list(s, f))
        return 0;
    for (int i = 0; i < config_setting_length(s); i++) {
        const config_setting_t *element = config_setting_get_elem(s, (unsigned)i);
        const char *text = config_reader_text(element, MAX_NAME, f);
        int role = text ? broadcast_name_index(config_role_names, text) : -1;
        if (role >= 0)
            roles |= 1u << role;
        else if (text)
            config_reader_not_one_of(element, text, config_role_names, f);
    }
    if (config_setting_length(s) == 0) {
        g_autofree char *place = config_reader_place(s);
        faults_add(f, place, "empty", "names no role");
    }
    return roles;
}

static void read_grants(const struct config_key *k, const config_setting_t *s, GPtrArray *into,
                        struct faults *f)
{
    static const struct config_field fields[] = {
        { .name = "user",
          .type = CONFIG_FIELD_TEXT,
          .offset = offsetof(struct config_grant, user) },
        { .name = "group",
          .type = CONFIG_FIELD_TEXT,
          .offset = offsetof(struct config_grant, group) },
        { .name = "certificate",
          .type = CONFIG_FIELD_TEXT,
          .offset = offsetof(struct config_grant, certificate) },
        { .name = "roles", .type = CONFIG_FIELD_OTHER, .required = true },
        { .name = NULL },
    };
    if (!config_reader_list(s, f) || !has_room(k, s, f))
        return;
    for (int i = 0; i < config_setting_length(s); i++) {
        const config_setting_t *element = config_reader_group_at(s, i, f);
        if (!element)
            continue;
        struct config_grant *g = g_new0(struct config_grant, 1);
        config_reader_fields(element, fields, g, f);
        g->roles = read_roles(element, f);
        if (!!*g->user + !!*g->group + !!*g->certificate != 1) {
            g_autofree char *place = config_reader_place(element);
            faults_add(f, place, "bad-value", "must name a user, a group or a certificate");
        }
        g_ptr_array_add(into, g);
    }
}

void config_value_read(const struct config_key *k, const config_setting_t *s, const char *folder,
                       struct config *c, struct faults *f)
{
    void *at = member(k, c);
    int64_t number = 0;
    const char *text = NULL, *why = NULL;
    switch (k->type) {
    case CONFIG_STRING:
        if ((text = read_text(k, s, (size_t)k->min, (size_t)k->max, f)))
            set_string(at, g_strdup(text));
        break;
    case CONFIG_PATH:
        read_path(k, s, folder, at, f);
        break;
    case CONFIG_INT:
        if (config_reader_integer(s, k->min, k->max, k->unit, &number, f))
            *(int *)at = (int)number;
        break;
    case CONFIG_INT64:
        config_reader_integer(s, k->min, k->max, k->unit, at, f);
        break;
    case CONFIG_BOOL:
        config_reader_bool(s, at, f);
        break;
    case CONFIG_CHOICE:
        if ((text = read_text(k, s, 0, MAX_NAME, f)))
            *(int *)at = choice_index(k, text);
        break;
    case CONFIG_STRINGS:
        read_strings(k, s, *(GPtrArray **)at, f);
        break;
    case CONFIG_GRANTS:
        read_grants(k, s, *(GPtrArray **)at, f);
        break;
    case CONFIG_SCHEDULE:
        text = config_reader_text(s, (size_t)k->max, f);
        if (text && !retry_policy_parse(at, text, &why))
            bad_value(s, text, why, f);
        break;
    }
}

static bool same_strings(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return false;
    for (guint i = 0; i < a->len; i++)
        if (!g_str_equal(a->pdata[i], b->pdata[i]))
            return false;
    return true;
}

static bool same_grants(const GPtrArray *a, const GPtrArray *b)
{
    if (a->len != b->len)
        return false;
    for (guint i = 0; i < a->len; i++) {
        const struct config_grant *x = a->pdata[i], *y = b->pdata[i];
        if (x->roles != y->roles || !g_str_equal(x->user, y->user) ||
            !g_str_equal(x->group, y->group) || !g_str_equal(x->certificate, y->certificate))
            return false;
    }
    return true;
}

static bool same_schedule(const struct retry_policy *a, const struct retry_policy *b)
{
    return a->steps == b->steps && a->jitter_pct == b->jitter_pct &&
           memcmp(a->wait_s, b->wait_s, a->steps * sizeof *a->wait_s) == 0;
}

bool config_value_equal(const struct config_key *k, const struct config *a, const struct config *b)
{
    void *x = member(k, a), *y = member(k, b);
    switch (k->type) {
    case CONFIG_STRING:
    case CONFIG_PATH:
        return g_str_equal(*(char **)x, *(char **)y);
    case CONFIG_INT:
    case CONFIG_CHOICE:
        return *(int *)x == *(int *)y;
    case CONFIG_INT64:
        return *(int64_t *)x == *(int64_t *)y;
    case CONFIG_BOOL:
        return *(bool *)x == *(bool *)y;
    case CONFIG_STRINGS:
        return same_strings(*(GPtrArray **)x, *(GPtrArray **)y);
    case CONFIG_GRANTS:
        return same_grants(*(GPtrArray **)x, *(GPtrArray **)y);
    case CONFIG_SCHEDULE:
        return same_schedule(x, y);
    }
    return false;
}

void config_value_copy(const struct config_key *k, const struct config *from, struct config *to)
{
    const void *x = member(k, from);
    void *y = member(k, to);
    config_value_clear(k, to);
    switch (k->type) {
    case CONFIG_STRING:
    case CONFIG_PATH:
        *(char **)y = g_strdup(*(char *const *)x);
        break;
    case CONFIG_INT:
    case CONFIG_CHOICE:
        *(int *)y = *(const int *)x;
        break;
    case CONFIG_INT64:
        *(int64_t *)y = *(const int64_t *)x;
        break;
    case CONFIG_BOOL:
        *(bool *)y = *(const bool *)x;
        break;
    case CONFIG_STRINGS:
    case CONFIG_GRANTS: /* lists of a configuration are never changed */
        *(GPtrArray **)y = g_ptr_array_ref(*(GPtrArray *const *)x);
        break;
    case CONFIG_SCHEDULE:
        *(struct retry_policy *)y = *(const struct retry_policy *)x;
        break;
    }
}

void config_value_clear(const struct config_key *k, struct config *c)
{
    void *at = member(k, c);
    switch (k->type) {
    case CONFIG_STRING:
    case CONFIG_PATH:
        g_clear_pointer((char **)at, g_free);
        break;
    case CONFIG_STRINGS:
    case CONFIG_GRANTS:
        g_clear_pointer((GPtrArray **)at, g_ptr_array_unref);
        break;
    default:
        break;
    }
}
