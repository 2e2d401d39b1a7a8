// Matrix products whose rows do not depend on each other, at the speed of the processor.
//
// OpenBLAS changes its order of summation with the shape and, with its kernels for AVX2, with a row's place in
// the matrix. Here an element is one chain of fused multiply-adds over k (one for each DEPTH of it), whatever
// stands beside it. The way is the usual one (Goto and van de Geijn 2008): columns of B are packed into a panel
// that stays in the second-level cache, and as many rows of sums as the registers hold run down the panel.
#include "CKernels.h"
#include "vector.h"
#include <string.h>

enum { DEPTH = 1024 };  // of k

// Sums of `count` rows and `vectors` times 16 columns.
#define ROWS(count, vectors)                                                                                   \
  INLINE void rows_##count##_##vectors(long inner, const float *a, long rowA, long columnA,                    \
                                       const float *panel, float *c, long rowC, long columns, int adds) {      \
    floats sum[count][vectors];                                                                                \
    for (int i = 0; i < count; i++)                                                                            \
      for (int j = 0; j < vectors; j++) __builtin_prefetch(c + i * rowC + j * LANES, 1, 2);                    \
    _Pragma("unroll")                                                                                          \
    for (int i = 0; i < count; i++)                                                                            \
      _Pragma("unroll")                                                                                        \
      for (int j = 0; j < vectors; j++) sum[i][j] = (floats){0};                                               \
    for (long k = 0; k < inner; k++) {                                                                         \
      floats b[vectors];                                                                                       \
      _Pragma("unroll")                                                                                        \
      for (int j = 0; j < vectors; j++) b[j] = *(const floats *)(panel + (k * vectors + j) * LANES);           \
      _Pragma("unroll")                                                                                        \
      for (int i = 0; i < count; i++) {                                                                        \
        floats x = SPLAT(a[i * rowA + k * columnA]);                                                           \
        _Pragma("unroll")                                                                                      \
        for (int j = 0; j < vectors; j++) sum[i][j] += x * b[j];                                               \
      }                                                                                                        \
    }                                                                                                          \
    _Pragma("unroll")                                                                                          \
    for (int i = 0; i < count; i++)                                                                            \
      _Pragma("unroll")                                                                                        \
      for (int j = 0; j < vectors; j++) {                                                                      \
        if (j * LANES >= columns) break;                                                                       \
        put_sums(c + i * rowC + j * LANES, &sum[i][j], columns - j * LANES, adds);                             \
      }                                                                                                        \
  }
ROWS(12, 2) ROWS(8, 2) ROWS(6, 2) ROWS(4, 2) ROWS(3, 2) ROWS(2, 2) ROWS(1, 2)
ROWS(12, 1) ROWS(8, 1) ROWS(6, 1) ROWS(4, 1) ROWS(3, 1) ROWS(2, 1) ROWS(1, 1)

// Copies up to 16 columns of B, k by k, to every `step` floats of the panel; columns that B lacks become 0.
INLINE void pack(long inner, const float *b, long rowB, long columnB, long columns, float *panel, long step) {
  long k = 0;
  if (columns >= LANES && columnB == 1)
    for (; k < inner; k++) *(floats *)(panel + k * step) = *(const floats *)(b + k * rowB);
  if (rowB == 1)
    for (; k + LANES <= inner; k += LANES) {
      floats block[LANES];
      for (int j = 0; j < LANES; j++)
        block[j] = j < columns ? *(const floats *)(b + j * columnB + k) : (floats){0};
      transpose(block);
      for (int i = 0; i < LANES; i++) *(floats *)(panel + (k + i) * step) = block[i];
    }
  for (; k < inner; k++)
    for (int j = 0; j < LANES; j++) panel[k * step + j] = j < columns ? b[k * rowB + j * columnB] : 0;
}

