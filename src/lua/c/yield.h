/*
** Yielding without a jump. Lua's own way out of a function that yields is longjmp, after which a processor
** guesses wrong where each of the functions below returns to: a tenth of the time of a call. But where the
** function was called by an instruction of Lua code that lua_resume runs itself, all of them may just return.
** Included by what build.rs puts into Lua's own files.
*/
#ifndef SKYSIM_YIELD_H
#define SKYSIM_YIELD_H

#include <limits.h>

#include "lua.h"

/* What a function returns that has yielded: no number of results. */
#define SKYSIM_YIELDED INT_MAX

/* As lua_yieldk, but that the caller must return what this returns, and do nothing else. */
int skysim_yieldk (lua_State *L, int nresults, lua_KContext ctx, lua_KFunction k);

#endif

/* In ldo.c, behind lua_yieldk. */
#ifdef SKYSIM_DEFINE_YIELD
int skysim_yieldk (lua_State *L, int nresults, lua_KContext ctx, lua_KFunction k) {
	CallInfo *ci = L->ci;
	/* No C function is between this one's caller and lua_resume: see luaD_rawrunprotected. */
	if (yieldable(L) && !isLua(ci) && isLua(ci->previous) && L->errorJmp->ccalls == L->nCcalls) {
		L->status = LUA_YIELD;
		ci->u2.nyield = nresults;
		if ((ci->u.c.k = k) != NULL) ci->u.c.ctx = ctx;
		return SKYSIM_YIELDED;
	}
	return lua_yieldk(L, nresults, ctx, k);
}
#endif
