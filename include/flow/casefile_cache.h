/*
 * casefile_cache - the casefiles of broadcasts that are being sent, or will be at once.
 *
 * Loop thread only.  It keeps the last few that were used, so that memory does not grow with the
 * number of queued broadcasts; full, it lets go of the one that was not used for longest among
 * those that nobody else holds; where all are held, of the one that is read again for least.
 *
 * Beside them stand the ones that were just stored and that nothing was claimed of yet
 * (casefile_cache_offer): the first claim need not read from the store what was written there a
 * moment ago.  Where there is no room for another one it is not kept, and read as any other; those
 * that wait longer are not displaced by it, because claims come in the order of storing.
 */
#pragma once
#include "flow/casefile.h"

#define CASEFILE_CACHE_MAX 256
#define CASEFILE_CACHE_MAX_BULK 40000       /* casefile_bulk() of those that nobody else holds */
#define CASEFILE_CACHE_MAX_FRESH_BULK 10000 /* beyond it no other one is kept for its first use */
#define CASEFILE_CACHE_FRESH_MS 10000       /* one that waits longer makes room */

struct casefile_cache;
struct casefile_cache *casefile_cache_new(void);
void casefile_cache_free(struct casefile_cache *cache);
GPtrArray *
casefile_cache_all(const struct casefile_cache *cache); /* with references of their own */
/* Takes a reference; it is the last one used.  It may be one too many until the cache is trimmed,
 * which is done when whoever read it has let it go. */
void casefile_cache_put(struct casefile_cache *cache, struct casefile *c);
void casefile_cache_trim(struct casefile_cache *cache);
/* Of what was just stored: takes a reference if there is room. */
void casefile_cache_offer(struct casefile_cache *cache, struct casefile *c);
void casefile_cache_drop(struct casefile_cache *cache, int64_t no);
