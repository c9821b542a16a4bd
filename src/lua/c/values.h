/*
** Lua's values and tables seen from inside, for packing and unpacking: through the public functions
** each value would take three or four calls. Included by lua.h (LUA_USER_H, see shim.h) in every
** file of Lua, and compiled into one of them. The other side is `src/lua/native/value.rs`.
*/
#ifdef lapi_c

/* What lua.h declares only later, in the same words. */
#ifdef SKYSIM_LUA55
#define LUA_GCPN		6
#endif
LUA_API int (lua_checkstack) (lua_State *L, int n);

#include "lgc.h"
#include "lobject.h"
#include "lstate.h"
#include "lstring.h"
#include "ltable.h"
#include "lvm.h"

enum {
	SKYSIM_NIL, SKYSIM_BOOLEAN, SKYSIM_INTEGER, SKYSIM_FLOAT, SKYSIM_STRING, SKYSIM_POINTER, SKYSIM_TABLE,
	SKYSIM_OTHER,
	/* Only as an argument: what is on top of the stack. */
	SKYSIM_HELD
};

/* A value. The bytes of a string are Lua's own. */
typedef struct {
	int kind;
	int type; /* Lua's, for SKYSIM_OTHER */
	size_t length; /* of a string */
	union {
		lua_Integer integer; /* a boolean, too */
		lua_Number number;
		const char *bytes;
		void *pointer; /* a table, too */
	} u;
} skysim_Value;

/* A table being walked; it is on the stack meanwhile. */
typedef struct {
	Table *table;
	lua_Unsigned length; /* as the length operator tells without metamethods */
	unsigned at; /* the next place of the array, and beyond it, of the hash */
	int has_metatable;
} skysim_Walk;

static inline __attribute__((always_inline)) void skysim_view(const TValue *o, skysim_Value *v) {
	switch (ttypetag(o)) {
	case LUA_VNUMINT: v->kind = SKYSIM_INTEGER; v->u.integer = ivalue(o); return;
	case LUA_VNUMFLT: v->kind = SKYSIM_FLOAT; v->u.number = fltvalue(o); return;
	case LUA_VFALSE: v->kind = SKYSIM_BOOLEAN; v->u.integer = 0; return;
	case LUA_VTRUE: v->kind = SKYSIM_BOOLEAN; v->u.integer = 1; return;
	case LUA_VLIGHTUSERDATA: v->kind = SKYSIM_POINTER; v->u.pointer = pvalue(o); return;
	case LUA_VTABLE: v->kind = SKYSIM_TABLE; v->u.pointer = hvalue(o); return;
	case LUA_VSHRSTR: case LUA_VLNGSTR:
		v->kind = SKYSIM_STRING;
		v->length = tsslen(tsvalue(o));
		v->u.bytes = getstr(tsvalue(o));
		return;
	default:
		v->kind = ttisnil(o) ? SKYSIM_NIL : SKYSIM_OTHER;
		v->type = ttype(o);
	}
}

/* The value at `index` counted from the function, which has that many arguments. */
void skysim_value_at(lua_State *L, int index, skysim_Value *v) {
	skysim_view(s2v(L->ci->func.p + index), v);
}

/* The first `n` arguments of the running function; an absent one is SKYSIM_OTHER of type LUA_TNONE. */
void skysim_arguments(lua_State *L, int n, skysim_Value *v) {
	StkId o = L->ci->func.p + 1;
	for (; n > 0; n--, o++, v++) {
		if (o < L->top.p)
			skysim_view(s2v(o), v);
		else {
			v->kind = SKYSIM_OTHER;
			v->type = LUA_TNONE;
		}
	}
}

/* The array part: its size, and a value in it. */
#ifdef SKYSIM_LUA55
#define skysim_asize(t) ((t)->asize)
static inline int skysim_slot(const Table *t, unsigned i, skysim_Value *v) {
	lu_byte tag = *getArrTag(t, i);
	TValue value;
	if (tagisempty(tag)) return 0;
	farr2val(t, i, tag, &value);
	skysim_view(&value, v);
	return 1;
}
static void skysim_lookup(Table *t, lua_Integer i, skysim_Value *v) {
	TValue value;
	setnilvalue(&value);
	if (tagisempty(luaH_getint(t, i, &value))) setnilvalue(&value);
	skysim_view(&value, v);
}
#define skysim_length(L, t) luaH_getn(L, t)
#else
#define skysim_asize(t) luaH_realasize(t)
static inline int skysim_slot(const Table *t, unsigned i, skysim_Value *v) {
	if (isempty(&t->array[i])) return 0;
	skysim_view(&t->array[i], v);
	return 1;
}
static void skysim_lookup(Table *t, lua_Integer i, skysim_Value *v) {
	skysim_view(luaH_getint(t, i), v);
}
#define skysim_length(L, t) luaH_getn(t)
#endif

