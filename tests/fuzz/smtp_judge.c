#include "smtp_judge.h"

#include <string.h>

#define MAILS 3

/* What asks for a reply: the connection itself, a command, a line of a login, the end of a message.
 */
enum deed { CONNECT, HELLO, STARTTLS, LOGIN, RSET, MAIL, RCPT, DATA, DOT, EMPTY_DOT, QUIT };

struct said {
    int code;
    bool asked; /* no line of it began before what it answers had been sent */
};

struct judge {
    const char *message;
    bool only_encrypted, encrypted;
    GArray *deeds;        /* of enum deed */
    GArray *replies;      /* of struct said */
    GString *line, *text; /* of ours */
    bool in_text;
    GString *heard; /* a line of the relay's that has not ended */
    struct said reply;
    bool line_asked;
    unsigned begun;          /* mails whose MAIL was sent */
    int at[MAILS + 1][4];    /* index of the deeds MAIL, RCPT, DATA and DOT of each; 0: not done */
    bool text_of[MAILS + 1]; /* some of its message was sent */
    bool ended[MAILS + 1];
    unsigned ends; /* mails that were not put back */
};

struct judge *judge_new(const char *message, bool only_encrypted)
{
    struct judge *j = g_new0(struct judge, 1);
    enum deed connect = CONNECT;
    j->message = message;
    j->only_encrypted = only_encrypted;
    j->deeds = g_array_new(FALSE, FALSE, sizeof(enum deed));
    j->replies = g_array_new(FALSE, FALSE, sizeof(struct said));
    j->line = g_string_new(NULL);
    j->text = g_string_new(NULL);
    j->heard = g_string_new(NULL);
    g_array_append_val(j->deeds, connect);
    return j;
}

/* The answer to the deed at index i; code 0: none, or none that was asked for. */
static int answer(const struct judge *j, int i)
{
    if (i >= (int)j->replies->len)
        return 0;
    const struct said *s = &g_array_index(j->replies, struct said, i);
    return s->asked ? s->code : 0;
}

static bool is_taken(int code)
{
    return code >= 200 && code < 300;
}

/* --- what we say --- */

static void do_deed(struct judge *j, enum deed d)
{
    if (d >= MAIL && d <= DOT)
        j->at[j->begun][d - MAIL] = (int)j->deeds->len;
    g_array_append_val(j->deeds, d);
}

static enum deed last(const struct judge *j)
{
    return g_array_index(j->deeds, enum deed, j->deeds->len - 1);
}

static void end_text(struct judge *j)
{
    if (j->text->len == 0) {
        int *at = j->at[j->begun]; /* somebody was refused, and the relay wants a message still */
        g_assert(answer(j, at[0]) >= 400 || answer(j, at[1]) >= 400);
        do_deed(j, EMPTY_DOT);
    } else {
        g_assert(strcmp(j->text->str, j->message) == 0);
        do_deed(j, DOT);
    }
    j->in_text = false;
    g_string_truncate(j->text, 0);
}

static void say_text(struct judge *j, const char *line)
{
    if (strcmp(line, ".") == 0) {
        end_text(j);
        return;
    }
    g_assert(*line != '.' || line[1] == '.');
    j->text_of[j->begun] = true;
    g_string_append(j->text, line + (*line == '.'));
    g_string_append(j->text, "\r\n");
}

static void say_command(struct judge *j, const char *line)
{
    g_autofree char *rcpt = g_strdup_printf("RCPT TO:<%u@m.example>", j->begun);
    if (g_str_has_prefix(line, "EHLO ") || g_str_has_prefix(line, "HELO ")) {
        do_deed(j, HELLO);
    } else if (strcmp(line, "STARTTLS") == 0) {
        g_assert(!j->encrypted);
        do_deed(j, STARTTLS);
    } else if (g_str_has_prefix(line, "AUTH ")) {
        do_deed(j, LOGIN);
    } else if (strcmp(line, "RSET") == 0) {
        do_deed(j, RSET);
    } else if (g_str_has_prefix(line, "MAIL FROM:<desk@dss.example>")) {
        g_assert(j->encrypted || !j->only_encrypted);
        g_assert(++j->begun <= MAILS);
        do_deed(j, MAIL);
    } else if (strcmp(line, rcpt) == 0) {
        g_assert(last(j) == MAIL);
        do_deed(j, RCPT);
    } else if (strcmp(line, "DATA") == 0) {
        g_assert(last(j) == RCPT);
        do_deed(j, DATA);
    } else {
        g_assert(strcmp(line, "QUIT") == 0);
        do_deed(j, QUIT);
    }
}

