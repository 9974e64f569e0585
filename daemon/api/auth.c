#include "api/auth.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAME_BUFFER 16384 /* a user's or group's entry */
#define MAX_GROUPS 1024
#define TOKEN_MAX 256

const char *const auth_role_names[] = { "viewer",   "publisher", "approver",
                                        "operator", "mission",   NULL };

static void read_groups(struct peer *p, gid_t own)
{
    int n = MAX_GROUPS;
    p->groups = g_array_new(FALSE, TRUE, sizeof(gid_t));
    g_array_set_size(p->groups, MAX_GROUPS);
    if (*p->user == '\0' || getgrouplist(p->user, own, (gid_t *)(void *)p->groups->data, &n) < 0) {
        n = 1;
        g_array_index(p->groups, gid_t, 0) = own;
    }
    g_array_set_size(p->groups, (guint)n);
}

static void read_user(struct peer *p)
{
    g_autofree char *buffer = g_malloc(NAME_BUFFER);
    struct passwd entry, *found = NULL;
    getpwuid_r(p->uid, &entry, buffer, NAME_BUFFER, &found);
    p->user = g_strdup(found ? found->pw_name : "");
    p->principal = found ? g_strconcat("unix:", p->user, NULL) : g_strdup_printf("unix:%u", p->uid);
}

struct peer *peer_of(int fd)
{
    struct peer *p = g_new0(struct peer, 1);
    struct ucred who;
    socklen_t len = sizeof who;
    int domain = AF_UNSPEC;
    socklen_t domain_len = sizeof domain;
    getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &domain_len);
    p->local = domain == AF_UNIX && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0;
    if (!p->local) {
        p->principal = g_strdup("");
        p->user = g_strdup("");
        return p;
    }
    p->uid = who.uid;
    p->pid = who.pid;
    read_user(p);
    read_groups(p, who.gid);
    return p;
}

void peer_free(struct peer *p)
{
    if (!p)
        return;
    g_free(p->principal);
    g_free(p->user);
    if (p->groups)
        g_array_unref(p->groups);
    if (p->names)
        g_ptr_array_unref(p->names);
    g_free(p);
}

static bool in_group(const struct peer *p, const char *name)
{
    g_autofree char *buffer = g_malloc(NAME_BUFFER);
    struct group entry, *found = NULL;
    getgrnam_r(name, &entry, buffer, NAME_BUFFER, &found);
    for (guint i = 0; found && i < p->groups->len; i++)
        if (g_array_index(p->groups, gid_t, i) == found->gr_gid)
            return true;
    return false;
}

unsigned auth_local_roles(const struct peer *p, const struct config *c)
{
    unsigned roles = 0;
    if (p->uid == 0 || p->uid == geteuid())
        return ROLE_ALL;
    for (guint i = 0; i < c->api.grants->len; i++) {
        const struct config_grant *g = g_ptr_array_index(c->api.grants, i);
        if ((*g->user && g_str_equal(g->user, p->user)) || (*g->group && in_group(p, g->group)))
            roles |= g->roles;
    }
    return roles;
}

/* Host names and mailboxes are the same in capitals; so is whatever else may be in there. */
static gboolean same_name(gconstpointer a, gconstpointer b)
{
    return g_ascii_strcasecmp(a, b) == 0;
}

unsigned auth_certificate_roles(const struct peer *p, const struct config *c, char **principal)
{
    unsigned roles = 0;
    *principal = NULL;
    for (guint i = 0; p->names && i < c->api.grants->len; i++) {
        const struct config_grant *g = g_ptr_array_index(c->api.grants, i);
        if (!*g->certificate ||
            !g_ptr_array_find_with_equal_func(p->names, g->certificate, same_name, NULL))
            continue;
        roles |= g->roles;
        if (!*principal)
            *principal = g_strconcat("certificate:", g->certificate, NULL);
    }
    return roles;
}

bool auth_has(unsigned roles, unsigned needed)
{
    if (roles & ROLE_ALL)
        roles |= ROLE_VIEWER;
    return (roles & needed) != 0;
}

const char *auth_role_name(unsigned needed)
{
    for (unsigned i = 0; auth_role_names[i]; i++)
        if (needed & (1u << i))
            return auth_role_names[i];
    return "";
}

const char *auth_bearer(const char *header)
{
    if (!header || g_ascii_strncasecmp(header, "Bearer ", 7) != 0)
        return NULL;
    const char *token = header + 7 + strspn(header + 7, " ");
    size_t len = strlen(token);
    return len > 0 && len <= TOKEN_MAX && !strpbrk(token, " \t,") ? token : NULL;
}
