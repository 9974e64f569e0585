/*
 * language - language tags (BCP 47), by shape.
 *
 * Primary subtag of two or three letters, then subtags of two to eight letters or digits; whether a
 * tag is registered is not looked at.
 */
#pragma once

#define LANGUAGE_MAX_BYTES 35

/* The tag in its usual spelling ("ES-mx" -> "es-MX", "zh-hant" -> "zh-Hant"), which is how tags are
 * compared; NULL when it has not the shape.  Caller frees. */
char *language_canonical(const char *tag);
