/*
** Put in front of every Lua source by build.rs. Takes out what makes two runs of stock Lua differ:
** addresses in text, the cache keyed by addresses of C strings, seeds from the clock, and the
** processor's own floating-point functions.
*/
#include "lprefix.h"
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#ifdef SKYSIM_LUA54
#define LUA_LIB
/* The lua-src crate asks for it, Skynet does not: math.pow and its like, and __le by way of __lt. */
#undef LUA_COMPAT_5_3
#endif
#include "luaconf.h"

/*
** tostring(), %p and messages: only the offset inside the 4 GiB block that holds the arena. Not with
** %s: string.format("%p", 1) prints the text "(null)" through a pointer to void.
*/
#undef l_sprintf
#define SKYSIM_MASK(f) ((f)[0] != '\0' && (f)[strlen(f) - 1] == 'p' ? (uintptr_t)0xffffffffu : UINTPTR_MAX)
#define SKYSIM_OFFSET(f, p) ((const void *)((uintptr_t)(p) & SKYSIM_MASK(f)))
#define l_sprintf(s, sz, f, i) \
	snprintf(s, sz, f, _Generic((i), const void *: SKYSIM_OFFSET(f, i), void *: SKYSIM_OFFSET(f, i), default: (i)))

/*
** One row for C strings, compared by content: no dependence on where the linker put a C string. The
** others are for strings unpacked from messages (values.h).
*/
#define STRCACHE_N 65
#define STRCACHE_M 2

#ifdef SKYSIM_LUA55
#define luai_makeseed() (0x5eed5eedu)
#define l_randomizePivot(L) (~0u)
#else
/* Lua 5.4 has no seed argument: the host answers for the state that is being made. */
unsigned int skysim_make_seed(void);
#define luai_makeseed(L) (skysim_make_seed())
#define l_randomizePivot() (~0u)
#endif

/*
** Arithmetic: the same bits on every processor (float.rs). Where both operands are NaN, the compiler of
** real Skynet took the second one of + and *.
*/
double skysim_pow(double, double);
double skysim_nan(double, double);
static inline double skysim_settled(double result, double first, double second) {
	return __builtin_expect(result != result, 0) ? skysim_nan(first, second) : result;
}
static inline double skysim_add(double a, double b) { return skysim_settled(a + b, b, a); }
static inline double skysim_sub(double a, double b) { return skysim_settled(a - b, a, b); }
static inline double skysim_mul(double a, double b) { return skysim_settled(a * b, b, a); }
static inline double skysim_div(double a, double b) { return skysim_settled(a / b, a, b); }
static inline double skysim_fmod(double a, double b) { return skysim_settled(fmod(a, b), a, b); }
static inline double skysim_sqrt(double a) { return skysim_settled(sqrt(a), a, a); }
#define luai_numadd(L, a, b) skysim_add(a, b)
#define luai_numsub(L, a, b) skysim_sub(a, b)
#define luai_nummul(L, a, b) skysim_mul(a, b)
#define luai_numdiv(L, a, b) skysim_div(a, b)
#define luai_numpow(L, a, b) ((void)L, (b == 2) ? skysim_mul(a, a) : skysim_pow(a, b))
#define luai_numunm(L, a) (-(a))
#define luai_numeq(a, b) ((a) == (b))
#define luai_numlt(a, b) ((a) < (b))
#define luai_numle(a, b) ((a) <= (b))
#define luai_numgt(a, b) ((a) > (b))
#define luai_numge(a, b) ((a) >= (b))
#define luai_numisnan(a) (!luai_numeq((a), (a)))
#define fmod(a, b) skysim_fmod(a, b)
#define sqrt(a) skysim_sqrt(a)

/* Included by lua.h: our own functions on Lua's values. build.rs names the folder. */
#define LUA_USER_H "values.h"
