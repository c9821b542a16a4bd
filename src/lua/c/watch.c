/*
** Counting instructions, and breaking off what runs. Compiled with Lua's own headers by build.rs.
**
** Not by a hook, for the reason that cover.c has: a service's own hooks stay as they are, whether the simulator
** counts or not. A bit of `hookmask` makes the interpreter ask here before each instruction (luaG_traceexec) and each
** call of a C function (precallC). The other side is `src/lua/meter.rs`.
*/
#define LUA_CORE

#include <stdint.h>

#include "lua.h"
#include "ldo.h"
#include "lobject.h"
#include "lstate.h"

#include "arena.h"
#include "watch.h"

/* What a call of a C function counts, in instructions. */
#define CALL 20

/* Whether to go on asking. May raise. */
int skysim_look (lua_State *L);

static int spend (lua_State *L, int64_t instructions) {
  Arena *arena = skysim_arena(G(L));
  arena->until_look -= instructions;
  return arena->until_look <= 0;
}

/* The instruction at `pc` comes next; whether to ask at the one after it, too. */
int skysim_watched (lua_State *L, CallInfo *ci, const Instruction *pc) {
  ptrdiff_t top;
  int goes_on;
  if (!spend(L, 1)) return 1;
  ci->u.l.savedpc = pc + 1;
  top = savestack(L, L->top.p);
  if (L->top.p < ci->top.p) L->top.p = ci->top.p;
  goes_on = skysim_look(L);
  L->top.p = restorestack(L, top);
  return goes_on;
}

/* A C function is about to be called; whether a hook wants to know. */
int skysim_called (lua_State *L) {
  if ((L->hookmask & SKYSIM_WATCHED) && spend(L, CALL)) skysim_look(L);
  return (L->hookmask & LUA_MASKCALL) != 0;
}

/* From now on `L` asks. Also called from another thread, as lua_sethook may be. */
void skysim_watch (lua_State *L) {
  CallInfo *ci;
  L->hookmask = cast_byte(L->hookmask | SKYSIM_WATCHED);
  for (ci = L->ci; ci != NULL; ci = ci->previous) {
    if (isLua(ci)) ci->u.l.trap = 1;
  }
}

/* No longer. */
void skysim_unwatch (lua_State *L) {
  L->hookmask = cast_byte(L->hookmask & ~SKYSIM_WATCHED);
}
