#include "wire/evidence.h"

#include <string.h>

#include "base/digest.h"
#include "base/signing.h"
#include "base/timestamp.h"
#include "wire/delivery_record.h"
#include "wire/evidence_inside.h"
#include "wire/json_writer.h"

static void add_source(GString *out, const struct evidence *e)
{
    gsize len = 0;
    const void *bytes = g_bytes_get_data(e->source, &len);
    g_autofree char *base64 = g_base64_encode(bytes, len);
    json_writer_open(out, "source", '{');
    json_writer_ascii(out, "type", e->source_type);
    json_writer_ascii(out, "base64", base64);
    json_writer_close(out, '}');
}

static void add_versions(GString *out, const GPtrArray *versions)
{
    json_writer_open(out, "versions", '[');
    for (guint i = 0; i < versions->len; i++) {
        const struct evidence_text *v = g_ptr_array_index(versions, i);
        json_writer_open(out, NULL, '{');
        json_writer_ascii(out, "broadcast", v->id);
        json_writer_ascii(out, "text", v->text);
        json_writer_close(out, '}');
    }
    json_writer_close(out, ']');
}

GString *evidence_begin(const struct evidence *e)
{
    GString *out = g_string_new(NULL);
    g_autofree char *made = timestamp_format_utc(e->made_ms);
    json_writer_open(out, NULL, '{');
    json_writer_ascii(out, "format", EVIDENCE_FORMAT);
    json_writer_ascii(out, "broadcast", e->broadcast);
    json_writer_ascii(out, "node", e->node);
    json_writer_ascii(out, "made", made);
    json_writer_ascii(out, "text", e->text);
    if (e->source)
        add_source(out, e);
    if (e->plan)
        json_writer_ascii(out, "plan", e->plan);
    add_versions(out, e->versions);
    json_writer_open(out, "chain", '[');
    return out;
}

void evidence_begin_run(GString *out)
{
    json_writer_open(out, NULL, '[');
}

void evidence_end_run(GString *out)
{
    json_writer_close(out, ']');
}

void evidence_record(GString *out, const struct record *r)
{
    g_autofree char *line = delivery_record_line(r);
    json_writer_open(out, NULL, '{');
    g_string_append(out, line + 1);
}

void evidence_other(GString *out, const struct record *r)
{
    g_autofree char *content = delivery_record_content(r);
    json_writer_ascii(out, NULL, content);
}

void evidence_end(GString *out, const struct signing_keys *keys)
{
    json_writer_close(out, ']');
    json_writer_ascii(out, "key", signing_public(keys, 0));
    g_autofree char *signature = signing_sign(keys, 0, out->str, out->len);
    json_writer_ascii(out, "signature", signature);
    json_writer_close(out, '}');
    g_string_append_c(out, '\n');
}

char *evidence_detail(guint obligations, GBytes *source)
{
    GString *out = g_string_new(NULL);
    if (obligations > 0)
        g_string_append_printf(out, "obligations=%u", obligations);
    if (source) {
        gsize len = 0;
        const void *bytes = g_bytes_get_data(source, &len);
        g_autofree char *digest = digest_sha256_hex(bytes, len);
        g_string_append_printf(out, "%s" EVIDENCE_SOURCE "%s", out->len ? " " : "", digest);
    }
    return g_string_free(out, FALSE);
}

guint evidence_obligations(const char *detail)
{
    const char *at = detail ? strstr(detail, "obligations=") : NULL;
    return at ? (guint)g_ascii_strtoull(at + strlen("obligations="), NULL, 10) : 0;
}