static void say_line(struct judge *j, const char *line)
{
    int i = (int)j->deeds->len - 1;
    if (last(j) == DATA && !j->in_text) { /* nothing is sent before its answer */
        g_assert(answer(j, i) == 354 || answer(j, i) >= 400);
        j->in_text = answer(j, i) == 354;
    }
    if (j->in_text) {
        say_text(j, line);
    } else if (last(j) == LOGIN && answer(j, i) == 334) {
        do_deed(j, LOGIN);
    } else {
        g_assert(last(j) != STARTTLS || j->encrypted || answer(j, i) >= 400);
        say_command(j, line);
    }
}

void judge_we(struct judge *j, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (last(j) == DATA && answer(j, (int)j->deeds->len - 1) == 354)
            j->text_of[j->begun] |= bytes[i] != '.' || j->line->len > 0;
        if (bytes[i] != '\n') {
            g_string_append_c(j->line, bytes[i]);
            continue;
        }
        g_assert(j->line->len > 0 && j->line->str[j->line->len - 1] == '\r');
        g_string_truncate(j->line, j->line->len - 1);
        g_autofree char *line = g_strdup(j->line->str);
        g_string_truncate(j->line, 0);
        say_line(j, line);
    }
}

void judge_secured(struct judge *j)
{
    j->encrypted = true;
}

/* --- what the relay says --- */

static void hear_line(struct judge *j, const char *line, size_t len)
{
    while (len > 0 && line[len - 1] == '\r')
        len--;
    bool is_reply = len >= 3 && line[0] >= '2' && line[0] <= '5' && g_ascii_isdigit(line[1]) &&
                    g_ascii_isdigit(line[2]) && (len == 3 || line[3] == ' ' || line[3] == '-');
    if (!is_reply)
        return;
    int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    j->reply.asked = j->line_asked && (j->reply.code == 0 || j->reply.asked);
    j->reply.code = MAX(j->reply.code, code);
    if (len > 3 && line[3] == '-')
        return;
    g_array_append_val(j->replies, j->reply);
    j->reply = (struct said){ 0, true };
}

void judge_relay(struct judge *j, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (j->heard->len == 0)
            j->line_asked = j->deeds->len > j->replies->len;
        g_string_append_c(j->heard, bytes[i]);
        if (bytes[i] == '\n') {
            hear_line(j, j->heard->str, j->heard->len - 1);
            g_string_truncate(j->heard, 0);
        }
    }
}

/* --- what is said of a mail --- */

/* Its reply was the last that came: every one before was read by then. */
static bool is_answer_to(const struct judge *j, int deed, int code)
{
    return deed > 0 && answer(j, deed) == code;
}

static void check_accepted(const struct judge *j, const int *at, const struct outcome *o)
{
    g_assert(is_taken(answer(j, at[0])) && is_taken(answer(j, at[1])) && answer(j, at[2]) == 354);
    g_assert(is_taken(o->code) && is_answer_to(j, at[3], o->code));
}

static void check_refused(const struct judge *j, unsigned mail, const struct outcome *o)
{
    const int *at = j->at[mail];
    bool in_middle = j->text_of[mail] || answer(j, at[2]) == 354;
    bool said = false;
    for (int i = 0; i < 4; i++)
        said = said || is_answer_to(j, at[i], o->code);
    g_assert(o->code >= 500 && o->code / 10 != 53);
    g_assert(said || in_middle);
}

static void check_deferred(const struct judge *j, unsigned mail, const struct outcome *o)
{
    const int *at = j->at[mail];
    if (o->code == 0) {
        g_assert(at[3] == 0); /* the end of its message was not sent */
        return;
    }
    g_assert(o->code >= 400);
    if (o->code >= 500)
        g_assert(o->code / 10 == 53 || at[0] == 0);
}

void judge_result(struct judge *j, unsigned mail, const struct outcome *o)
{
    g_assert(mail >= 1 && mail <= MAILS && !j->ended[mail]);
    const int *at = j->at[mail];
    j->ended[mail] = true;
    if (!o) {
        g_assert(!j->text_of[mail] && j->ends > 0);
        return;
    }
    j->ends++;
    g_assert(o->reply && strlen(o->reply) <= OUTCOME_REPLY_MAX);
    if (o->kind == OUTCOME_ACCEPTED)
        check_accepted(j, at, o);
    else if (o->kind == OUTCOME_REFUSED)
        check_refused(j, mail, o);
    else if (o->kind == OUTCOME_DEFERRED)
        check_deferred(j, mail, o);
    else
        g_assert(at[3] > 0 && (answer(j, at[3]) == 0 || answer(j, at[3]) / 100 == 3));
}

void judge_free(struct judge *j, unsigned given)
{
    for (unsigned i = 1; i <= given; i++)
        g_assert(j->ended[i]);
    g_array_unref(j->deeds);
    g_array_unref(j->replies);
    g_string_free(j->line, TRUE);
    g_string_free(j->text, TRUE);
    g_string_free(j->heard, TRUE);
    g_free(j);
}