/* Begins a walk: pushes the table, which may be reachable from nowhere else later. 0 without room. */
int skysim_walk(lua_State *L, void *table, skysim_Walk *w) {
	Table *t = (Table *)table;
	if (!lua_checkstack(L, LUA_MINSTACK)) return 0;
	sethvalue2s(L, L->top.p, t);
	L->top.p++;
	w->table = t;
	w->length = skysim_length(L, t);
	w->at = 0;
	w->has_metatable = t->metatable != NULL;
	return 1;
}

/* The value at an index, 1 or more. */
void skysim_walk_item(skysim_Walk *w, lua_Unsigned index, skysim_Value *v) {
	if (index - 1 < skysim_asize(w->table)) {
		if (!skysim_slot(w->table, (unsigned)(index - 1), v)) v->kind = SKYSIM_NIL;
	}
	else
		skysim_lookup(w->table, (lua_Integer)index, v);
}

/* The next pair in the order of lua_next, without those at 1 to `length`; 0 after the last. */
int skysim_walk_next(skysim_Walk *w, skysim_Value *key, skysim_Value *v) {
	const Table *t = w->table;
	unsigned asize = skysim_asize(t), i = w->at;
	/* Only from within the array: the sequence may go on in the hash, where `i` has passed some of it already. */
	if (i < asize && i < w->length) i = w->length < asize ? (unsigned)w->length : asize;
	for (; i < asize; i++) {
		if (skysim_slot(t, i, v)) {
			key->kind = SKYSIM_INTEGER;
			key->u.integer = (lua_Integer)i + 1;
			w->at = i + 1;
			return 1;
		}
	}
	for (; i - asize < (unsigned)sizenode(t); i++) {
		const Node *n = gnode(t, i - asize);
		if (!isempty(gval(n))) {
			TValue k;
			getnodekey(cast(lua_State *, NULL), &k, n);
			if (ttisinteger(&k) && l_castS2U(ivalue(&k)) - 1 < w->length) continue;
			skysim_view(&k, key);
			skysim_view(gval(n), v);
			w->at = i + 1;
			return 1;
		}
	}
	w->at = i;
	return 0;
}

/*
** Strings unpacked lately, by their bytes: hashing them costs more than the rest of an unpacking. They
** live in rows of Lua's own string cache that luaS_new does not use (see below); Lua takes dead strings
** out of it.
*/
#define SKYSIM_CACHED_MAX 16

/* 1 to 16 bytes as two words, which overlap in the middle. */
static inline void skysim_words(const char *s, size_t l, uint64_t *a, uint64_t *b) {
	if (l >= 8) {
		memcpy(a, s, 8);
		memcpy(b, s + l - 8, 8);
	}
	else if (l >= 4) {
		uint32_t x, y;
		memcpy(&x, s, 4);
		memcpy(&y, s + l - 4, 4);
		*a = x;
		*b = y;
	}
	else {
		*a = (unsigned char)s[0] | (uint64_t)(unsigned char)s[l / 2] << 8;
		*b = (unsigned char)s[l - 1];
	}
}

static inline __attribute__((always_inline)) TString *skysim_string(lua_State *L, const char *s, size_t l) {
	uint64_t a, b, x, y;
	TString **row, *ts;
	int i;
	if (l - 1 >= SKYSIM_CACHED_MAX) return luaS_newlstr(L, s, l);
	skysim_words(s, l, &a, &b);
	row = G(L)->strcache[1 + ((a ^ (b << 7) ^ l) * 0x9e3779b97f4a7c15u >> 32) % (STRCACHE_N - 1)];
	for (i = 0; i < STRCACHE_M; i++) {
		/* What Lua puts into an empty place is longer than SKYSIM_CACHED_MAX. */
		if (tsslen(row[i]) != l) continue;
		skysim_words(getstr(row[i]), l, &x, &y);
		if (x == a && y == b) return row[i];
	}
	ts = luaS_newlstr(L, s, l);
	for (i = STRCACHE_M - 1; i > 0; i--) row[i] = row[i - 1];
	row[0] = ts;
	return ts;
}

