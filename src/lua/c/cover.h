/*
** Included by cover.c, and by what build.rs puts into Lua's own files.
*/
#ifndef SKYSIM_COVER_H
#define SKYSIM_COVER_H

#include "lobject.h"
#include "lstate.h"

/* A bit of `hookmask` beside those of hooks. */
#define SKYSIM_COVERS 0x80

int skysim_cover (lua_State *L, CallInfo *ci, const Proto *p, const Instruction *pc);
void skysim_cover_forget (const global_State *g, const Proto *p);

#endif
