/*
** Strings, function prototypes and native functions that many states share. Compiled with Lua's own headers by build.rs.
**
** They never change once they are made, but for what the collector notes in them. So those of a finished
** state are taken out of its lists and marked as luaC_fix marks what is never
** collected: gray and old for ever. The collector of whatever state meets them then passes them by,
** never writes to them and never frees them. Short strings must be one object per content, though:
** where a state has none of its own, internshrstr asks here for a shared one (see build.rs).
*/
#define LUA_CORE

#include <string.h>

#include "lua.h"
#include "lfunc.h"
#include "lgc.h"
#include "lmem.h"
#include "lobject.h"
#include "lstate.h"
#include "lstring.h"

#include "arena.h"

#ifdef SKYSIM_LUA54
#define mainthread(g) ((g)->mainthread)
#endif

/* The size that a table of strings begins with: MINSTRTABSIZE. */
#define SMALLEST_TABLE 128

/* The strings that the states of one template share, by hash; `mask` + 1 is a power of two. */
typedef struct Shared {
  size_t mask;
  TString *buckets[1];
} Shared;

/* The shared string with this content, if the state has one. */
TString *skysim_find_shared (const global_State *g, const char *text, size_t length, unsigned hash) {
  const Shared *shared;
  TString *string;
  if (!skysim_is_own(g)) return NULL;
  shared = skysim_arena(g)->shared;
  if (shared == NULL) return NULL;
  for (string = shared->buckets[hash & shared->mask]; string != NULL; string = string->u.hnext) {
    if (string->hash == hash && (size_t)string->shrlen == length && memcmp(text, getshrstr(string), length) == 0)
      return string;
  }
  return NULL;
}

/* What a shared block is. */
enum Kind { KIND_STRING, KIND_OTHER };

/* Told of every block of memory that is to be shared; KIND_STRING is a short one. */
typedef void (*Found) (void *owner, const void *block, size_t bytes, int kind);

typedef struct Sharing {
  Found found;
  void *owner;
  size_t bytes;
} Sharing;

static void share_block (Sharing *sharing, const void *block, size_t bytes, int kind) {
  if (bytes == 0) return;
  sharing->found(sharing->owner, block, bytes, kind);
  sharing->bytes += bytes;
}

#define share_array(s,a,n) share_block(s, a, (size_t)(n) * sizeof(*(a)), KIND_OTHER)

/* Nothing but value and tag: Lua leaves whatever was there behind them. */
static void tidy_constants (TValue *k, int count) {
  for (; count > 0; k++, count--) {
    TValue constant;
    memset(&constant, 0, sizeof(constant));
    constant.value_ = k->value_;
    constant.tt_ = k->tt_;
    memcpy(k, &constant, sizeof(constant));
  }
}

static void share_prototype (Sharing *sharing, Proto *p) {
#ifdef PF_FIXED
  if (!(p->flag & PF_FIXED))  /* else they lie in the chunk, where they are shared already */
#endif
  {
    share_array(sharing, p->code, p->sizecode);
    share_array(sharing, p->lineinfo, p->sizelineinfo);
    share_array(sharing, p->abslineinfo, p->sizeabslineinfo);
  }
  tidy_constants(p->k, p->sizek);
  share_array(sharing, p->k, p->sizek);
  share_array(sharing, p->p, p->sizep);
  share_array(sharing, p->upvalues, p->sizeupvalues);
  share_array(sharing, p->locvars, p->sizelocvars);
  share_array(sharing, p, 1);
  p->gclist = NULL;
}

static size_t string_bytes (const TString *string) {
  if (string->tt == LUA_VSHRSTR) {
#ifdef SKYSIM_LUA55
    return sizestrshr(cast_uint(string->shrlen));
  }
  return luaS_sizelngstr(string->u.lnglen, string->shrlen);
#else
    return sizelstring(string->shrlen);
  }
  return sizelstring(string->u.lnglen);
#endif
}

static void share_string (Sharing *sharing, TString *string) {
  int kind = string->tt == LUA_VSHRSTR ? KIND_STRING : KIND_OTHER;
  if (kind == KIND_STRING)
    string->u.hnext = NULL;
  else
    luaS_hashlongstr(string);  /* so that nobody writes it there later */
  share_block(sharing, string, string_bytes(string), kind);
}

/* A native function that has an upvalue only to be an object: see state::push_closed. */
static int is_plain_function (const GCObject *o) {
  const CClosure *f;
  if (o->tt != LUA_VCCL) return 0;
  f = gco2ccl(o);
  return f->nupvalues == 1 && ttislightuserdata(&f->upvalue[0]) && pvalue(&f->upvalue[0]) == NULL;
}

