#include "prompt.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

#include "out.h"

#define TERMINAL "/dev/tty"

bool prompt_possible(bool input_taken)
{
    if (!isatty(fileno(out_stream())))
        return false;
    if (!input_taken)
        return isatty(STDIN_FILENO);
    FILE *tty = fopen(TERMINAL, "re");
    if (tty)
        fclose(tty);
    return tty != NULL;
}

char *prompt_line(bool input_taken, const char *question)
{
    FILE *from = input_taken ? fopen(TERMINAL, "re") : stdin;
    char line[256];

    if (!from)
        return NULL;
    out_bold("%s ", question);
    fflush(out_stream());
    char *typed = fgets(line, sizeof line, from) ? g_strdup(g_strstrip(line)) : NULL;
    if (input_taken)
        fclose(from);
    return typed;
}
