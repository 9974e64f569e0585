#include <string.h>

#include "fault.h"
#include "options.h"
#include "record.h"
#include "script.h"
#include "smtp_session.h"
#include "tally.h"

static const struct fault_material endless_reply = {
    .headers_begin = "",
    .headers_again = "250-and so it goes on\r\n",
    .body_begin = "250-",
    .body_again = "and so it goes on ",
};

void smtp_forget(struct smtp *s)
{
    s->in_mail = false;
    s->n_rcpts = 0;
    g_string_truncate(s->rcpts, 0);
    if (s->text->allocated_len > 64 * 1024) { /* one big mail must not hold memory for the rest */
        g_string_free(s->text, TRUE);
        s->text = g_string_sized_new(4096);
    }
    g_string_truncate(s->text, 0);
}

/* What a stage is about: at RCPT the one address, later all that were taken. */
static struct moment moment_of(const struct smtp *s, enum stage stage)
{
    struct moment m = { 0 };

    if (stage == STAGE_MAIL)
        m.from = s->address;
    if (stage >= STAGE_RCPT)
        m.from = s->from;
    if (stage == STAGE_RCPT) {
        m.rcpts = s->address;
        m.n_rcpts = 1;
    } else if (stage > STAGE_RCPT) {
        m.rcpts = s->rcpts->str;
        m.n_rcpts = s->n_rcpts;
    }
    return m;
}

static const char *write_record(struct smtp *s, enum stage stage, const struct rule *rule,
                                unsigned answer, bool accepted)
{
    const struct moment m = moment_of(s, stage);
    const struct record_mail r = {
        .stage = stage_name(stage),
        .rule = rule ? rule->name : NULL,
        .from = m.from,
        .rcpts = m.rcpts,
        .n_rcpts = m.n_rcpts,
        .text = stage == STAGE_BODY ? s->text : NULL,
        .connection = conn_number(s->conn),
        .answer = answer,
        .accepted = accepted,
        .tls = conn_is_tls(s->conn),
        .bare_lf = s->bare_lf,
    };
    const char *message_id = record_mail(s->sink->record, &r);

    if (accepted)
        tally_mail(s->sink->tally, message_id, m.rcpts, m.n_rcpts);
    else
        tally_refusal(s->sink->tally, false);
    return message_id;
}

static void greet(struct smtp *s)
{
    const struct options *o = s->sink->options;

    if (!s->esmtp) {
        smtp_say(s, "250 liaison-sink");
        return;
    }
    conn_say(s->conn, "250-liaison-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                      "250-ENHANCEDSTATUSCODES\r\n");
    if (o->starttls && !conn_is_tls(s->conn))
        conn_say(s->conn, "250-STARTTLS\r\n");
    if (o->auth && (!o->require_starttls || conn_is_tls(s->conn)))
        conn_say(s->conn, "250-AUTH PLAIN LOGIN\r\n");
    smtp_say(s, "250 SIZE " G_STRINGIFY(10485760));
}

/* The stage passed: do what it is for and answer, with the rule's words if it has some. */
static void pass(struct smtp *s, enum stage stage, const struct rule *rule)
{
    const char *words = NULL;

    switch (stage) {
    case STAGE_CONNECT:
        words = "220 liaison-sink ESMTP";
        break;
    case STAGE_EHLO:
        s->greeted = true;
        if (!rule || !rule->action.smtp) {
            greet(s);
            return;
        }
        break;
    case STAGE_MAIL:
        s->in_mail = true;
        s->bare_lf = false;
        g_strlcpy(s->from, s->address, sizeof(s->from));
        words = "250 2.1.0 sender ok";
        break;
    case STAGE_RCPT:
        g_string_append_len(s->rcpts, s->address, (gssize)strlen(s->address) + 1);
        s->n_rcpts++;
        words = "250 2.1.5 recipient ok";
        break;
    case STAGE_DATA:
        s->reading = READ_TEXT;
        s->at_line_start = true;
        s->too_big = false;
        words = "354 end with a dot";
        break;
    default:
        write_record(s, stage, rule, 250, true);
        smtp_forget(s);
        words = "250 2.0.0 taken";
    }
    smtp_say(s, rule && rule->action.smtp && stage != STAGE_DATA ? rule->action.smtp : words);
}

static void refuse(struct smtp *s, enum stage stage, const struct rule *rule, unsigned answer)
{
    write_record(s, stage, rule, answer, false);
    if (stage >= STAGE_DATA)
        smtp_forget(s);
}

static void answer(struct smtp *s, enum stage stage, const struct rule *rule)
{
    const struct action *a = rule ? &rule->action : NULL;

    if (a && fault_take(s->conn, a, &endless_reply)) {
        write_record(s, stage, rule, 0, a->keep);
    } else if (a && a->smtp_code >= 400) {
        refuse(s, stage, rule, a->smtp_code);
        smtp_say(s, a->smtp);
        if (a->smtp_code == 421 || stage == STAGE_CONNECT)
            conn_finish(s->conn);
    } else if (stage == STAGE_BODY && s->too_big) {
        smtp_refuse(s, stage, "552 5.3.4 mail is over the size limit");
    } else {
        pass(s, stage, rule);
    }
}

static void resume(void *session)
{
    struct smtp *s = session;
    struct rule *rule = g_steal_pointer(&s->pending);

    answer(s, s->pending_stage, rule);
    rule_unref(rule);
}

void smtp_stage(struct smtp *s, enum stage stage)
{
    const struct moment m = moment_of(s, stage);
    struct rule *rule = script_decide(s->sink->script, stage, &m);

    if (rule && rule->action.delay_ms) {
        s->pending = rule_ref(rule);
        s->pending_stage = stage;
        conn_pause(s->conn, rule->action.delay_ms, resume);
    } else {
        answer(s, stage, rule);
    }
}

void smtp_refuse(struct smtp *s, enum stage stage, const char *reply)
{
    refuse(s, stage, NULL, (unsigned)g_ascii_strtoull(reply, NULL, 10));
    smtp_say(s, reply);
}
