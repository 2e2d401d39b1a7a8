// Matrix products of numbers that are rounded to bfloat16, with sums in float32: twice as many products a cycle where the
// processor has an instruction for two at once, the same floats where it has none.
//
// An element is one chain of fused multiply-adds over pairs of k, of a pair the second first: so vdpbf16ps adds them (seen on
// 32 million of them), and so every variant does. Numbers below the normal ones become 0 when they are rounded, since that is
// how the instruction reads them.
#include "CKernels.h"
#include "vector.h"

#if CK_HAS_AVX512
#include <immintrin.h>
#endif

enum { DEPTH = 512, PANEL = 2 * LANES };  // pairs of k, and columns, of a panel: half of the second-level cache at most

typedef uint32_t any_uint32 __attribute__((may_alias));

// The nearest bfloat16, ties to even, in the upper half of each lane.
INLINE void rounded(uints *out, const floats *x) {
  uints bits = (uints)*x;
  uints near = bits + 0x7fff + ((bits >> 16) & 1);
  uints odd = (uints)((bits & 0x7fffffff) > (0x7f800000 - (uints){0}));  // no number: stays none
  near = (near & ~odd) | ((bits | 0x400000) & odd);
  uints small = (uints)((bits & 0x7f800000) == (uints){0});
  *out = near & ~(small & 0x7fffffff) & 0xffff0000;
}

// The first of each pair in the lower half, the second in the upper.
INLINE void paired(uints *out, const floats *first, const floats *second) {
  uints low, high;
  rounded(&low, first);
  rounded(&high, second);
  *out = (low >> 16) | high;
}

// 32 numbers side by side, of which there are `count`.
INLINE void load_two(floats *near, floats *far, const float *x, long count) {
  load_at(near, x, 0, count);
  if (count > LANES)
    load_at(far, x + LANES, 0, count - LANES);
  else
    *far = (floats){0};
}

// Two rows of numbers, `step` apart, of which there are `count`; the second row is 0 where there is none.
INLINE void load_rows(floats *low, floats *high, const float *first, const float *second, long step, long count) {
  *low = *high = (floats){0};
  if (step == 1) {
    load_at(low, first, 0, count);
    if (second) load_at(high, second, 0, count);
  } else
    for (long i = 0; i < LANES && i < count; i++) {
      (*low)[i] = first[i * step];
      if (second) (*high)[i] = second[i * step];
    }
}

