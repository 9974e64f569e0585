#include "model/reach.h"

/* A value outside the enum reaches nobody: every branch that says yes names its status. */
bool reach_allows(enum broadcast_status status, bool opted_in)
{
    return status == STATUS_ACTUAL || (status == STATUS_EXERCISE && opted_in);
}

bool reach_uses_test_recipient(enum broadcast_status status)
{
    return status == STATUS_TEST;
}

bool reach_dispatches(enum broadcast_status status, enum broadcast_type type)
{
    bool sent = status == STATUS_ACTUAL || status == STATUS_EXERCISE || status == STATUS_TEST;
    return sent && (type == TYPE_ALERT || type == TYPE_UPDATE || type == TYPE_CANCEL);
}

const char *reach_banner(enum broadcast_status status)
{
    switch (status) {
    case STATUS_ACTUAL:
        return NULL;
    case STATUS_EXERCISE:
        return "EXERCISE EXERCISE EXERCISE";
    case STATUS_TEST:
        return "TEST TEST TEST";
    case STATUS_SYSTEM:
        return "SYSTEM SYSTEM SYSTEM";
    case STATUS_DRAFT:
        return "DRAFT DRAFT DRAFT";
    }
    return "NOT ACTUAL";
}
