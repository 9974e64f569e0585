#include "api/body.h"

bool body_read(struct api_request *r, size_t max_bytes,
               void (*members)(struct json_reader *reader, void *wish), void *wish,
               const char *in_vain)
{
    size_t len;
    const char *text = api_body(r, &len);
    struct faults *f = faults_new();
    struct json_reader reader;
    json_t *body = json_reader_parse(text, len, max_bytes, f);
    if (body && json_reader_open(&reader, body, NULL, f)) {
        members(&reader, wish);
        json_reader_close(&reader);
    }
    json_decref(body);
    bool good = !faults_any(f);
    if (!good)
        api_problem_faults(r, 422, "invalid", in_vain, f);
    faults_free(f);
    return good;
}
