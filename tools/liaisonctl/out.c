#include "out.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"

static FILE *stream;
static bool terminal, closed;

void out_init(void)
{
    /* Text is UTF-8 throughout; only the classes of characters follow the locale, never numbers. */
    if (!setlocale(LC_CTYPE, "") || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        setlocale(LC_CTYPE, "C.UTF-8");
    out_use(stdout);
}

void out_use(FILE *to)
{
    const char *term = g_getenv("TERM");

    stream = to;
    terminal = isatty(fileno(to)) && g_strcmp0(term, "dumb") != 0;
}

FILE *out_stream(void)
{
    return stream;
}

bool out_is_terminal(void)
{
    return terminal;
}

unsigned out_columns(void)
{
    struct winsize size;

    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

static void append_padded(GString *to, const char *spec, const char *text)
{
    gsize before = to->len;
    bool left = strchr(spec, '-') != NULL;
    glong width = 0;

    for (const char *p = spec; *p; p++)
        if (g_ascii_isdigit(*p))
            width = width * 10 + (*p - '0');
    text_append_printable(to, text, -1);
    for (glong n = g_utf8_strlen(to->str + before, -1); n < width; n++) {
        if (left)
            g_string_append_c(to, ' ');
        else
            g_string_insert_c(to, (gssize)before, ' ');
    }
}

/* The conversions that out.h lists; spec is one of them, as the caller wrote it. */
static void append_number(GString *to, const char *spec, va_list *ap)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    if (strstr(spec, "ll"))
        g_string_append_printf(to, spec, va_arg(*ap, long long));
    else if (strchr(spec, 'l'))
        g_string_append_printf(to, spec, va_arg(*ap, long));
    else if (strchr(spec, 'f'))
        g_string_append_printf(to, spec, va_arg(*ap, double));
    else
        g_string_append_printf(to, spec, va_arg(*ap, int));
#pragma GCC diagnostic pop
}

static GString *format_escaped(const char *format, va_list *ap)
{
    GString *to = g_string_new(NULL);

    while (*format) {
        size_t plain = strcspn(format, "%");
        g_string_append_len(to, format, (gssize)plain);
        format += plain;
        if (!*format)
            break;
        size_t len = 1 + strcspn(format + 1, "sduf%") + 1;
        g_autofree char *spec = g_strndup(format, len);
        if (spec[len - 1] == '%')
            g_string_append_c(to, '%');
        else if (spec[len - 1] == 's')
            append_padded(to, spec, va_arg(*ap, const char *));
        else
            append_number(to, spec, ap);
        format += len;
    }
    return to;
}

static void write_escaped(FILE *to, const char *before, const char *format, va_list *ap,
                          const char *after)
{
    GString *text = format_escaped(format, ap);

    g_string_prepend(text, before);
    g_string_append(text, after);
    fwrite(text->str, 1, text->len, to);
    g_string_free(text, TRUE);
}

void out(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    write_escaped(stream, "", format, &ap, "");
    va_end(ap);
}

void out_bold(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    write_escaped(stream, terminal ? "\033[1m" : "", format, &ap, terminal ? "\033[0m" : "");
    va_end(ap);
}

void out_line_again(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    write_escaped(stream, "\r", format, &ap, "\033[K");
    va_end(ap);
    fflush(stream);
}

void out_text(const char *text, unsigned indent)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned n = g_strv_length(lines);

    while (n > 0 && !*lines[n - 1])
        n--;
    for (unsigned i = 0; i < n; i++) {
        for (unsigned k = 0; k < indent; k++)
            fputc(' ', stream);
        out("%s\n", lines[i]);
    }
}

void complain(const char *format, ...)
{
    va_list ap;

    va_start(ap, format);
    write_escaped(stderr, "liaisonctl: ", format, &ap, "\n");
    va_end(ap);
}

/* A character that a terminal might act on, in JSON text: the same as an escape. */
static void append_json_char(GString *to, gunichar c, const char *start, gsize len)
{
    g_autofree char *seen = text_printable(start, (gssize)len);

    if (c == '\n' || c == '\t')
        g_string_append_c(to, (char)c);
    else if (strlen(seen) == len && memcmp(seen, start, len) == 0)
        g_string_append_len(to, start, (gssize)len);
    else
        g_string_append_printf(to, "\\u%04x", c);
}

static void write_json_safely(const char *text, size_t len)
{
    g_autoptr(GString) safe = g_string_sized_new(len + 64);
    const char *end = text + len;

    while (text < end) {
        gunichar c = g_utf8_get_char_validated(text, end - text);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        gsize step = valid ? (gsize)(g_utf8_next_char(text) - text) : 1;
        append_json_char(safe, valid ? c : 0xfffd, text, step);
        text += step;
    }
    fwrite(safe->str, 1, safe->len, stdout);
}

void out_json(const char *text, size_t len)
{
    if (isatty(STDOUT_FILENO))
        write_json_safely(text, len);
    else
        fwrite(text, 1, len, stdout);
    if (len == 0 || text[len - 1] != '\n')
        fputc('\n', stdout);
}

void out_document(const char *text, size_t len)
{
    const char *end = text + len;

    if (!isatty(STDOUT_FILENO)) {
        fwrite(text, 1, len, stdout);
        return;
    }
    for (const char *at = text; at < end; at++) {
        const char *stop = at;
        while (stop < end && *stop != '\n' && *stop != '\t')
            stop++;
        g_autofree char *shown = text_printable(at, stop - at);
        fputs(shown, stdout);
        if (stop < end)
            fputc(*stop, stdout);
        at = stop;
    }
}

bool out_flush(void)
{
    errno = 0;
    bool fine = fflush(stdout) == 0 && !ferror(stdout);
    if (!fine && errno == EPIPE)
        closed = true;
    return fine;
}

bool out_is_closed(void)
{
    return closed;
}
