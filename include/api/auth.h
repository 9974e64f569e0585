/*
 * auth - who is asking, and what they may do.
 *
 * Over the UNIX socket: the peer's credentials, as the kernel noted them at connect.  Uid 0 and the
 * daemon's own user have every role; others what the configuration grants to their user or to one
 * of their groups.  Over TLS a client's certificate, by a name in it that the configuration grants
 * roles to.  Elsewhere, and where no grant names the certificate, a bearer token; that is
 * tokens.h's, asked for every request. Any role includes that of a viewer, but for a mission's: its
 * token is for that mission alone, and may do only what a route says that a mission may.
 */
#pragma once
#include "io/config.h"
#include <stdbool.h>
#include <sys/types.h>

#define ROLE_MISSION 16u /* of tokens only: beside enum config_role */
#define ROLE_ALL (ROLE_VIEWER | ROLE_PUBLISHER | ROLE_APPROVER | ROLE_OPERATOR)

struct peer {
    bool local;       /* UNIX socket */
    uid_t uid;        /* of a local one */
    pid_t pid;        /* likewise; when it connected */
    char *principal;  /* "unix:watch", "unix:1234" for a user without a name; "" otherwise; owned */
    char *user;       /* "": has no name; owned */
    GArray *groups;   /* gid_t; owned */
    GPtrArray *names; /* of its certificate; NULL: it showed none; owned, set by the owner */
};

struct peer *peer_of(int fd); /* looks up the user's groups: once a connection */
void peer_free(struct peer *p);
unsigned auth_local_roles(const struct peer *p, const struct config *c);
/* 0: no grant names its certificate, else *principal is "certificate:NAME"; caller frees. */
unsigned auth_certificate_roles(const struct peer *p, const struct config *c, char **principal);
bool auth_has(unsigned roles, unsigned needed); /* one of the needed ones */
extern const char *const auth_role_names[];     /* config_role_names and "mission", NULL */
const char *auth_role_name(unsigned needed);    /* "publisher": the first of the needed ones */
/* The token of an Authorization header's value, NULL: it is no bearer token; borrowed. */
const char *auth_bearer(const char *header);
