#include "api_token.h"

#include <stdbool.h>
#include <string.h>

#include "api_client.h"
#include "input.h"

#define TOKEN_MAX 4096

/* What a token may be made of (RFC 6750, 2.1): nothing that could end a header. */
static bool is_token(const char *s)
{
    size_t n = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=");

    return n > 0 && s[n] == '\0';
}

char *api_token_read(const char *file, GError **error)
{
    g_autoptr(GError) wrong = NULL;

    if (!file)
        file = g_getenv("LIAISOND_TOKEN_FILE");
    if (!file || !*file)
        return NULL;
    GString *text = input_read(file, TOKEN_MAX, &wrong);
    if (!text) {
        g_set_error(error, api_error_quark(), API_ERROR_USAGE, "the token's file: %s",
                    wrong->message);
        return NULL;
    }
    g_strchomp(text->str);
    if (is_token(text->str) && strlen(text->str) < TOKEN_MAX)
        return g_string_free(text, FALSE);
    explicit_bzero(text->str, text->len);
    g_string_free(text, TRUE);
    g_set_error(error, api_error_quark(), API_ERROR_USAGE,
                "the token's file %s: holds no token (one line, lsd_…)", file);
    return NULL;
}

void api_token_free(char *token)
{
    if (token)
        explicit_bzero(token, strlen(token));
    g_free(token);
}
