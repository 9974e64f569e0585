#include "wire/decoder_memory.h"

#include <glib.h>
#include <jansson.h>

void decoder_memory_set(void)
{
    json_set_alloc_funcs(g_malloc, g_free);
}