/* Pushes a value that is no table. Makes room for nothing and collects nothing. */
static void skysim_put(lua_State *L, const skysim_Value *v) {
	TValue *o = s2v(L->top.p);
	switch (v->kind) {
	case SKYSIM_INTEGER: setivalue(o, v->u.integer); break;
	case SKYSIM_FLOAT: setfltvalue(o, v->u.number); break;
	case SKYSIM_BOOLEAN: if (v->u.integer) setbtvalue(o); else setbfvalue(o); break;
	case SKYSIM_POINTER: setpvalue(o, v->u.pointer); break;
	case SKYSIM_STRING: {
		TString *ts = skysim_string(L, v->u.bytes, v->length);
		setsvalue2s(L, L->top.p, ts);
		break;
	}
	default: setnilvalue(o);
	}
	L->top.p++;
}

/* As lua_pushlstring. */
void skysim_push_string(lua_State *L, const char *s, size_t l) {
	TString *ts = skysim_string(L, s, l);
	setsvalue2s(L, L->top.p, ts);
	L->top.p++;
	luaC_checkGC(L);
}

/* A place of the hash part that was never used, so that no key whose place it is can be anywhere else. */
#ifdef SKYSIM_LUA55
#define skysim_setkey(L, n, k) setnodekey(n, k)
#else
#define skysim_setkey(L, n, k) setnodekey(L, n, k)
#endif
static inline int skysim_place(lua_State *L, Table *t, const TValue *k, const TValue *o) {
	Node *n;
	if (!ttisshrstring(k) || isdummy(t) || ttisnil(o)) return 0;
	n = gnode(t, lmod(tsvalue(k)->hash, sizenode(t)));
	if (!keyisnil(n)) return 0;
	skysim_setkey(L, n, k);
	luaC_barrierback(L, obj2gco(t), k);
	setobj2t(L, gval(n), o);
	return 1;
}

/*
** Sets a pair of the table that lies below the values that are SKYSIM_HELD, which are popped. Raises
** what lua_rawset raises. Three free slots are needed.
*/
void skysim_set(lua_State *L, const skysim_Value *key, const skysim_Value *v) {
	int key_held = key->kind == SKYSIM_HELD, held = key_held + (v->kind == SKYSIM_HELD);
	StkId base = L->top.p - held, k = base, o = base + key_held;
	Table *t = hvalue(s2v(base - 1));
	if (!key_held) {
		k = L->top.p;
		skysim_put(L, key);
	}
	if (v->kind != SKYSIM_HELD) {
		o = L->top.p;
		skysim_put(L, v);
	}
	if (!skysim_place(L, t, s2v(k), s2v(o))) luaH_set(L, t, s2v(k), s2v(o));
	invalidateTMcache(t);
	luaC_barrierback(L, obj2gco(t), s2v(o));
	L->top.p = base;
	luaC_checkGC(L);
}

/* The same for an index of the array part. */
void skysim_set_at(lua_State *L, lua_Integer index, const skysim_Value *v) {
	Table *t;
	if (v->kind != SKYSIM_HELD) skysim_put(L, v);
	t = hvalue(s2v(L->top.p - 2));
	luaH_setint(L, t, index, s2v(L->top.p - 1));
	luaC_barrierback(L, obj2gco(t), s2v(L->top.p - 1));
	L->top.p--;
	luaC_checkGC(L);
}

/*
** What a coroutine is resumed with, and what it comes back with: the `n` values on top of `from` move
** to `to`, behind a `true` if that is asked for. As lua_checkstack, which makes `room`, and lua_xmove;
** 0 without room.
*/
int skysim_pass(lua_State *from, lua_State *to, int n, int room, int with_true) {
	StkId source, target;
	if (l_unlikely(to->stack_last.p - to->top.p <= room)) {
		if (!lua_checkstack(to, room)) return 0;
	}
	else if (to->ci->top.p < to->top.p + room)
		to->ci->top.p = to->top.p + room;
	if (l_unlikely(from == to)) return 1;
	target = to->top.p;
	if (with_true) {
		setbtvalue(s2v(target));
		target++;
	}
	from->top.p -= n;
	for (source = from->top.p; n > 0; n--, source++, target++) setobjs2s(to, target, source);
	to->top.p = target;
	return 1;
}