#define TAKE(count, vectors)                                                                                   \
  for (; i + count <= rows; i += count) {                                                                      \
    rows_##count##_##vectors(depth, a + i * rowA + k * columnA, rowA, columnA, panel, c + i * rowC + j, rowC,  \
                             columns - j, adds);                                                               \
    if (next.columns > 0 && count >= 6) ask_for(&next, i / count, rows / count);                                 \
  }

// Columns from j on, `vectors` times 16 of them at once.
#define PANELS(vectors, ...)                                                                                   \
  for (; j < columns - (vectors - 1) * LANES; j += vectors * LANES)                                            \
    for (long k = 0; k < inner; k += DEPTH) {                                                                  \
      long depth = inner - k < DEPTH ? inner - k : DEPTH;                                                      \
      int adds = accumulate || k > 0;                                                                          \
      for (int v = 0; v < vectors; v++)                                                                        \
        pack(depth, b + (j + v * LANES) * columnB + k * rowB, rowB, columnB, columns - j - v * LANES,          \
             panel + v * LANES, vectors * LANES);                                                              \
      /* The rest of these columns, or the first part of the next. */                                          \
      int goesOn = k + DEPTH < inner;                                                                          \
      long column = goesOn ? j : j + vectors * LANES, first = goesOn ? k + DEPTH : 0;                          \
      ahead next = {b + column * columnB + first * rowB,                                                       \
                    columns - column < vectors * LANES ? columns - column : vectors * LANES,                   \
                    inner - first < DEPTH ? inner - first : DEPTH, rowB, columnB};                             \
      long i = 0;                                                                                              \
      __VA_ARGS__                                                                                              \
    }

#define PRODUCT(name, variant, ...)                                                                            \
  variant static void name(long rows, long columns, long inner, const float *a, long rowA, long columnA,       \
                           const float *b, long rowB, long columnB, float *c, long rowC, int accumulate) {     \
    float panel[2 * LANES * DEPTH] __attribute__((aligned(64)));                                               \
    long j = 0;                                                                                                \
    __VA_ARGS__                                                                                                \
  }

// 12 x 32 sums fill the registers of AVX-512, 6 x 16 those of AVX2 and of NEON.
#if CK_HAS_AVX512
PRODUCT(product_avx512, __attribute__((target("avx512f"))),
        PANELS(2, TAKE(12, 2) TAKE(8, 2) TAKE(6, 2) TAKE(4, 2) TAKE(3, 2) TAKE(2, 2) TAKE(1, 2))
            PANELS(1, TAKE(12, 1) TAKE(8, 1) TAKE(6, 1) TAKE(4, 1) TAKE(3, 1) TAKE(2, 1) TAKE(1, 1)))
#endif
#if CK_HAS_AVX2
PRODUCT(product_avx2, __attribute__((target("arch=x86-64-v3"))),
        PANELS(1, TAKE(6, 1) TAKE(4, 1) TAKE(3, 1) TAKE(2, 1) TAKE(1, 1)))
#endif
PRODUCT(product_plain, , PANELS(1, TAKE(6, 1) TAKE(4, 1) TAKE(3, 1) TAKE(2, 1) TAKE(1, 1)))

void ck_product(long rows, long columns, long inner, const float *a, long rowA, long columnA, const float *b,
                long rowB, long columnB, float *c, long rowC, int accumulate) {
  void (*product)(long, long, long, const float *, long, long, const float *, long, long, float *, long, int) =
      product_plain;
#if CK_HAS_AVX2
  if (__builtin_cpu_supports("x86-64-v3")) product = product_avx2;
#endif
#if CK_HAS_AVX512
  if (__builtin_cpu_supports("avx512f")) product = product_avx512;
#endif
  if (inner == 0 && !accumulate)
    for (long i = 0; i < rows; i++) memset(c + i * rowC, 0, (size_t)columns * sizeof *c);
  product(rows, columns, inner, a, rowA, columnA, b, rowB, columnB, c, rowC, accumulate);
}
