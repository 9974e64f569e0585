#include "problem.h"

#include <string.h>

#include "field.h"
#include "out.h"

static void complain_fault(const json_t *fault)
{
    const char *place = field_text(fault, "place"), *code = field_text(fault, "code");
    const char *detail = field_text(fault, "detail");

    complain("%s%s%s%s%s%s", place, *place ? ": " : "", *detail ? detail : "refused",
             *code ? " (" : "", code, *code ? ")" : "");
}

/* The last word of "urn:liaisond:problem:CODE". */
static const char *code_of(const json_t *problem)
{
    const char *type = field_text(problem, "type");

    return g_str_has_prefix(type, "urn:") ? strrchr(type, ':') + 1 : "";
}

static void complain_plain(const struct api_answer *answer)
{
    g_autofree char *first =
        g_strndup(answer->body->str, MIN(strcspn(answer->body->str, "\r\n"), 200));

    complain("the server answered %ld and not in the API's form: %s", answer->status,
             *first ? first : "(nothing)");
}

void problem_complain(const struct api_answer *answer)
{
    const json_t *faults = field_array(answer->json, "faults");
    const char *detail = field_text(answer->json, "detail"), *code = code_of(answer->json);
    size_t i;
    json_t *fault;

    json_array_foreach(faults, i, fault)
    {
        complain_fault(fault);
    }
    if (json_array_size(faults) > 0)
        return;
    if (!*detail)
        detail = field_text(answer->json, "title");
    if (!*detail)
        complain_plain(answer);
    else
        complain("%s%s%s%s", detail, *code ? " (" : "", code, *code ? ")" : "");
    if (answer->status == 401)
        complain("a token is needed: --token-file FILE or $LIAISOND_TOKEN_FILE");
}