static int can_be_shared (const GCObject *o) {
  switch (o->tt) {
    case LUA_VSHRSTR:  /* the lexer of 5.5 writes to this word whenever it begins */
      return strcmp(getshrstr(gco2ts(o)), "global") != 0;
    case LUA_VLNGSTR: case LUA_VPROTO: return 1;
    default: return is_plain_function(o);
  }
}

/* Without an upvalue nobody can assign to it. */
static void share_function (Sharing *sharing, CClosure *f) {
  memset(&f->upvalue[0], 0, sizeof(f->upvalue[0]));
  f->nupvalues = 0;
  f->gclist = NULL;
  share_block(sharing, f, sizeCclosure(1), KIND_OTHER);
}

/* Takes everything that can be shared out of a list. */
static void share_list (Sharing *sharing, GCObject **list) {
  while (*list != NULL) {
    GCObject *o = *list;
    if (!can_be_shared(o)) {
      list = &o->next;
      continue;
    }
    *list = o->next;
    o->next = NULL;
    resetbits(o->marked, bitmask(BLACKBIT) | WHITEBITS);
    setage(o, G_OLD);
    switch (o->tt) {
      case LUA_VPROTO: share_prototype(sharing, gco2p(o)); break;
      case LUA_VCCL: share_function(sharing, gco2ccl(o)); break;
      default: share_string(sharing, gco2ts(o));
    }
  }
}

/* Puts the short strings of a list into an emptied table. */
static void keep_strings (stringtable *table, GCObject *o) {
  for (; o != NULL; o = o->next) {
    if (o->tt == LUA_VSHRSTR) {
      TString *string = gco2ts(o);
      TString **bucket = &table->hash[lmod(string->hash, table->size)];
      string->u.hnext = *bucket;
      *bucket = string;
      table->nuse++;
    }
  }
}

/*
** Gives away what can be shared of a state that has just been collected in full and stands
** still. Until they lie where `found` puts them, only the collector may run in it.
*/
void skysim_share (lua_State *L, Found found, void *owner) {
  global_State *g = G(L);
  Sharing sharing;
  sharing.found = found;
  sharing.owner = owner;
  sharing.bytes = 0;
  share_list(&sharing, &g->allgc);
  share_list(&sharing, &g->fixedgc);
  /* A full collection leaves no object in between. */
  g->survival = g->old1 = g->reallyold = g->allgc;
  g->firstold1 = NULL;
  memset(g->strt.hash, 0, (size_t)g->strt.size * sizeof(TString *));
  g->strt.nuse = 0;
  luaS_resize(L, SMALLEST_TABLE);
  keep_strings(&g->strt, g->allgc);
  keep_strings(&g->strt, g->fixedgc);
#ifdef SKYSIM_LUA55
  g->GCtotalbytes -= (l_mem)sharing.bytes;
#else
  g->totalbytes -= (l_mem)sharing.bytes;
#endif
}

/* How many bytes a table for this many strings takes. */
size_t skysim_shared_bytes (size_t strings) {
  size_t buckets = 1;
  while (buckets < strings) buckets *= 2;
  return sizeof(Shared) + buckets * sizeof(TString *);
}

/* Makes the table, of strings that lie where they will stay. */
void skysim_index_shared (void *table, TString **strings, size_t count) {
  Shared *shared = (Shared *)table;
  size_t index, buckets = 1;
  while (buckets < count) buckets *= 2;
  shared->mask = buckets - 1;
  for (index = 0; index < buckets; index++) shared->buckets[index] = NULL;
  for (index = 0; index < count; index++) {
    TString **bucket = &shared->buckets[strings[index]->hash & shared->mask];
    strings[index]->u.hnext = *bucket;
    *bucket = strings[index];
  }
}

/* The prototype of the Lua function on top of the stack. */
const void *skysim_prototype (lua_State *L) {
  return clLvalue(s2v(L->top.p - 1))->p;
}

/*
** Pushes a function made of a shared prototype, as lua_load does with a fresh one; its upvalues are
** nil. Needs a free slot of the stack.
*/
void skysim_push_function (lua_State *L, const void *prototype) {
  Proto *p = (Proto *)prototype;
  LClosure *f = luaF_newLclosure(L, p->sizeupvalues);
  f->p = p;
  setclLvalue2s(L, L->top.p, f);
  L->top.p++;
  luaF_initupvals(L, f);
}

/* Whether closing the state would run code: finalizers, or variables to be closed. */
int skysim_has_last_words (lua_State *L) {
  const global_State *g = G(L);
  const lua_State *main = mainthread(g);
  return g->finobj != NULL || g->tobefnz != NULL || main->tbclist.p > main->stack.p;
}
