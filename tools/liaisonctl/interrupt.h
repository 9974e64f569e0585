/*
 * interrupt - ^C and SIGTERM as a question that loops ask.
 */
#pragma once
#include <stdbool.h>

void interrupt_catch(void); /* until then the signals end the program */
bool interrupt_seen(void);
/* Waits; false when a signal cut it short. */
bool interrupt_sleep(unsigned ms);
