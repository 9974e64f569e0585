#include "audience_option.h"

#include "input.h"
#include "out.h"

#define AUDIENCE_MAX (5u * 1024 * 1024)

json_t *audience_option(const char *text)
{
    g_autoptr(GError) error = NULL;
    json_error_t where;
    g_autoptr(GString) file =
        *text == '{' ? g_string_new(text) : input_read(text, AUDIENCE_MAX, &error);
    json_t *audience = file ? json_loadb(file->str, file->len, 0, &where) : NULL;

    if (!file)
        complain("%s", error->message);
    else if (!audience)
        complain("--audience: line %d, column %d: %s", where.line, where.column, where.text);
    return audience;
}
