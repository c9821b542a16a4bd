/*
** The head of an arena, as `src/memory/arena.rs` has it: what the allocation function of our own states has a
** pointer to. Somebody else's state has another function. Included by our own files beside Lua's.
*/
#ifndef SKYSIM_ARENA_H
#define SKYSIM_ARENA_H

#include <stdint.h>

#include "lstate.h"

struct Shared; /* see shared.c */
struct Cover; /* see cover.c */

typedef struct Arena {
  const struct Shared *shared; /* or NULL */
  struct Cover *cover; /* or NULL */
  int64_t until_look; /* see watch.c */
} Arena;

void *skysim_lua_alloc (void *arena, void *block, size_t from, size_t to);

#define skysim_is_own(g) ((g)->frealloc == skysim_lua_alloc)
#define skysim_arena(g) ((Arena *)(g)->ud)

#endif
