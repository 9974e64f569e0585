#include "broadcast_file.h"

#include "input.h"
#include "out.h"

GString *broadcast_file_read(const char *file)
{
    g_autoptr(GError) error = NULL;
    GString *body = input_read(file, BROADCAST_FILE_MAX, &error);

    if (!body)
        complain("%s", error->message);
    return body;
}

const char *broadcast_file_type(const GString *body)
{
    const char *at = body->str;

    if (g_str_has_prefix(at, "\xef\xbb\xbf"))
        at += 3;
    while (g_ascii_isspace(*at))
        at++;
    bool utf16 = body->len > 1 && ((guchar)body->str[0] == 0xff || (guchar)body->str[0] == 0xfe);
    return *at == '<' || utf16 ? "application/cap+xml" : "application/json";
}

struct api_answer *broadcast_file_preview(struct session *s, const GString *body, const char *at)
{
    g_autoptr(GString) path = g_string_new("/v1/preview");

    api_query(path, "at", at);
    return command_ask(s, &(struct api_request){ .method = "POST",
                                                 .path = path->str,
                                                 .body = body->str,
                                                 .body_len = body->len,
                                                 .content_type = broadcast_file_type(body) });
}
