#include "world_setting.h"

#include "folder.h"
#include "wire/roster_csv.h"

static const char *second_person_of(const struct world_roster *r)
{
    return r->second_person ? r->second_person : "exercise 20 1800";
}

static void name_files(GString *text, const struct world_roster *r)
{
    const struct {
        const char *name, *own;
    } files[] = { { "offices", r->offices },
                  { "desks", r->desks },
                  { "partners", NULL },
                  { "calendars", NULL },
                  { "ladder", r->ladder } };
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *shipped = g_strconcat(SOURCE_DIR "/conf/", files[i].name, ".conf", NULL);
        g_string_append_printf(text, "%s_file = \"%s\";\n", files[i].name,
                               files[i].own ? files[i].own : shipped);
    }
}

static void write_config(const char *file, const struct world_roster *r)
{
    g_autoptr(GString) text = g_string_new("node = \"test\";\n");
    g_string_append(text, "mail: { from_address = \"liaison@dss.example\";"
                          " exercise_address = \"exercise@dss.example\"; };\n"
                          "api: { socket = \"socket\"; };\n"
                          "delivery_log: { file = \"\"; };\n");
    g_string_append_printf(text,
                           "release: { second_person = [ \"%s\" ];"
                           " approvers = [ \"approver@dss.example\", \"deputy@dss.example\" ];"
                           " may_supersede = [ \"chief@dss.example\" ]; };\n",
                           second_person_of(r));
    if (r->acknowledge)
        g_string_append_printf(text,
                               "acknowledge: { base_url = \"https://liaison.dss.example\"; address "
                               "= \"127.0.0.1:8441\"; %s };\n",
                               r->acknowledge);
    name_files(text, r);
    g_string_append(text, "templates = \"" SOURCE_DIR "/conf/templates\";\n");
    g_assert_true(g_file_set_contents(file, text->str, -1, NULL));
}

/* Each rule read once: thousands of worlds live by the same configuration. */
struct config *world_config(const struct world_roster *r)
{
    static GHashTable *known;
    if (!known)
        known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *key =
        g_strdup_printf("%s\n%s\n%s\n%s\n%s", second_person_of(r), r->ladder ? r->ladder : "",
                        r->offices ? r->offices : "", r->desks ? r->desks : "",
                        r->acknowledge ? r->acknowledge : "nobody is asked");
    struct config *config = g_hash_table_lookup(known, key);
    if (!config) {
        struct faults *f = faults_new();
        g_autofree char *dir = g_dir_make_tmp("liaisond-world-XXXXXX", NULL);
        g_autofree char *file = g_build_filename(dir, "liaisond.conf", NULL);
        write_config(file, r);
        config = config_load(file, f);
        if (!config)
            g_error("%s", faults_to_text(f));
        faults_free(f);
        folder_remove(dir);
        g_hash_table_insert(known, g_steal_pointer(&key), config);
    }
    return config_ref(config);
}

struct template_set *world_templates(const struct config *c)
{
    static struct template_set *templates;
    if (!templates) {
        struct faults *f = faults_new();
        templates = template_set_load(c->templates, f);
        if (!templates)
            g_error("%s", faults_to_text(f));
        faults_free(f);
    }
    return template_set_ref(templates);
}

static void add_further(const char *csv, int each, GString *missions, GString *people)
{
    g_auto(GStrv) lines = g_strsplit(csv ? csv : "", "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], ",", 2);
        if (!*lines[i])
            continue;
        g_string_append_printf(missions, "%s\n", lines[i]);
        for (int rank = 1; rank <= each; rank++)
            g_string_append_printf(people, "%s,%d,Person %d,en,r%d@%s.example,,,no,,\n", cells[0],
                                   rank, rank, rank, cells[0]);
    }
}

static struct roster *read_roster(const struct world_roster *r, const struct directory *d)
{
    g_autoptr(GString) m =
        g_string_new("mission,country,name,kind,street,city,state,zip,lat,lon,timezone,"
                     "county_fips,threat_level,office,origin\n");
    g_autoptr(GString) p = g_string_new("mission,rank,name,language,email,phone,webhook,exercises,"
                                        "valid_from,valid_to\n");
    unsigned first = r->first ? r->first : 1;
    for (unsigned i = first; i < first + r->missions; i++) {
        g_autofree char *host = r->webhook_host
                                    ? g_strdup_printf("https://h%u.%s/m%04u", i, r->webhook_host, i)
                                    : g_strdup("");
        g_string_append_printf(m,
                               "m%04u,FR,Mission %u,consulate,,Chicago,IL,60601,41.88,-87.63,"
                               "America/Chicago,17031,low,,synthetic\n",
                               i, i);
        g_autofree char *mailbox =
            r->webhook_only ? g_strdup("") : g_strdup_printf("r1@m%04u.example", i);
        g_string_append_printf(p, "m%04u,1,First %u,en,%s,,%s,yes,,\n", i, i, mailbox, host);
        g_string_append_printf(p, "m%04u,2,Second %u,en,r2@m%04u.example,,,no,,\n", i, i, i);
    }
    add_further(r->csv, 2, m, p);
    add_further(r->deserted, 0, m, p);
    struct roster_csv_file mf = { "missions", m->str, m->len }, pf = { "people", p->str, p->len };
    struct faults *f = faults_new();
    struct roster *roster = roster_csv_read(&mf, &pf, d, f);
    if (!roster)
        g_error("%s", faults_to_text(f));
    faults_free(f);
    return roster;
}

static char *key_of(const struct world_roster *r, const struct config *c)
{
    return g_strdup_printf("%p %u %u %d %s %s %s", (const void *)c, r->missions, r->first,
                           r->webhook_only, r->webhook_host ? r->webhook_host : "-",
                           r->csv ? r->csv : "", r->deserted ? r->deserted : "");
}

struct roster *world_roster(const struct world_roster *r, const struct config *c)
{
    static GHashTable *known;
    if (!known)
        known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *key = key_of(r, c);
    struct roster *roster = g_hash_table_lookup(known, key);
    if (!roster) {
        roster = read_roster(r, c->directory);
        g_hash_table_insert(known, g_steal_pointer(&key), roster);
    }
    return roster_ref(roster);
}
