// What the kernels share: vectors of 16 floats, one variant of each function per kind of processor, and the
// elementary functions. The polynomials are minimax fits in single precision (Cody and Waite's reduction for
// exp; Norbert Juffa's two-branch erf and tanh), good to about 1e-7; the tests hold them against libm in double.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma clang fp contract(fast)

// Which variants there are to choose from when the program starts. `make variants` builds with only one of the
// lesser ones, -DCK_ONLY_AVX2 or -DCK_ONLY_BASELINE, to test it on a processor that would choose another.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
// The function that chooses a variant runs before the sanitizer is ready for it.
#define CK_ONLY_AVX2 1
#endif
#endif
#if defined(__x86_64__) && defined(__linux__) && !defined(CK_ONLY_BASELINE)
#if defined(CK_ONLY_AVX2)
#define VARIANTS __attribute__((target("arch=x86-64-v3")))
#else
#define VARIANTS __attribute__((target_clones("avx512f", "arch=x86-64-v3", "default")))
#define CK_HAS_AVX512 1
#endif
#define CK_HAS_AVX2 1
#else
#define VARIANTS
#endif
#define INLINE static inline __attribute__((always_inline, unused))

enum { LANES = 16 };
typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef int32_t ints __attribute__((vector_size(64), aligned(4)));
typedef uint32_t uints __attribute__((vector_size(64), aligned(4)));

// Helpers take and give vectors through pointers: passing them by value would tie the calling convention to a
// processor.
#define SPLAT(x) ((x) - (floats){0})
#define SELECT(mask, a, b) ((floats)(((ints)(a) & (mask)) | ((ints)(b) & ~(mask))))

INLINE void load_some(floats *out, const float *x, long count, float fill) {
  for (long i = 0; i < LANES; i++) (*out)[i] = i < count ? x[i] : fill;
}

INLINE void store_some(float *x, const floats *value, long count) {
  for (long i = 0; i < count; i++) x[i] = (*value)[i];
}

// 16 x 16 floats, rows to columns: four perfect shuffles of the rows.
INLINE void transpose(floats *rows) {
  for (int round = 0; round < 4; round++) {
    floats shuffled[LANES];
    for (int i = 0; i < LANES / 2; i++) {
      shuffled[2 * i] = __builtin_shufflevector(rows[i], rows[i + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21,
                                                6, 22, 7, 23);
      shuffled[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28,
                                                    13, 29, 14, 30, 15, 31);
    }
    memcpy(rows, shuffled, sizeof shuffled);
  }
}

// x[i...], the rest of the last vector filled up with zeros.
INLINE void load_at(floats *out, const float *x, long i, long count) {
  if (i + LANES <= count)
    *out = *(const floats *)(x + i);
  else
    load_some(out, x + i, count - i, 0);
}

INLINE void store_at(float *x, const floats *value, long i, long count) {
  if (i + LANES <= count)
    *(floats *)(x + i) = *value;
  else
    store_some(x + i, value, count - i);
}

// What a product reads next of B while it multiplies what it has read: element k of column j lies at b[j * column + k * row].
typedef struct {
  const float *b;
  long columns, inner, row, column;
} ahead;

// Asks the caches for one of `parts` parts of it. Lines of B are far from each other, so the processor does not see them coming.
INLINE void ask_for(const ahead *next, long part, long parts) {
  long isRows = next->row == 1, lines = isRows ? next->columns : next->inner;
  long length = isRows ? next->inner : next->columns, step = isRows ? next->column : next->row;
  for (long i = lines * part / parts; i < lines * (part + 1) / parts; i++)
    for (long k = 0; k < length; k += LANES) __builtin_prefetch(next->b + i * step + k, 0, 2);
}

// Writes a vector of sums, or adds it to what is there.
INLINE void put_sums(float *to, floats *sums, long count, int adds) {
  floats old;
  if (adds) {
    load_at(&old, to, 0, count);
    *sums += old;
  }
  store_at(to, sums, 0, count);
}

// The sum of the lanes, halves first.
INLINE float sum_lanes(const floats *x) {
  float a[LANES];
  memcpy(a, x, sizeof a);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) a[i] += a[i + half];
  return a[0];
}

INLINE float max_lanes(const floats *x) {
  float a[LANES];
  memcpy(a, x, sizeof a);
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int i = 0; i < half; i++) a[i] = a[i] > a[i + half] ? a[i] : a[i + half];
  return a[0];
}

