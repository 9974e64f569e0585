#include "model/duty.h"

#define TEN_YEARS_MS (INT64_C(3653) * 86400000)

/* Those who own a subject while open, the first before the second; behind them stands the Command
 * Center. */
struct line {
    const struct directory *d;
    struct duty owners[2]; /* because is not set */
    size_t n;
};

static const struct hours *hours_of(const struct duty *owner)
{
    return owner->office ? &owner->office->hours : &owner->desk->hours;
}

static bool is_plds(const struct office *o, const char *mission_kind)
{
    return g_str_equal(o->id, DUTY_PLD_OFFICE) &&
           (g_str_equal(mission_kind, "embassy") ||
            g_str_equal(mission_kind, "permanent-mission-oas"));
}

const char *duty_kind(const struct office *o, const char *mission_kind)
{
    return is_plds(o, mission_kind) ? mission_kind : "";
}

static struct line line_of_office(const struct directory *d, const struct office *o,
                                  const char *mission_kind)
{
    struct line line = { .d = d };
    const struct desk *pld = is_plds(o, mission_kind) ? directory_desk(d, DUTY_PLD) : NULL;
    if (pld)
        line.owners[line.n++].desk = pld;
    line.owners[line.n++].office = o;
    return line;
}

static struct line line_of_desk(const struct directory *d, const struct desk *k)
{
    struct line line = { .d = d, .n = 1 };
    line.owners[0].desk = k;
    return line;
}

static const struct desk *command_center(const struct directory *d)
{
    const struct desk *k = directory_desk(d, DUTY_COMMAND_CENTER);
    g_assert(k); /* configuration without it is refused */
    return k;
}

/* The owner at at_ms and its place in the line; n is the Command Center's. */
static size_t owner_at(const struct line *line, int64_t at_ms, struct duty *owner)
{
    const char *first_shut = NULL, *because;
    for (size_t i = 0; i < line->n; i++) {
        if (hours_is_open(hours_of(&line->owners[i]), at_ms, &because)) {
            *owner = line->owners[i];
            owner->because = because;
            return i;
        }
        if (!first_shut)
            first_shut = because;
    }
    *owner = (struct duty){ .desk = command_center(line->d), .because = first_shut };
    return line->n;
}

struct duty duty_at(const struct directory *d, const struct office *o, const char *mission_kind,
                    int64_t at_ms)
{
    struct duty owner;
    struct line line = line_of_office(d, o, mission_kind);
    owner_at(&line, at_ms, &owner);
    return owner;
}

struct duty duty_usual(const struct directory *d, const struct office *o, const char *mission_kind)
{
    return line_of_office(d, o, mission_kind).owners[0];
}

struct duty duty_of_desk(const struct directory *d, const struct desk *k, int64_t at_ms)
{
    struct duty owner;
    struct line line = line_of_desk(d, k);
    owner_at(&line, at_ms, &owner);
    return owner;
}

char *duty_name(const struct duty *y)
{
    return y->office ? g_strconcat("office:", y->office->id, NULL)
                     : g_strconcat("desk:", y->desk->id, NULL);
}

const struct contact *duty_contact(const struct duty *y)
{
    return y->office ? &y->office->contact : &y->desk->contact;
}

static int64_t next_change(const struct line *line, int64_t after_ms)
{
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < line->n; i++)
        next = MIN(next, hours_next_change(hours_of(&line->owners[i]), after_ms));
    return next;
}

size_t duty_changes(const struct directory *d, const struct office *o, const char *mission_kind,
                    const struct desk *k, int64_t after_ms, struct duty_change *out, size_t n)
{
    struct line line = o ? line_of_office(d, o, mission_kind) : line_of_desk(d, k);
    struct duty owner;
    size_t place = owner_at(&line, after_ms, &owner), written = 0;
    int64_t last_ms = after_ms, at_ms = after_ms;
    while (written < n) {
        at_ms = next_change(&line, at_ms);
        if (at_ms == INT64_MAX || at_ms - last_ms > TEN_YEARS_MS)
            break;
        size_t now = owner_at(&line, at_ms, &owner);
        if (now == place)
            continue;
        /* Whoever stands further in front opened, or closed: that is why. */
        const struct hours *changed = hours_of(&line.owners[MIN(now, place)]);
        out[written++] = (struct duty_change){ at_ms, owner, hours_change_because(changed, at_ms) };
        place = now;
        last_ms = at_ms;
    }
    return written;
}
