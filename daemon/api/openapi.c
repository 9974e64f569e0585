#include "api/openapi.h"

/* The file itself becomes part of the program: what is served is what was reviewed. */
__asm__(".section .rodata\n"
        ".global api_openapi_begin\n"
        ".global api_openapi_end\n"
        "api_openapi_begin:\n"
        ".incbin \"" API_OPENAPI_FILE "\"\n"
        "api_openapi_end:\n"
        ".byte 0\n"
        ".previous\n");

extern const char api_openapi_begin[], api_openapi_end[];

const char *api_openapi(size_t *len)
{
    *len = (size_t)(api_openapi_end - api_openapi_begin);
    return api_openapi_begin;
}