// exp: x = k ln 2 + r, a polynomial of r, the exponent added in the bits. 0 below -87.33, large above 88.37.
INLINE void exp_lanes(floats *x) {
  floats t = *x;
  ints tiny = t < SPLAT(-87.33f);
  t = SELECT(t > SPLAT(88.37f), SPLAT(88.37f), t);
  t = SELECT(tiny, SPLAT(-87.33f), t);
  floats shifted = t * 1.44269504f + 12582912.0f;  // the integer nearest to x / ln 2 in the low bits
  floats k = shifted - 12582912.0f;
  floats r = t - k * 0.693145752f;
  r = r - k * 1.42860677e-6f;
  floats p = SPLAT(1.37805939e-3f);
  p = p * r + 8.37312452e-3f;
  p = p * r + 4.16695364e-2f;
  p = p * r + 1.66664720e-1f;
  p = p * r + 4.99999851e-1f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  ints bits = (ints)p + (((ints)shifted - 0x4B400000) << 23);
  *x = SELECT(tiny, SPLAT(0.0f), (floats)bits);
}

// erf near 0, up to 475 / 512: odd polynomial.
INLINE void erf_near(floats *x) {
  floats a = *x, s = a * a;
  floats r = SPLAT(-5.96761703e-4f);
  r = r * s + 4.99119423e-3f;
  r = r * s - 2.67681349e-2f;
  r = r * s + 1.12819925e-1f;
  r = r * s - 3.76125336e-1f;
  r = r * s + 1.28379166e-1f;
  *x = r * a + a;
}

// 1 - erf(t) for t above that, by exp of a polynomial: relative error below 1e-4 in the tail, where it
// is tiny, and below 1e-7 of 1.
INLINE void erfc_far(floats *t) {
  floats a = *t, s = a * a;
  floats r = a * -1.72853470e-5f + 3.83197126e-4f;
  floats u = a * -3.88396438e-3f + 2.42546219e-2f;
  r = r * s + u;
  r = r * a - 1.06777877e-1f;
  r = r * a - 6.34846687e-1f;
  r = r * a - 1.28717512e-1f;
  r = r * a - a;
  exp_lanes(&r);
  *t = r;
}

INLINE void abs_lanes(floats *x) { *x = (floats)((ints)*x & 0x7fffffff); }

INLINE void erf_lanes(floats *x) {
  floats near = *x, far = *x, t = *x;
  abs_lanes(&t);
  far = t;
  erf_near(&near);
  erfc_far(&far);
  far = (floats)((ints)(1.0f - far) | ((ints)*x & (ints)SPLAT(-0.0f)));
  *x = SELECT(t > SPLAT(0.927734375f), far, near);
}

// tanh: odd polynomial below 0.55, 1 - 2 / (exp(2x) + 1) above.
INLINE void tanh_lanes(floats *x) {
  floats a = *x, t = *x, s = a * a;
  abs_lanes(&t);
  floats r = SPLAT(1.57394409e-2f);
  r = r * s - 5.23025580e-2f;
  r = r * s + 1.33152470e-1f;
  r = r * s - 3.33327681e-1f;
  floats near = r * s * a + a;
  floats e = t + t;
  exp_lanes(&e);
  floats far = 1.0f - 2.0f / (e + 1.0f);
  far = (floats)((ints)far | ((ints)a & (ints)SPLAT(-0.0f)));
  *x = SELECT(t < SPLAT(0.55f), near, far);
}

// One round of numbers for 16 neighbouring positions of a stream; the key enters before and between the mixing
// steps (constants of Chris Wellons's hash prospector), so that streams are not shifts of each other.
INLINE void random_lanes(uints *out, uint64_t key, uint32_t position) {
  const uints lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  uints x = (lane + position) * 0x9E3779B9u + (uint32_t)key;
  x ^= x >> 16;
  x *= 0x21f0aaadu;
  x ^= x >> 15;
  x += (uint32_t)(key >> 32);
  x *= 0x735a2d97u;
  x ^= x >> 15;
  x *= 0xac4c1b51u;
  x ^= x >> 16;
  *out = x;
}

// The finisher of SplitMix64.
INLINE uint64_t mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

// 16 factors: 0 where an element is dropped, `scale` where it stays.
INLINE void drop_factors(floats *out, uint64_t key, uint32_t position, uint32_t threshold, float scale) {
  uints numbers;
  random_lanes(&numbers, key, position);
  ints kept = numbers >= (threshold - (uints){0});
  *out = (floats)((ints)SPLAT(scale) & kept);
}