// 16 pairs out of 32 numbers that lie side by side.
INLINE void pairs_of(uints *out, const floats *near, const floats *far) {
  floats first = __builtin_shufflevector(*near, *far, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  floats second = __builtin_shufflevector(*near, *far, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  paired(out, &first, &second);
}

INLINE void store_pairs(uint32_t *to, const uints *pairs, long count) {
  if (count >= LANES)
    *(uints *)to = *pairs;
  else
    for (long i = 0; i < count; i++) to[i] = (*pairs)[i];
}

// Packing, by the way that a processor rounds: `of` makes pairs of neighbours, `between` of two rows.
//
// pack_lines: up to 16 lines of a matrix, pairs of k one after the other in each, [lines][pairs]; element k of line i lies at
// x[i * line + k * step].
//
// Both ask for what they read two blocks later, as its lines are far from each other.
//
// pack_panel: 32 columns of B, or fewer, and 0 for those that are not there, [pairs][32]; element k of column j lies at
// b[j * column + k * row].
#define PACKING(way, target, of, between)                                                                          \
  target static void pack_lines_##way(long lines, long inner, const float *x, long line, long step, uint32_t *to,  \
                                      long stride) {                                                               \
    floats near, far;                                                                                              \
    for (long k = 0; k < inner; k += 2 * LANES) {                                                                  \
      long left = (inner - k + 1) / 2;                                                                             \
      uints block[LANES];                                                                                          \
      if (step == 1) {                                                                                             \
        for (long i = 0; i < lines; i++) {                                                                         \
          load_two(&near, &far, x + i * line + k, inner - k);                                                      \
          of(&block[0], &near, &far);                                                                              \
          store_pairs(to + i * stride + k / 2, &block[0], left);                                                   \
        }                                                                                                          \
        continue;                                                                                                  \
      }                                                                                                            \
      for (long p = 0; p < LANES; p++) {                                                                           \
        const float *at = x + (k + 2 * p) * step;                                                                  \
        block[p] = (uints){0};                                                                                     \
        if (k + 2 * p >= inner) continue;                                                                          \
        load_rows(&near, &far, at, k + 2 * p + 1 < inner ? at + step : 0, line, lines);                            \
        __builtin_prefetch(at + 2 * LANES * step, 0, 3);                                                           \
        __builtin_prefetch(at + (2 * LANES + 1) * step, 0, 3);                                                     \
        between(&block[p], &near, &far);                                                                           \
      }                                                                                                            \
      transpose((floats *)block);                                                                                  \
      for (long i = 0; i < lines; i++) store_pairs(to + i * stride + k / 2, &block[i], left);                      \
    }                                                                                                              \
  }                                                                                                                \
  target static void pack_panel_##way(long columns, long inner, const float *b, long row, long column,             \
                                      uint32_t *to) {                                                              \
    floats near, far;                                                                                              \
    for (long part = 0; part < PANEL; part += LANES) {                                                             \
      long own = columns - part < LANES ? columns - part : LANES;                                                  \
      for (long k = 0; k < inner; k += 2 * LANES) {                                                                \
        long left = (inner - k + 1) / 2;                                                                           \
        uints block[LANES];                                                                                        \
        for (long i = 0; i < LANES; i++) block[i] = (uints){0};                                                    \
        if (row == 1 && own > 0) {                                                                                 \
          for (long i = 0; i < own; i++) {                                                                         \
            load_two(&near, &far, b + (part + i) * column + k, inner - k);                                         \
            __builtin_prefetch(b + (part + i) * column + k + 4 * LANES, 0, 3);                                     \
            __builtin_prefetch(b + (part + i) * column + k + 5 * LANES, 0, 3);                                     \
            of(&block[i], &near, &far);                                                                            \
          }                                                                                                        \
          transpose((floats *)block);                                                                              \
        } else if (own > 0) {                                                                                      \
          for (long p = 0; p < LANES && k + 2 * p < inner; p++) {                                                  \
            const float *at = b + part * column + (k + 2 * p) * row;                                               \
            load_rows(&near, &far, at, k + 2 * p + 1 < inner ? at + row : 0, column, own);                         \
            __builtin_prefetch(at + 2 * LANES * row, 0, 3);                                                        \
            __builtin_prefetch(at + (2 * LANES + 1) * row, 0, 3);                                                  \
            between(&block[p], &near, &far);                                                                       \
          }                                                                                                        \
        }                                                                                                          \
        for (long p = 0; p < LANES && p < left; p++) *(uints *)(to + (k / 2 + p) * PANEL + part) = block[p];       \
      }                                                                                                            \
    }                                                                                                              \
  }
PACKING(plain, VARIANTS, pairs_of, paired)

#if CK_HAS_AVX512
#define PAIRS __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

// As above, in one instruction.
PAIRS INLINE void pairs_of_native(uints *out, const floats *near, const floats *far) {
  *out = (uints)_mm512_cvtne2ps_pbh((__m512)*far, (__m512)*near);
}

PAIRS INLINE void paired_native(uints *out, const floats *first, const floats *second) {
  __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)*second, (__m512)*first);
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5,
                                         20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  *out = (uints)_mm512_permutexvar_epi16(order, both);
}
PACKING(native, PAIRS, pairs_of_native, paired_native)

