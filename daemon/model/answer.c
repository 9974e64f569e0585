#include "model/answer.h"

const char *const answer_names[] = { "understood", "need-assistance", "not-affected",
                                     "wrong-person", NULL };
const char *const answer_method_names[] = { "page", "webhook", NULL };

enum obligation_event answer_event(enum answer a)
{
    return a == ANSWER_WRONG_PERSON ? OBLIGATION_ON_WRONG_PERSON : OBLIGATION_ON_ACKNOWLEDGED;
}
