/*
** Which lines and branches a run reaches. Compiled with Lua's own headers by build.rs.
**
** Not by a hook: services may set hooks of their own, and the simulator has some. Instead a bit of `hookmask`
** that no hook has makes the interpreter ask here (luaG_traceexec, see build.rs) at the first instruction of an
** activation; as long as something of the function is not known yet, also at every further one. Lua's memory is
** not touched, and no Lua code sees the bit. The other side is `src/lua/coverage`.
*/
#define LUA_CORE

#include <stdint.h>
#include <string.h>

#include "lua.h"
#include "ldebug.h"
#include "lobject.h"
#include "lopcodes.h"
#include "lstate.h"
#include "lstring.h"

#include "arena.h"
#include "cover.h"

#define KNOWN_BITS 8

/* What an instruction tells by being reached. Slots are numbers of `Function.first`, from 1; 0 is none. */
typedef struct Step {
  uint32_t line;  /* the slot of its line */
  uint32_t way;   /* the slot of its first way, if it decides between two; the next is of the other */
  uint32_t next;  /* where the first way leads */
} Step;

/* A function of the users' files, the same for all VMs and threads. */
typedef struct Function {
  const Step *steps;
  uint32_t *first;    /* for each slot, the first run that reached it */
  uint32_t complete;  /* later runs find nothing new in it */
} Function;

/* What a VM knows; lies outside of its arena. */
typedef struct Cover {
  uint32_t run;
  void *owner;
  struct { const Proto *prototype; Function *function; } known[1 << KNOWN_BITS];
} Cover;

Function *skysim_cover_find (void *owner, const Proto *p);
void skysim_cover_reached (Function *function, uint32_t slot, uint32_t run);

static size_t place_of (const Proto *p) {
  return (size_t)(((uint64_t)(uintptr_t)p * UINT64_C(0x9e3779b97f4a7c15)) >> (64 - KNOWN_BITS));
}

static void reach (Cover *cover, Function *function, uint32_t slot) {
  if (slot != 0 && __atomic_load_n(&function->first[slot - 1], __ATOMIC_RELAXED) > cover->run)
    skysim_cover_reached(function, slot - 1, cover->run);
}

/* The instruction at `pc` comes next; whether to ask at the one after it, too. */
int skysim_cover (lua_State *L, CallInfo *ci, const Proto *p, const Instruction *pc) {
  Cover *cover = skysim_arena(G(L))->cover;
  size_t place = place_of(p);
  Function *function;
  const Step *before;
  ptrdiff_t at = pc - p->code, last = ci->u.l.savedpc - p->code - 1;
  if (cover->known[place].prototype != p) {
    cover->known[place].function = skysim_cover_find(cover->owner, p);
    cover->known[place].prototype = p;
  }
  function = cover->known[place].function;
  if (function == NULL || __atomic_load_n(&function->complete, __ATOMIC_RELAXED) <= cover->run) return 0;
  reach(cover, function, function->steps[at].line);
  if (last >= 0) {
    before = &function->steps[last];
    if (before->way != 0) reach(cover, function, before->way + (before->next != (uint32_t)at));
  }
  ci->u.l.savedpc = pc + 1;  /* for the next time */
  return 1;
}

/* A prototype is about to be freed; another may get its place. */
void skysim_cover_forget (const global_State *g, const Proto *p) {
  Cover *cover;
  if (!skysim_is_own(g)) return;
  cover = skysim_arena(g)->cover;
  if (cover != NULL && cover->known[place_of(p)].prototype == p) cover->known[place_of(p)].prototype = NULL;
}

/* From now on what this thread runs counts, and the coroutines that it makes. */
void skysim_cover_begin (lua_State *L) {
  L->hookmask = cast_byte(L->hookmask | SKYSIM_COVERS);
}

/* What a prototype is. */
typedef struct Description {
  const char *source;
  size_t source_length;
  const void *code;
  uint32_t instructions;
  uint32_t children;
  uint32_t line;
  uint32_t last_line;
} Description;

