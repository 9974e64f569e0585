#include "wire/json_reader.h"

#include <string.h>

#include "base/text.h"

/* The offset of the bracket that opens one level too many, or len. */
static size_t too_deep_at(const char *text, size_t len)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (in_string) {
            if (c == '\\')
                i++;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > JSON_READER_MAX_DEPTH)
                return i;
        } else if ((c == ']' || c == '}') && depth > 0) {
            depth--;
        }
    }
    return len;
}

static void report_too_deep(const char *text, size_t at, struct faults *f)
{
    size_t line = 1, column = 1;

    for (size_t i = 0; i < at; i++) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
    }
    json_reader_fault(f, NULL, "too-deep", "line %zu, column %zu: nested deeper than %d levels",
                      line, column, JSON_READER_MAX_DEPTH);
}

static void report_syntax(const json_error_t *e, struct faults *f)
{
    g_autofree char *said = text_printable(e->text, -1);

    json_reader_fault(f, NULL, "syntax", "line %d, column %d: %s", e->line, MAX(e->column, 0),
                      said);
}

json_t *json_reader_parse(const char *text, size_t len, size_t max_bytes, struct faults *f)
{
    json_error_t error;

    if (len > max_bytes) {
        json_reader_fault(f, NULL, "too-long", "%zu bytes, at most %zu are accepted", len,
                          max_bytes);
        return NULL;
    }
    /* RFC 8259 lets a reader pass over a byte order mark; editors on some systems write one. */
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    size_t deep = too_deep_at(text, len);
    if (deep < len) {
        report_too_deep(text, deep, f);
        return NULL;
    }
    json_t *value = json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &error);
    if (!value && json_error_code(&error) == json_error_duplicate_key) {
        value = json_loadb(text, len, JSON_DECODE_ANY, &error);
        if (value)
            json_reader_report_duplicates(text, len, f);
    }
    if (!value)
        report_syntax(&error, f);
    return value;
}