// Sums of `count` rows and `vectors` times 16 columns; rows of A and a panel of B in pairs.
#define TILE(count, vectors)                                                                                       \
  PAIRS INLINE void tile_##count##_##vectors(long pairs, const uint32_t *a, long stride, const uint32_t *panel,    \
                                             float *c, long rowC, long columns, int adds) {                        \
    __m512 sum[count][vectors];                                                                                    \
    for (int i = 0; i < count; i++)                                                                                \
      for (int j = 0; j < vectors; j++) __builtin_prefetch(c + i * rowC + j * LANES, 1, 2);                        \
    _Pragma("unroll")                                                                                              \
    for (int i = 0; i < count; i++)                                                                                \
      _Pragma("unroll")                                                                                            \
      for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_setzero_ps();                                           \
    for (long p = 0; p < pairs; p++) {                                                                             \
      __m512bh b[vectors];                                                                                         \
      _Pragma("unroll")                                                                                            \
      for (int j = 0; j < vectors; j++) b[j] = (__m512bh)_mm512_load_si512(panel + p * PANEL + j * LANES);         \
      _Pragma("unroll")                                                                                            \
      for (int i = 0; i < count; i++) {                                                                            \
        __m512bh x = (__m512bh)_mm512_set1_epi32((int)a[i * stride + p]);                                          \
        _Pragma("unroll")                                                                                          \
        for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_dpbf16_ps(sum[i][j], x, b[j]);                        \
      }                                                                                                            \
    }                                                                                                              \
    _Pragma("unroll")                                                                                              \
    for (int i = 0; i < count; i++)                                                                                \
      _Pragma("unroll")                                                                                            \
      for (int j = 0; j < vectors; j++) {                                                                          \
        if (j * LANES >= columns) break;                                                                           \
        floats whole = (floats)sum[i][j];                                                                          \
        put_sums(c + i * rowC + j * LANES, &whole, columns - j * LANES, adds);                                     \
      }                                                                                                            \
  }
TILE(12, 2) TILE(8, 2) TILE(6, 2) TILE(4, 2) TILE(3, 2) TILE(2, 2) TILE(1, 2)
TILE(12, 1) TILE(8, 1) TILE(6, 1) TILE(4, 1) TILE(3, 1) TILE(2, 1) TILE(1, 1)

#define TAKE(count, vectors)                                                                                       \
  for (; i + count <= rows; i += count) {                                                                          \
    tile_##count##_##vectors(pairs, a + i * stride + k, stride, panel, c + i * rowC + j, rowC, columns - j, adds); \
    if (next.columns > 0 && count == 12) ask_for(&next, i / 12, rows / 12);                                        \
  }

PAIRS static void product_pairs(long rows, long columns, long inner, const void *packed, const float *b, long rowB,
                                long columnB, float *c, long rowC, int accumulate) {
  uint32_t panel[DEPTH * PANEL] __attribute__((aligned(64)));
  const any_uint32 *a = packed;
  long stride = (inner + 1) / 2;
  for (long j = 0; j < columns; j += PANEL)
    for (long k = 0; k < stride; k += DEPTH) {
      long pairs = stride - k < DEPTH ? stride - k : DEPTH, deep = inner - 2 * k < 2 * DEPTH ? inner - 2 * k : 2 * DEPTH;
      int adds = accumulate || k > 0;
      pack_panel_native(columns - j, deep, b + j * columnB + 2 * k * rowB, rowB, columnB, panel);
      // The rest of these columns, or the first part of the next.
      int goesOn = k + DEPTH < stride;
      long column = goesOn ? j : j + PANEL, depth = goesOn ? 2 * (k + DEPTH) : 0;
      ahead next = {b + column * columnB + depth * rowB, columns - column < PANEL ? columns - column : PANEL,
                    inner - depth < 2 * DEPTH ? inner - depth : 2 * DEPTH, rowB, columnB};
      long i = 0;
      if (columns - j > LANES) {
        TAKE(12, 2) TAKE(8, 2) TAKE(6, 2) TAKE(4, 2) TAKE(3, 2) TAKE(2, 2) TAKE(1, 2)
      } else {
        TAKE(12, 1) TAKE(8, 1) TAKE(6, 1) TAKE(4, 1) TAKE(3, 1) TAKE(2, 1) TAKE(1, 1)
      }
    }
}
#endif

// Pairs of a panel as floats, two rows for each of theirs: the second of each pair, then the first.
VARIANTS static void widen_panel(long pairs, const uint32_t *panel, float *to) {
  for (long i = 0; i < pairs * PANEL; i += PANEL)
    for (long j = 0; j < PANEL; j += LANES) {
      uints v = *(const uints *)(panel + i + j);
      *(uints *)(to + 2 * i + j) = v & 0xffff0000;
      *(uints *)(to + 2 * i + PANEL + j) = v << 16;
    }
}

