// Matrix products of small shapes: heads of short sequences, first rows, classifiers.
//
// OpenBLAS changes its order of summation where shapes are small; here an element is one chain of fused
// multiply-adds over k (one for each DEPTH of it) whatever stands beside it, so a row's result never depends on
// other rows.
#include "CKernels.h"
#include "vector.h"

enum { DEPTH = 512 };  // of k: a packed panel of B is 32 KB

#define ROWS(count)                                                                                            \
  INLINE void rows_##count(long inner, const float *a, long rowA, long columnA, const float *panel, float *c,  \
                           long rowC, int columns, int accumulate) {                                           \
    floats sum[count];                                                                                         \
    for (int i = 0; i < count; i++) sum[i] = (floats){0};                                                      \
    for (long k = 0; k < inner; k++) {                                                                         \
      floats b = *(const floats *)(panel + k * LANES);                                                         \
      for (int i = 0; i < count; i++) sum[i] += SPLAT(a[i * rowA + k * columnA]) * b;                          \
    }                                                                                                          \
    for (int i = 0; i < count; i++) {                                                                          \
      floats old = {0};                                                                                        \
      if (columns == LANES) {                                                                                  \
        if (accumulate) old = *(const floats *)(c + i * rowC);                                                 \
        *(floats *)(c + i * rowC) = sum[i] + old;                                                              \
      } else {                                                                                                 \
        if (accumulate) load_some(&old, c + i * rowC, columns, 0);                                             \
        sum[i] += old;                                                                                         \
        store_some(c + i * rowC, &sum[i], columns);                                                            \
      }                                                                                                        \
    }                                                                                                          \
  }
ROWS(12)
ROWS(6)
ROWS(4)
ROWS(3)
ROWS(2)
ROWS(1)

// Copies 16 columns of B, k by k; columns that B does not have are 0.
INLINE void pack(long inner, const float *b, long rowB, long columnB, int columns, float *panel) {
  if (columns == LANES && columnB == 1) {
    for (long k = 0; k < inner; k++) *(floats *)(panel + k * LANES) = *(const floats *)(b + k * rowB);
    return;
  }
  for (int j = 0; j < LANES; j++)
    for (long k = 0; k < inner; k++) panel[k * LANES + j] = j < columns ? b[k * rowB + j * columnB] : 0;
}

#define TAKE(count)                                                                            \
  for (; i + count <= rows; i += count)                                                        \
    rows_##count(depth, a + i * rowA + k * columnA, rowA, columnA, panel, c + i * rowC + j, rowC, width, adds);

#define PRODUCT(name, variant, WIDE)                                                                          \
  variant static void name(long rows, long columns, long inner, const float *a, long rowA, long columnA,       \
                           const float *b, long rowB, long columnB, float *c, long rowC, int accumulate) {      \
    float panel[LANES * DEPTH] __attribute__((aligned(64)));                                                   \
    for (long j = 0; j < columns; j += LANES) {                                                                \
      int width = columns - j < LANES ? (int)(columns - j) : LANES;                                            \
      for (long k = 0; k < inner; k += DEPTH) {                                                                \
        long depth = inner - k < DEPTH ? inner - k : DEPTH;                                                    \
        int adds = accumulate || k > 0;                                                                        \
        pack(depth, b + j * columnB + k * rowB, rowB, columnB, width, panel);                                  \
        long i = 0;                                                                                            \
        WIDE TAKE(6) TAKE(4) TAKE(3) TAKE(2) TAKE(1)                                                           \
      }                                                                                                        \
    }                                                                                                          \
  }

// 12 rows of sums fill the registers of AVX-512, 6 those of AVX2.
#if defined(__x86_64__)
PRODUCT(product_wide, __attribute__((target("avx512f"))), TAKE(12))
PRODUCT(product_avx2, __attribute__((target("arch=x86-64-v3"))), )
#endif
PRODUCT(product_plain, , )

void ck_product(long rows, long columns, long inner, const float *a, long rowA, long columnA, const float *b,
                long rowB, long columnB, float *c, long rowC, int accumulate) {
  void (*product)(long, long, long, const float *, long, long, const float *, long, long, float *, long, int) =
      product_plain;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f"))
    product = product_wide;
  else if (__builtin_cpu_supports("x86-64-v3"))
    product = product_avx2;
#endif
  product(rows, columns, inner, a, rowA, columnA, b, rowB, columnB, c, rowC, accumulate);
}
