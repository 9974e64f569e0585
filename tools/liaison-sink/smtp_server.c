#include "smtp_server.h"

#include <string.h>

#include "options.h"
#include "smtp_session.h"

void smtp_say(struct smtp *s, const char *reply)
{
    conn_say(s->conn, reply);
    conn_send(s->conn, "\r\n", 2);
}

static void on_greeting(struct smtp *s, const char *args, bool esmtp)
{
    if (!*args) {
        smtp_say(s, "501 5.5.4 say who you are");
        return;
    }
    s->esmtp = esmtp;
    smtp_forget(s);
    smtp_stage(s, STAGE_EHLO);
}

static void on_helo(struct smtp *s, const char *args)
{
    on_greeting(s, args, false);
}

static void on_ehlo(struct smtp *s, const char *args)
{
    on_greeting(s, args, true);
}

/* Reads <address> behind the keyword into s->address; answers what follows it, or NULL. */
static const char *read_address(struct smtp *s, const char *args, const char *keyword)
{
    const size_t skip = strlen(keyword);
    const char *begin, *end;

    if (g_ascii_strncasecmp(args, keyword, skip) != 0)
        return NULL;
    begin = args + skip;
    while (*begin == ' ')
        begin++;
    end = *begin == '<' ? strchr(begin, '>') : NULL;
    if (!end || end - begin - 1 > SMTP_MAX_ADDRESS || (end[1] && end[1] != ' '))
        return NULL;
    for (const char *p = ++begin; p < end; p++)
        if ((unsigned char)*p <= ' ' || *p == 0x7f || *p == '<')
            return NULL;
    memcpy(s->address, begin, (size_t)(end - begin));
    s->address[end - begin] = '\0';
    return end + 1;
}

/* Why the parameters of MAIL are refused, or NULL. */
static const char *bad_parameter(const char *params)
{
    g_auto(GStrv) words = NULL;

    while (*params == ' ')
        params++;
    if (!*params)
        return NULL;
    words = g_strsplit(params, " ", -1);
    for (char **w = words; *w; w++) {
        if (g_ascii_strncasecmp(*w, "SIZE=", 5) == 0) {
            if (g_ascii_strtoull(*w + 5, NULL, 10) > SINK_MAX_BYTES)
                return "552 5.3.4 mail is over the size limit";
        } else if (**w && g_ascii_strncasecmp(*w, "BODY=", 5) != 0 &&
                   g_ascii_strncasecmp(*w, "AUTH=", 5) != 0) {
            return "555 5.5.4 parameter is not known";
        }
    }
    return NULL;
}

/* Why no mail can begin now, or NULL. */
static const char *not_ready(const struct smtp *s)
{
    const struct options *o = s->sink->options;

    if (!s->greeted)
        return "503 5.5.1 greet first";
    if (s->in_mail)
        return "503 5.5.1 one mail at a time";
    if (o->require_starttls && !conn_is_tls(s->conn))
        return "530 5.7.0 STARTTLS first";
    if (o->auth && !s->authenticated)
        return "530 5.7.0 authenticate first";
    return NULL;
}

static void on_mail(struct smtp *s, const char *args)
{
    const char *fault = not_ready(s), *params;

    if (fault) {
        smtp_say(s, fault);
        return;
    }
    params = read_address(s, args, "FROM:");
    if (!params) {
        smtp_say(s, "501 5.1.7 sender address is not well formed");
        return;
    }
    fault = bad_parameter(params);
    if (fault)
        smtp_refuse(s, STAGE_MAIL, fault);
    else
        smtp_stage(s, STAGE_MAIL);
}

static void on_rcpt(struct smtp *s, const char *args)
{
    const char *params;

    if (!s->in_mail) {
        smtp_say(s, "503 5.5.1 MAIL first");
        return;
    }
    params = read_address(s, args, "TO:");
    if (!params || !s->address[0])
        smtp_say(s, "501 5.1.3 recipient address is not well formed");
    else if (*params)
        smtp_say(s, "555 5.5.4 parameter is not known");
    else if (s->n_rcpts >= SMTP_MAX_RCPTS)
        smtp_refuse(s, STAGE_RCPT, "452 4.5.3 too many recipients");
    else
        smtp_stage(s, STAGE_RCPT);
}

