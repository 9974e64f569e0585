#include "public_key.h"

#include "base/signing.h"
#include "out.h"

bool public_key_given(const char *text, char **out, int *result)
{
    g_autofree char *content = NULL;

    if (!text)
        return true;
    *out = signing_public_of(text);
    if (!*out && g_file_get_contents(text, &content, NULL, NULL))
        *out = signing_public_of(content);
    if (*out)
        return true;
    complain("--public-key %s: neither a public Ed25519 key nor a file that holds one; liaisonctl "
             "log key "
             "prints the public key of a private one",
             text);
    *result = COMMAND_USAGE;
    return false;
}
