/*
 * fuzz_peer - a server on loopback that says what the input tells it to, one connection at a time.
 *
 * The script is cut at its NULs into pieces; whenever the client has said something comes the next,
 * after the last the connection ends.
 */
#pragma once
#include "fuzz_target.h"
#include <stdbool.h>

enum fuzz_peer_kind {
    FUZZ_PEER_LISTENS, /* the script is one answer, header and all */
    FUZZ_PEER_JSON,    /* pieces are bodies; one that begins with "!" is a problem, with ":" a
                          stream of events */
};

/* Starts it at the first call; for the life of the process.  Answers its port. */
int fuzz_peer_port(enum fuzz_peer_kind kind);
void fuzz_peer_script(const uint8_t *data, size_t size); /* copied */
