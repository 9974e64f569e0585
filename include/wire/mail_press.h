/*
 * mail_press - what mails about one version have in common, worked out once.
 *
 * Most of a mail is the same for all who read its language in its place: the header but for whom it
 * is to, the text, the numbers to call, the times; of a desk's mail the list of missions.  A press
 * keeps that as notice_forms has it; what differs by person is filled in for each.  One thread.
 *
 *   struct mail_press *p = mail_press_new();
 *   GBytes *mail = mail_message_render(n, templates, &settings, p, &error);
 *
 * It borrows the templates and the settings: whoever changes one of them makes another press.
 */
#pragma once
#include "wire/mail_head.h"
#include "wire/template.h"

struct mail_press;

struct mail_form { /* one kind of mail */
    struct mail_head *head;
    struct template *text, *html; /* filled with notice_own's texts; encoded */
};

struct mail_press *mail_press_new(void);
void mail_press_free(struct mail_press *p); /* may be NULL */

/* The form of such mails, which the press keeps and may drop at the next call; NULL: there is none
 * (notice_forms_get).  empty: notice_own_empty(). */
const struct mail_form *mail_press_form(struct mail_press *p, const struct notice *n,
                                        const struct template_set *t, const struct mail_settings *s,
                                        unsigned empty);
