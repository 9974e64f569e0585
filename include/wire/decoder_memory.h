/*
 * decoder_memory - where jansson has its memory from: GLib, which ends the process when there is
 * none, as everywhere in the daemon.
 *
 * With an allocator that says so instead, a reader that finds none would tell a sender that the
 * text is wrong, and a writer would leave members out.  Expat has the same (wire/cap_xml).
 */
#pragma once

void decoder_memory_set(void); /* once, before the first text is read or written */