void skysim_cover_describe (const Proto *p, Description *d) {
  d->source = p->source == NULL ? "" : getstr(p->source);
  d->source_length = p->source == NULL ? 0 : tsslen(p->source);
  d->code = p->code;
  d->instructions = (uint32_t)p->sizecode;
  d->children = (uint32_t)p->sizep;
  d->line = (uint32_t)p->linedefined;
  d->last_line = (uint32_t)p->lastlinedefined;
}

const Proto *skysim_cover_child (const Proto *p, uint32_t index) {
  return p->p[index];
}

/* An instruction, as far as its ways are concerned. */
typedef struct Fork {
  uint32_t line;     /* 0: never reached by itself */
  uint32_t decides;  /* 0: nothing; else 1 + the instruction that stands for the decision */
  uint32_t next;     /* where the first way leads */
} Fork;

typedef struct Walk {
  const Proto *p;
  Fork *forks;
  uint32_t *waiting;
  uint32_t count;
} Walk;

static void visit (Walk *walk, ptrdiff_t at) {
  Instruction i;
  if (at < 0 || at >= walk->p->sizecode || walk->forks[at].line != 0) return;
  i = walk->p->code[at];
  /* A function is made where it begins, not at its `end`. */
  walk->forks[at].line = (uint32_t)(GET_OPCODE(i) == OP_CLOSURE ? walk->p->p[GETARG_Bx(i)]->linedefined
                                                               : luaG_getfuncline(walk->p, (int)at));
  if (walk->forks[at].line != 0) walk->waiting[walk->count++] = (uint32_t)at;
}

static void decide (Walk *walk, ptrdiff_t at, ptrdiff_t stands_for, ptrdiff_t next) {
  walk->forks[at].decides = (uint32_t)stands_for + 1;
  walk->forks[at].next = (uint32_t)next;
}

/*
** Follows all ways through a prototype. `forks` has a place for each instruction and is all zero, `waiting` has
** one for each, too. The interpreter reads the jump after a test, and the call and the test of a `for` loop,
** without asking: what comes next then belongs to the instruction that it asked for last.
*/
void skysim_cover_walk (const Proto *p, Fork *forks, uint32_t *waiting) {
  Walk walk;
  walk.p = p;
  walk.forks = forks;
  walk.waiting = waiting;
  walk.count = 0;
  visit(&walk, 0);
  while (walk.count > 0) {
    ptrdiff_t at = waiting[--walk.count], loop;
    Instruction i = p->code[at];
    OpCode op = GET_OPCODE(i);
    if (testTMode(op)) {  /* a jump follows */
      ptrdiff_t jump = at + 2 + GETARG_sJ(p->code[at + 1]);
      /* A comparison that only makes a value does not decide. */
      if (GET_OPCODE(p->code[at + 2]) != OP_LFALSESKIP && GET_OPCODE(p->code[jump]) != OP_LFALSESKIP)
        decide(&walk, at, at, at + 2);
      visit(&walk, at + 2);
      visit(&walk, jump);
      continue;
    }
    switch (op) {
      case OP_JMP:
        visit(&walk, at + 1 + GETARG_sJ(i));
        break;
      case OP_FORPREP:
        decide(&walk, at, at, at + 1);
        visit(&walk, at + 1);
        visit(&walk, at + GETARG_Bx(i) + 2);
        break;
      case OP_FORLOOP:
        visit(&walk, at + 1);
        visit(&walk, at + 1 - GETARG_Bx(i));
        break;
      case OP_TFORPREP:
        loop = at + 1 + GETARG_Bx(i);
        decide(&walk, at, at, loop + 2);
        decide(&walk, loop, at, loop + 2);
        decide(&walk, loop + 1, at, loop + 2);
        visit(&walk, at + 1);
        visit(&walk, loop + 2);
        break;
      case OP_RETURN: case OP_RETURN0: case OP_RETURN1: case OP_TAILCALL:
        break;
      case OP_LFALSESKIP: case OP_LOADKX: case OP_NEWTABLE:
        visit(&walk, at + 2);
        break;
      case OP_SETLIST:
        visit(&walk, at + (TESTARG_k(i) ? 2 : 1));
        break;
      default:
        visit(&walk, at + 1);
    }
  }
  if (GET_OPCODE(p->code[0]) == OP_VARARGPREP) forks[0].line = 0;  /* it is no line's */
}
