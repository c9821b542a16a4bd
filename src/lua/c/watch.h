/*
** Included by watch.c, and by what build.rs puts into Lua's own files.
*/
#ifndef SKYSIM_WATCH_H
#define SKYSIM_WATCH_H

#include "lstate.h"

/* A bit of `hookmask` beside those of hooks and of cover.h. */
#define SKYSIM_WATCHED 0x40

int skysim_watched (lua_State *L, CallInfo *ci, const Instruction *pc);
int skysim_called (lua_State *L);

#endif
