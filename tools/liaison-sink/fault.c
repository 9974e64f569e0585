#include "fault.h"

/* Bytes that are neither protocol: controls, high bytes, NUL and a few line ends, always the same.
 */
static void send_garbage(struct conn *c)
{
    char noise[512];

    for (unsigned i = 0; i < sizeof(noise); i++)
        noise[i] = (char)((i * 167 + i / 7 * 31 + 129) & 0xff);
    conn_send(c, noise, sizeof(noise));
    conn_say(c, "\r\n");
    conn_finish(c);
}

bool fault_take(struct conn *c, const struct action *a, const struct fault_material *m)
{
    if (a->drop != DROP_NOT) {
        conn_drop(c);
        return true;
    }
    if (a->hang) {
        conn_hang(c);
        return true;
    }
    if (a->trickle_bps && a->endless == ENDLESS_NOT)
        conn_trickle(c, a->trickle_bps);
    if (a->garbage) {
        send_garbage(c);
        return true;
    }
    if (a->endless != ENDLESS_NOT) {
        const bool headers = a->endless == ENDLESS_HEADERS;

        conn_say(c, headers ? m->headers_begin : m->body_begin);
        conn_endless(c, headers ? m->headers_again : m->body_again, a->trickle_bps);
        return true;
    }
    return false;
}
