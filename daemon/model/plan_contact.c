/* Whom a plan can make somebody's: offices, desks and partners as one. */
#include "model/plan.h"
#include "model/reach.h"

struct plan_contact plan_contact_of_office(const struct office *o)
{
    return (struct plan_contact){ OBLIGATION_OFFICE, o->id,       o->name,
                                  o->contact.tel,    &o->contact, o->exercises };
}

struct plan_contact plan_contact_of_desk(const struct desk *k)
{
    return (struct plan_contact){ OBLIGATION_DESK, k->id,       k->name,
                                  k->contact.tel,  &k->contact, k->exercises };
}

/* Partners take part in no exercise. */
struct plan_contact plan_contact_of_partner(const struct partner *p)
{
    return (struct plan_contact){ OBLIGATION_PARTNER, p->id, p->name, p->tel, &p->contact, false };
}

struct plan_contact plan_contact_of_duty(const struct duty *y)
{
    return y->office ? plan_contact_of_office(y->office) : plan_contact_of_desk(y->desk);
}

bool plan_reaches(const struct plan_contact *to, enum broadcast_status status)
{
    return reach_allows(status, to->exercises);
}