static void on_data(struct smtp *s, const char *args)
{
    if (*args)
        smtp_say(s, "501 5.5.4 DATA stands alone");
    else if (!s->in_mail)
        smtp_say(s, "503 5.5.1 MAIL first");
    else if (!s->n_rcpts)
        smtp_say(s, "554 5.5.1 no valid recipients");
    else
        smtp_stage(s, STAGE_DATA);
}

static void on_rset(struct smtp *s, const char *args)
{
    (void)args;
    smtp_forget(s);
    smtp_say(s, "250 2.0.0 forgotten");
}

static void on_noop(struct smtp *s, const char *args)
{
    (void)args;
    smtp_say(s, "250 2.0.0 nothing done");
}

static void on_vrfy(struct smtp *s, const char *args)
{
    (void)args;
    smtp_say(s, "252 2.1.5 cannot say, will take mail");
}

static void on_quit(struct smtp *s, const char *args)
{
    (void)args;
    smtp_say(s, "221 2.0.0 goodbye");
    conn_finish(s->conn);
}

static void on_starttls(struct smtp *s, const char *args)
{
    if (!s->sink->options->starttls) {
        smtp_say(s, "502 5.5.1 STARTTLS is not offered");
    } else if (*args || conn_is_tls(s->conn)) {
        smtp_say(s, "503 5.5.1 not now");
    } else {
        smtp_say(s, "220 2.0.0 go ahead");
        conn_starttls(s->conn);
    }
}

static const struct command {
    const char *verb;
    void (*run)(struct smtp *s, const char *args);
} commands[] = {
    { "MAIL", on_mail },         { "RCPT", on_rcpt },         { "DATA", on_data },
    { "EHLO", on_ehlo },         { "HELO", on_helo },         { "RSET", on_rset },
    { "NOOP", on_noop },         { "QUIT", on_quit },         { "VRFY", on_vrfy },
    { "AUTH", smtp_auth_begin }, { "STARTTLS", on_starttls },
};

static void run_command(struct smtp *s, const char *line)
{
    const size_t verb = strcspn(line, " ");

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strlen(commands[i].verb) == verb &&
            g_ascii_strncasecmp(line, commands[i].verb, verb) == 0) {
            line += verb;
            commands[i].run(s, line + strspn(line, " "));
            return;
        }
    smtp_say(s, "500 5.5.2 command is not known");
}

static size_t take_command(struct smtp *s, const char *data, size_t len)
{
    const char *lf = memchr(data, '\n', len);
    size_t used = lf ? (size_t)(lf - data) + 1 : 0, n = used;
    char line[SMTP_MAX_LINE + 1];

    if (n > SMTP_MAX_LINE || (!lf && len > SMTP_MAX_LINE)) {
        smtp_say(s, "500 5.5.2 line is too long");
        conn_finish(s->conn);
        return len;
    }
    while (n && (data[n - 1] == '\n' || data[n - 1] == '\r' || data[n - 1] == ' '))
        n--;
    memcpy(line, data, n);
    line[n] = '\0';
    if (!used)
        return 0;
    if (strlen(line) != n)
        smtp_say(s, "500 5.5.2 NUL in a command");
    else if (s->reading == READ_COMMANDS)
        run_command(s, line);
    else
        smtp_auth_line(s, line);
    return used;
}

static size_t input(void *session, const char *data, size_t len)
{
    struct smtp *s = session;

    return s->reading == READ_TEXT ? smtp_take_text(s, data, len) : take_command(s, data, len);
}

static void *opened(struct conn *c, struct sink *sink)
{
    struct smtp *s = g_new0(struct smtp, 1);

    s->conn = c;
    s->sink = sink;
    s->rcpts = g_string_sized_new(256);
    s->text = g_string_sized_new(4096);
    smtp_stage(s, STAGE_CONNECT);
    return s;
}

/* RFC 3207: what was said before the handshake is forgotten. */
static void secured(void *session)
{
    struct smtp *s = session;

    smtp_forget(s);
    s->greeted = s->authenticated = false;
}

static void closed(void *session)
{
    struct smtp *s = session;

    rule_unref(s->pending);
    g_string_free(s->rcpts, TRUE);
    g_string_free(s->text, TRUE);
    g_free(s);
}

const struct conn_protocol smtp_server = {
    .name = "SMTP", .opened = opened, .input = input, .secured = secured, .closed = closed
};