/* The thread that is the first argument of a function, or NULL; and how many follow it. */
lua_State *skysim_first_thread(lua_State *L, int *others) {
	StkId first = L->ci->func.p + 1;
	*others = (int)(L->top.p - first) - 1;
	return *others >= 0 && ttisthread(s2v(first)) ? thvalue(s2v(first)) : NULL;
}

/*
** Pushes the callback, which is at 2 of `thread`, and its five arguments, and anchors the thread on
** top of `main`: both have that many free slots.
*/
void skysim_push_message(lua_State *main, lua_State *thread, const lua_Integer *numbers, void *data) {
	StkId top = thread->top.p;
	setobjs2s(thread, top, thread->ci->func.p + 2);
	setivalue(s2v(top + 1), numbers[0]);
	setpvalue(s2v(top + 2), data);
	setivalue(s2v(top + 3), numbers[1]);
	setivalue(s2v(top + 4), numbers[2]);
	setivalue(s2v(top + 5), numbers[3]);
	thread->top.p = top + 6;
	setthvalue(main, s2v(main->top.p), thread);
	main->top.p++;
}

/*
** Begins a handler: its first function, the handler twice, a session and a source, pushed onto `thread`. The
** functions are on the bottom of `work`, at these places.
*/
void skysim_push_request(lua_State *work, lua_State *thread, const int *places, lua_Integer session, lua_Integer source) {
	StkId top = thread->top.p;
	StkId bottom = work->ci->func.p;
	setobjs2s(thread, top, bottom + places[0]);
	setobjs2s(thread, top + 1, bottom + places[1]);
	setobjs2s(thread, top + 2, bottom + places[1]);
	setivalue(s2v(top + 3), session);
	setivalue(s2v(top + 4), source);
	thread->top.p = top + 5;
}

/* Pushes what the answer to a call is resumed with: true, the data, its length, the session. 0 without room. */
int skysim_push_answer(lua_State *thread, void *data, lua_Integer length, lua_Integer session) {
	StkId top;
	if (l_unlikely(thread->stack_last.p - thread->top.p <= 8 || thread->ci->top.p < thread->top.p + 8)) {
		if (!lua_checkstack(thread, 8)) return 0;
	}
	top = thread->top.p;
	setbtvalue(s2v(top));
	setpvalue(s2v(top + 1), data);
	setivalue(s2v(top + 2), length);
	setivalue(s2v(top + 3), session);
	thread->top.p = top + 4;
	return 1;
}

/* Whether the running function has exactly those four values, for this session, and what they say. */
int skysim_is_answer(lua_State *L, lua_Integer session, void **data, size_t *length) {
	StkId first = L->ci->func.p + 1;
	if (L->top.p - first != 4 || !ttistrue(s2v(first)) || !ttislightuserdata(s2v(first + 1)) || !ttisinteger(s2v(first + 2))
			|| !ttisinteger(s2v(first + 3)) || ivalue(s2v(first + 3)) != session)
		return 0;
	*data = pvalue(s2v(first + 1));
	*length = (size_t)ivalue(s2v(first + 2));
	return 1;
}

/*
** The handle that is the first of a function's arguments, if it is an integer and the second one is the short
** string whose bytes are at `name`; or 0.
*/
unsigned skysim_usual_target(lua_State *L, const char *name) {
	StkId first = L->ci->func.p + 1;
	if (L->top.p - first < 2 || !ttisinteger(s2v(first)) || !ttisshrstring(s2v(first + 1))) return 0;
	return getshrstr(tsvalue(s2v(first + 1))) == name ? (unsigned)ivalue(s2v(first)) : 0;
}

#endif

/* luaS_new finds its row by the address of a C string: let it have only the first. */
#ifdef lstring_c
#include "llimits.h"
#undef point2uint
#define point2uint(p) (0u)
#endif
