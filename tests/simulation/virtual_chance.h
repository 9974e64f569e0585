/*
 * virtual_chance - what the daemon leaves to chance, from a seed: ids, keys, the jitter of retries.
 *
 * Whoever links it links with VIRTUAL_CHANCE_OPTIONS (CMakeLists.txt), by which base/id.h's
 * id_new() and base/digest.h's digest_random() come here: one seed is then one history to the last
 * byte. Until it is called chance is as it was.
 */
#pragma once
#include <stdint.h>

void virtual_chance(uint32_t seed);
