/*
** Where in memory a service's next request will be handled. Compiled with Lua's own headers by build.rs; the
** other side is `src/lua/dispatch/lines.rs`.
*/
#define LUA_CORE

#include <stdint.h>

#include "lua.h"
#include "lobject.h"
#include "lstate.h"
#include "lstring.h"
#include "ltable.h"

#ifdef SKYSIM_LUA54
#define luaH_Hgetshortstr luaH_getshortstr
#endif

/* Takes one piece of memory that will be looked at. */
typedef void (*Take) (void *lines, const void *data, size_t bytes);

/* Tables with more entries are looked at by constants only. */
#define FEW 8

typedef struct {
  Take take;
  void *lines;
} Finder;

static void see (const Finder *f, const void *data, size_t bytes) {
  if (data != NULL) f->take(f->lines, data, bytes);
}

static void see_function (const Finder *f, const TValue *o) {
  if (ttisLclosure(o)) {
    const LClosure *cl = clLvalue(o);
    see(f, cl, sizeof(LClosure));
    see(f, cl->p, sizeof(Proto) / 2);
  }
  else if (ttisCclosure(o))
    see(f, clCvalue(o), sizeof(CClosure));
}

/* A table that a handler looks into, by constants or by what the request says. */
static void see_table (const Finder *f, const Proto *p, Table *t) {
  int i;
  see(f, t, sizeof(Table));
  if (sizenode(t) <= FEW) {
    for (i = 0; i < (int)sizenode(t); i++) {
      const Node *n = gnode(t, i);
      if (isempty(gval(n)) || !keyisshrstr(n)) continue;
      see(f, n, sizeof(Node));
      see(f, keystrval(n), sizeof(TString));
      see_function(f, gval(n));
    }
    return;
  }
  for (i = 0; i < p->sizek; i++) {
    const TValue *k = &p->k[i], *value;
    if (!ttisshrstring(k)) continue;
    value = luaH_Hgetshortstr(t, tsvalue(k));
    if (isempty(value)) continue;
    see(f, value, sizeof(Node));
    see_function(f, value);
  }
}

static void see_thread (const Finder *f, const lua_State *L) {
  const CallInfo *ci = L->base_ci.next;
  int depth;
  see(f, L, sizeof(lua_State));
  see(f, L->stack.p, 8 * sizeof(StackValue));
  /* The first function, the handler, and what it calls. */
  for (depth = 0; depth < 3 && ci != NULL; depth++, ci = ci->next)
    see(f, ci, sizeof(CallInfo));
}

/*
** The coroutine that will run next, its handler, which is at that place of `work`, and what the handler
** looks at first. Reads only.
*/
void skysim_lines (const lua_State *work, const lua_State *thread, int handler, Take take, void *lines) {
  Finder f = {take, lines};
  const TValue *o = s2v(work->ci->func.p + handler);
  const LClosure *cl;
  int i;
  see(&f, work, sizeof(lua_State) / 2);
  see(&f, s2v(work->ci->func.p + handler), 3 * sizeof(StackValue));
  if (thread != NULL) see_thread(&f, thread);
  see(&f, G(work), sizeof(l_mem) * 8);
  if (!ttisLclosure(o)) return;
  see_function(&f, o);
  cl = clLvalue(o);
  see(&f, cl->p->k, (size_t)cl->p->sizek * sizeof(TValue));
  for (i = 0; i < cl->nupvalues; i++) {
    const UpVal *up = cl->upvals[i];
    if (up == NULL) continue;
    see(&f, up, sizeof(UpVal));
    if (ttistable(up->v.p)) see_table(&f, cl->p, hvalue(up->v.p));
    else see_function(&f, up->v.p);
  }
}
