/*
 * fuzz_target - what libFuzzer and replay.c call.
 *
 * A target takes any bytes and returns 0; whatever is wrong it says by aborting.
 */
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
