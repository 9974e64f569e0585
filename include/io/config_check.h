/*
 * config_check - what a text in the configuration may be.
 *
 * Each takes a text and returns NULL when it is good, else a static sentence that says what would
 * be right.  They fit the check member of struct config_key and struct config_field.
 */
#pragma once

const char *config_check_mailbox(const char *text);
const char *config_check_host(const char *text);      /* name or address of a host */
const char *config_check_listen(const char *text);    /* "127.0.0.1:8440", "[::1]:8440" */
const char *config_check_network(const char *text);   /* "127.0.0.0/8", "fd00::/8" */
const char *config_check_url(const char *text);       /* http or https with a host */
const char *config_check_base_url(const char *text);  /* of links: no query, no fragment, ASCII */
const char *config_check_telephone(const char *text); /* as printed: digits, blanks, + - . ( ) */
const char *config_check_id(const char *text);        /* "los-angeles-wilshire" */
const char *config_check_state(const char *text);     /* "IL" */
const char *config_check_schedule(const char *text);  /* "0 2 5 10 20 40 60" */
const char *config_check_release_rule(const char *text); /* "actual 100 1800" */
