/*
 * prompt - a question to the person at the terminal.
 */
#pragma once
#include <stdbool.h>

/* Is there somebody to ask?  When standard input holds a file, the controlling terminal is asked.
 */
bool prompt_possible(bool input_taken);
/* The line that was typed, without blanks around it; NULL: end of input.  Caller frees. */
char *prompt_line(bool input_taken, const char *question);