// Pairs of a line as floats side by side, the second of each first.
VARIANTS static void widen_line(long pairs, const uint32_t *line, float *to) {
  long i = 0;
  for (; i + LANES <= pairs; i += LANES) {
    uints v = *(const uints *)(line + i), second = v & 0xffff0000, first = v << 16;
    *(uints *)(to + 2 * i) =
        __builtin_shufflevector(second, first, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    *(uints *)(to + 2 * i + LANES) =
        __builtin_shufflevector(second, first, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  }
  for (; i < pairs; i++) {
    uint32_t bits[2] = {line[i] & 0xffff0000, line[i] << 16};
    memcpy(to + 2 * i, bits, sizeof bits);
  }
}

static void product_floats(long rows, long columns, long inner, const void *packed, const float *b, long rowB,
                           long columnB, float *c, long rowC, int accumulate) {
  uint32_t panel[DEPTH * PANEL] __attribute__((aligned(64)));
  float block[2 * DEPTH * PANEL] __attribute__((aligned(64)));
  const float *a = packed;
  long stride = (inner + 1) / 2;
  for (long j = 0; j < columns; j += PANEL)
    for (long k = 0; k < stride; k += DEPTH) {
      long pairs = stride - k < DEPTH ? stride - k : DEPTH, deep = inner - 2 * k < 2 * DEPTH ? inner - 2 * k : 2 * DEPTH;
      pack_panel_plain(columns - j, deep, b + j * columnB + 2 * k * rowB, rowB, columnB, panel);
      widen_panel(pairs, panel, block);
      ck_product(rows, columns - j < PANEL ? columns - j : PANEL, 2 * pairs, a + 2 * k, 2 * stride, 1, block, PANEL, 1,
                 c + j, rowC, accumulate || k > 0);
    }
}

typedef struct {
  const char *name;
  void (*product)(long, long, long, const void *, const float *, long, long, float *, long, int);
  // How rows of A become pairs and stay so; none where they are widened.
  void (*pack_lines)(long, long, const float *, long, long, uint32_t *, long);
} variant;

// What runs here, the best first. Intel's processors run the instruction at a quarter of the rate of their others and have
// AMX for such products, which is not used here; AMD's run it at full rate.
static long variants(variant *list) {
  long count = 0;
  variant floats_ = {ck_variant(), product_floats, 0};
#if CK_HAS_AVX512
  variant pairs = {"avx512-bf16", product_pairs, pack_lines_native};
  if (__builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")) {
    int isFast = !__builtin_cpu_is("intel");
    list[count++] = isFast ? pairs : floats_;
    list[count++] = isFast ? floats_ : pairs;
    return count;
  }
#endif
  list[count++] = floats_;
  return count;
}

const char *ck_bfloat16_variant(int number) {
  variant list[2];
  return number < variants(list) ? list[number].name : 0;
}

long ck_bfloat16_row(int number, long inner) {
  variant list[2];
  return number < variants(list) && list[number].pack_lines ? (inner + 1) / 2 : (inner + 1) / 2 * 2;
}

void ck_bfloat16_rows(int number, long rows, long inner, const float *a, long rowA, long columnA, float *to) {
  variant list[2];
  long stride = (inner + 1) / 2;
  if (number >= variants(list)) return;
  uint32_t pairs[LANES * DEPTH];
  for (long i = 0; i < rows; i += LANES) {
    long lines = rows - i < LANES ? rows - i : LANES;
    if (list[number].pack_lines) {
      list[number].pack_lines(lines, inner, a + i * rowA, rowA, columnA, (any_uint32 *)to + i * stride, stride);
      continue;
    }
    for (long k = 0; k < stride; k += DEPTH) {
      long some = stride - k < DEPTH ? stride - k : DEPTH, deep = inner - 2 * k < 2 * DEPTH ? inner - 2 * k : 2 * DEPTH;
      pack_lines_plain(lines, deep, a + i * rowA + 2 * k * columnA, rowA, columnA, pairs, DEPTH);
      for (long l = 0; l < lines; l++) widen_line(some, pairs + l * DEPTH, to + (i + l) * 2 * stride + 2 * k);
    }
  }
}

void ck_bfloat16_product(int number, long rows, long columns, long inner, const float *a, const float *b, long rowB,
                         long columnB, float *c, long rowC, int accumulate) {
  variant list[2];
  if (number >= variants(list)) return;
  if (inner == 0 && !accumulate)
    for (long i = 0; i < rows; i++) memset(c + i * rowC, 0, (size_t)columns * sizeof *c);
  list[number].product(rows, columns, inner, a, b, rowB, columnB, c, rowC, accumulate);
}
