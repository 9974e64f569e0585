#include "api/problem.h"

#include "wire/json_text.h"

static const struct {
    int status;
    const char *text;
} texts[] = {
    { 200, "OK" },
    { 201, "Created" },
    { 204, "No Content" },
    { 400, "Bad Request" },
    { 401, "Unauthorized" },
    { 403, "Forbidden" },
    { 404, "Not Found" },
    { 405, "Method Not Allowed" },
    { 409, "Conflict" },
    { 413, "Content Too Large" },
    { 415, "Unsupported Media Type" },
    { 417, "Expectation Failed" },
    { 422, "Unprocessable Content" },
    { 429, "Too Many Requests" },
    { 500, "Internal Server Error" },
    { 503, "Service Unavailable" },
    { 507, "Insufficient Storage" },
};

const char *problem_status_text(int status)
{
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (texts[i].status == status)
            return texts[i].text;
    g_assert_not_reached(); /* a status nobody gave a text is our bug */
}

json_t *problem_faults(const GPtrArray *faults)
{
    json_t *out = json_array();
    for (guint i = 0; i < faults->len; i++) {
        const struct fault *f = g_ptr_array_index(faults, i);
        json_array_append_new(out,
                              json_pack("{s:o, s:o, s:o}", "place", json_text(f->place), "code",
                                        json_text(f->code), "detail", json_text(f->detail)));
    }
    return out;
}

json_t *problem_json(int status, const char *code, const char *detail, const struct faults *f)
{
    g_autofree char *type =
        *code ? g_strconcat("urn:liaisond:problem:", code, NULL) : g_strdup("about:blank");
    json_t *out =
        json_pack("{s:s, s:s, s:i, s:o}", "type", type, "title", problem_status_text(status),
                  "status", status, "detail", json_text(detail));
    if (f)
        json_object_set_new(out, "faults", problem_faults(f->errors));
    return out;
}
