#include "api_fault.h"

#include <curl/curl.h>
#include <errno.h>
#include <grp.h>
#include <sys/stat.h>

#include "api_client.h"

/* "; members of group liaisond may" where the group may write and the others may not. */
static char *who_may(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || !(st.st_mode & S_IWGRP) || (st.st_mode & S_IWOTH))
        return g_strdup("");
    const struct group *group = getgrgid(st.st_gid);
    if (!group)
        return g_strdup("");
    return g_strdup_printf("; members of group %s may use it", group->gr_name);
}

static char *socket_sentence(const char *path, int system_error, const char *text)
{
    g_autofree char *may = NULL;

    switch (system_error) {
    case ENOENT:
        return g_strdup_printf("liaisond is not running: there is no socket %s "
                               "(systemctl status liaisond; --server names another one)",
                               path);
    case ECONNREFUSED:
        return g_strdup_printf("liaisond is not running: nobody listens on the socket %s "
                               "(systemctl status liaisond)",
                               path);
    case EACCES:
    case EPERM:
        may = who_may(path);
        return g_strdup_printf("%s: permission denied%s", path, may);
    default:
        break;
    }
    return g_strdup_printf("%s: %s", path, system_error ? g_strerror(system_error) : text);
}

static char *sentence(CURLcode code, int system_error, const char *server, const char *socket,
                      const char *text)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        if (socket)
            return socket_sentence(socket, system_error, text);
        return g_strdup_printf("liaisond does not answer at %s: %s", server, text);
    case CURLE_COULDNT_RESOLVE_HOST:
        return g_strdup_printf("%s: there is no such host", server);
    case CURLE_OPERATION_TIMEDOUT:
        return g_strdup_printf("%s: no answer came in time", server);
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
        return g_strdup_printf("%s: the connection was lost before the answer was whole", server);
    case CURLE_PEER_FAILED_VERIFICATION:
        return g_strdup_printf("%s: its certificate is not to be trusted: %s (--ca-file names who "
                               "vouches for it)",
                               server, text);
    case CURLE_SSL_CACERT_BADFILE:
        return g_strdup_printf("--ca-file: holds no certificate in PEM: %s", text);
    case CURLE_SSL_CERTPROBLEM:
        return g_strdup_printf("--certificate and --key cannot be used: %s", text);
    case CURLE_WRITE_ERROR:
        return g_strdup_printf("%s: the answer is larger than this program takes", server);
    default:
        break;
    }
    return g_strdup_printf("%s: %s", server, *text ? text : curl_easy_strerror(code));
}

void api_fault_set(GError **error, int code, int system_error, const char *server,
                   const char *socket, const char *text)
{
    enum api_error kind =
        code == CURLE_ABORTED_BY_CALLBACK ? API_ERROR_INTERRUPTED : API_ERROR_UNREACHABLE;
    g_autofree char *why = kind == API_ERROR_INTERRUPTED
                               ? g_strdup("interrupted")
                               : sentence(code, system_error, server, socket, text);

    g_set_error_literal(error, api_error_quark(), kind, why);
}
