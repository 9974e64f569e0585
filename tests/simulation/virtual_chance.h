/*
 * virtual_chance - what the daemon leaves to chance, from a seed: ids, keys, salts, the jitter of
 * retries.
 *
 * Whoever links it links with VIRTUAL_CHANCE_OPTIONS (CMakeLists.txt), by which id_new(),
 * digest_random() and delivery_record_seal() come here: one seed is then one history to the last
 * byte.  Until it is called chance is as it was.
 */
#pragma once
#include <stdint.h>

void virtual_chance(uint32_t seed);
