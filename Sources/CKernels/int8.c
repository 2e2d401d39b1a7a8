// Products of 8-bit whole numbers, exact on every processor: rows in unsigned bytes with a scale and a zero point each
// (dynamic, per token), weights in signed bytes with a scale for each output channel, sums in 32 bits.
//
// Every variant adds the same products in 32 bits, where nothing can overflow up to CK_INT8_INNER of them, so that all
// give the same whole numbers and, as nothing here is contracted to fused operations, the same floats.
#include "CKernels.h"
#include "vector.h"

#if CK_HAS_AVX2
#include <immintrin.h>
#endif
#if defined(__aarch64__) && defined(__linux__) && !defined(CK_ONLY_BASELINE)
#include <arm_neon.h>
#include <sys/auxv.h>
#define CK_HAS_DOT 1
#endif

#pragma clang fp contract(off)

enum { PANEL = 32, GROUP = 4 };  // columns of a panel, and products that one step adds to a sum

long ck_int8_groups(long inner) { return (inner + GROUP - 1) / GROUP; }
long ck_int8_panels(long columns) { return (columns + PANEL - 1) / PANEL; }

// Panels of 32 columns; of a panel, for every four of k, four bytes of each column.
void ck_int8_pack(long panel, long columns, long inner, const int8_t *w, int8_t *packed, int32_t *sums) {
  long groups = ck_int8_groups(inner), first = panel * PANEL;
  int8_t *to = packed + panel * groups * PANEL * GROUP;
  memset(to, 0, (size_t)(groups * PANEL * GROUP));
  for (long c = 0; c < PANEL; c++) {
    int32_t sum = 0;
    if (first + c < columns) {
      const int8_t *row = w + (first + c) * inner;
      for (long k = 0; k < inner; k++) sum += row[k];
      for (long g = 0; g < inner / GROUP; g++) memcpy(to + (g * PANEL + c) * GROUP, row + g * GROUP, GROUP);
      for (long k = inner / GROUP * GROUP; k < inner; k++) to[(k / GROUP * PANEL + c) * GROUP + k % GROUP] = row[k];
    }
    sums[first + c] = sum;
  }
}

// The range of a row, with 0 in it, is cut into 255 steps, and the zero point is the step of 0. A row that is not finite
// gets a scale that is none, so that whatever is made of it is no number either.
typedef struct {
  float scale, inverse;
  int32_t zero;
} steps;

INLINE void cut(steps *to, float low, float high, float sum) {
  float scale = (high - low) / 255.0f;
  float inverse = scale > 0 ? 1.0f / scale : 0;
  // Steps too small to be told from 0.
  if (!(inverse <= 3.0e38f)) inverse = scale = 0;
  if (!(sum - sum == 0) || !(scale <= 3.0e38f)) scale = NAN, inverse = 0, low = 0;
  float zero = (-low * inverse + 12582912.0f) - 12582912.0f;  // the nearest integer, ties to even
  *to = (steps){scale, inverse, (int32_t)zero};
}

typedef uint8_t bytes __attribute__((vector_size(16), aligned(1)));

VARIANTS static void quantize_plain(long rows, long columns, const float *x, long stride, uint8_t *q, float *scales,
                                    int32_t *zeros) {
  long width = ck_int8_groups(columns) * GROUP;
  for (long r = 0; r < rows; r++, x += stride, q += width) {
    floats least = {0}, most = {0}, sum = {0}, v;
    for (long k = 0; k < columns; k += LANES) {
      load_at(&v, x, k, columns);
      least = SELECT(v < least, v, least);
      most = SELECT(v > most, v, most);
      sum += v;
    }
    least = -least;
    steps s;
    cut(&s, -max_lanes(&least), max_lanes(&most), sum_lanes(&sum));
    scales[r] = s.scale;
    zeros[r] = s.zero;
    for (long k = 0; k < columns; k += LANES) {
      load_at(&v, x, k, columns);
      v = v * s.inverse + 12582912.0f;
      ints n = ((ints)v - 0x4B400000) + s.zero;
      n &= n > 0;
      n = (n & (n < 255)) | (255 & (n >= 255));
      bytes b = __builtin_convertvector(n, bytes);
      if (k + LANES <= columns)
        *(bytes *)(q + k) = b;
      else
        for (long i = 0; k + i < width; i++) q[k + i] = k + i < columns ? b[i] : 0;
    }
  }
}

// What one call multiplies; a struct, so that variants share one signature.
typedef ck_int8_product_args args;
typedef int32_t any_int32 __attribute__((aligned(1), may_alias));

// Sums become floats: scale of the row * scale of the column * (sum - zero * sum of the column).
INLINE float finished(int32_t sum, float rowScale, float columnScale) {
  return (float)sum * (rowScale * columnScale);
}

static void product_plain(const args *p) {
  long groups = ck_int8_groups(p->inner);
  for (long i = 0; i < p->rows; i++)
    for (long j = 0; j < p->columns; j++) {
      const uint8_t *a = p->a + i * groups * GROUP;
      const int8_t *w = p->packed + (j / PANEL * groups * PANEL + j % PANEL) * GROUP;
      int32_t sum = -p->zeros[i] * p->sums[j];
      for (long g = 0; g < groups; g++)
        for (int b = 0; b < GROUP; b++) sum += (int32_t)a[g * GROUP + b] * w[g * PANEL * GROUP + b];
      p->c[i * p->stride + j] = finished(sum, p->rowScales[i], p->columnScales[j]);
    }
}

// The rows of one panel, as many at once as there are registers for.
#define TAKE(kernel, count)                                                                                        \
  for (; i + count <= p->rows; i += count) kernel##_##count(p, i, j, panel, groups);

#define PRODUCT(kernel, variant, ...)                                                                              \
  variant static void product_##kernel(const args *p) {                                                            \
    long groups = ck_int8_groups(p->inner);                                                                        \
    for (long j = 0; j < p->columns; j += PANEL) {                                                                 \
      const int8_t *panel = p->packed + j * groups * GROUP;                                                        \
      long i = 0;                                                                                                  \
      __VA_ARGS__                                                                                                  \
    }                                                                                                              \
  }

// A tile of `count` rows: `vectors` registers of `lanes` columns each, `passes` times side by side over the panel.
#define TILE(kernel, variant, count, lanes, vectors, sums_t, load, step, finish)                                   \
  variant INLINE void kernel##_##count(const args *p, long i, long j, const int8_t *panel, long groups) {          \
    const uint8_t *a = p->a + i * groups * GROUP;                                                                  \
    for (long part = 0; part < PANEL && j + part < p->columns; part += lanes * vectors) {                          \
      sums_t sum[count][vectors];                                                                                  \
      _Pragma("unroll")                                                                                            \
      for (int r = 0; r < count; r++)                                                                              \
        _Pragma("unroll")                                                                                          \
        for (int v = 0; v < vectors; v++) sum[r][v] = (sums_t){0};                                                 \
      for (long g = 0; g < groups; g++) {                                                                          \
        load(vectors, panel + (g * PANEL + part) * GROUP)                                                          \
        _Pragma("unroll")                                                                                          \
        for (int r = 0; r < count; r++) {                                                                          \
          step(vectors, sum[r], a + (r * groups + g) * GROUP)                                                      \
        }                                                                                                          \
      }                                                                                                            \
      finish(count, vectors, lanes, part)                                                                          \
    }                                                                                                              \
  }

// Whole numbers to floats in memory, through a small buffer where the last columns are not all there.
#define FINISH(count, vectors, lanes, part, ints_t, floats_t, shift)                                               \
  _Pragma("unroll")                                                                                                \
  for (int r = 0; r < count; r++)                                                                                  \
    _Pragma("unroll")                                                                                              \
    for (int v = 0; v < vectors; v++) {                                                                            \
      long column = j + part + v * lanes, left = p->columns - column;                                              \
      if (left <= 0) break;                                                                                        \
      ints_t total = (ints_t)sum[r][v] - *(const ints_t *)(p->sums + column) * (p->zeros[i + r] - shift);          \
      float *to = p->c + (i + r) * p->stride + column;                                                             \
      if (left >= lanes) {                                                                                         \
        *(floats_t *)to = __builtin_convertvector(total, floats_t) *                                               \
                          (*(const floats_t *)(p->columnScales + column) * p->rowScales[i + r]);                   \
      } else {                                                                                                     \
        for (long l = 0; l < left; l++)                                                                            \
          to[l] = finished(total[l], p->rowScales[i + r], p->columnScales[column + l]);                            \
      }                                                                                                            \
    }

#if CK_HAS_AVX512
#define AVX512_VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define LOAD512(vectors, from)                                                                                     \
  __m512i w[vectors];                                                                                              \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++) w[v] = _mm512_loadu_si512((from) + v * 64);
#define STEP512(vectors, sum, from)                                                                                \
  __m512i x = _mm512_set1_epi32(*(const any_int32 *)(from));                                                 \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++) (sum)[v] = _mm512_dpbusd_epi32((sum)[v], x, w[v]);
#define FINISH512(count, vectors, lanes, part) FINISH(count, vectors, lanes, part, ints, floats, 0)
#define TILE512(count) TILE(vnni512, AVX512_VNNI, count, 16, 2, __m512i, LOAD512, STEP512, FINISH512)
TILE512(12) TILE512(8) TILE512(6) TILE512(4) TILE512(3) TILE512(2) TILE512(1)
PRODUCT(vnni512, AVX512_VNNI, TAKE(vnni512, 12) TAKE(vnni512, 8) TAKE(vnni512, 6) TAKE(vnni512, 4) TAKE(vnni512, 3)
        TAKE(vnni512, 2) TAKE(vnni512, 1))

// The same bytes as `quantize_plain` gives, in half its time.
AVX512_VNNI static void quantize_avx512(long rows, long columns, const float *x, long stride, uint8_t *q,
                                        float *scales, int32_t *zeros) {
  long width = ck_int8_groups(columns) * GROUP;
  for (long r = 0; r < rows; r++, x += stride, q += width) {
    __m512 least = _mm512_setzero_ps(), most = least, sum = least;
    __m512 leasts[4] = {least, least, least, least}, mosts[4], sums[4];
    memcpy(mosts, leasts, sizeof mosts);
    memcpy(sums, leasts, sizeof sums);
    long k = 0;
    for (; k + 4 * LANES <= columns; k += 4 * LANES)
      _Pragma("unroll")
      for (int i = 0; i < 4; i++) {
        __m512 v = _mm512_loadu_ps(x + k + i * LANES);
        leasts[i] = _mm512_min_ps(v, leasts[i]);
        mosts[i] = _mm512_max_ps(v, mosts[i]);
        sums[i] = _mm512_add_ps(sums[i], v);
      }
    for (int i = 0; i < 4; i++) {
      least = _mm512_min_ps(least, leasts[i]);
      most = _mm512_max_ps(most, mosts[i]);
      sum = _mm512_add_ps(sum, sums[i]);
    }
    for (; k < columns; k += LANES) {
      __mmask16 there = columns - k < LANES ? (__mmask16)((1 << (columns - k)) - 1) : 0xFFFF;
      __m512 v = _mm512_maskz_loadu_ps(there, x + k);
      least = _mm512_min_ps(v, least);
      most = _mm512_max_ps(v, most);
      sum = _mm512_add_ps(sum, v);
    }
    steps s;
    cut(&s, _mm512_reduce_min_ps(least), _mm512_reduce_max_ps(most), _mm512_reduce_add_ps(sum));
    scales[r] = s.scale;
    zeros[r] = s.zero;
    __m512 inverse = _mm512_set1_ps(s.inverse);
    __m512i zero = _mm512_set1_epi32(s.zero);
    for (k = 0; k + LANES <= columns; k += LANES) {
      __m512i n = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(x + k), inverse));
      n = _mm512_max_epi32(_mm512_add_epi32(n, zero), _mm512_setzero_si512());
      _mm_storeu_si128((__m128i *)(q + k), _mm512_cvtusepi32_epi8(n));
    }
    for (; k < columns; k += LANES) {
      __mmask16 there = columns - k < LANES ? (__mmask16)((1 << (columns - k)) - 1) : 0xFFFF;
      __mmask16 kept = width - k < LANES ? (__mmask16)((1 << (width - k)) - 1) : 0xFFFF;
      __m512i n = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_maskz_loadu_ps(there, x + k), inverse));
      n = _mm512_max_epi32(_mm512_add_epi32(n, zero), _mm512_setzero_si512());
      _mm512_mask_cvtusepi32_storeu_epi8(q + k, kept, _mm512_maskz_mov_epi32(there, n));
    }
  }
}
#endif

#if CK_HAS_AVX2
typedef float floats8 __attribute__((vector_size(32), aligned(4)));
typedef int32_t ints8 __attribute__((vector_size(32), aligned(4)));
#define FINISH256(count, vectors, lanes, part) FINISH(count, vectors, lanes, part, ints8, floats8, 0)

#define AVX_VNNI __attribute__((target("arch=x86-64-v3,avxvnni")))
#define LOAD256(vectors, from)                                                                                     \
  __m256i w[vectors];                                                                                              \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++) w[v] = _mm256_loadu_si256((const __m256i *)(from) + v);
#define STEP256(vectors, sum, from)                                                                                \
  __m256i x = _mm256_set1_epi32(*(const any_int32 *)(from));                                                       \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++) (sum)[v] = _mm256_dpbusd_avx_epi32((sum)[v], x, w[v]);
#define TILE256(count) TILE(vnni256, AVX_VNNI, count, 8, 2, __m256i, LOAD256, STEP256, FINISH256)
TILE256(6) TILE256(4) TILE256(3) TILE256(2) TILE256(1)
PRODUCT(vnni256, AVX_VNNI, TAKE(vnni256, 6) TAKE(vnni256, 4) TAKE(vnni256, 3) TAKE(vnni256, 2) TAKE(vnni256, 1))

// Without VNNI: bytes become 16-bit numbers, the even ones and the odd ones apart, as the instruction that adds pairs
// of bytes at once stops at 32,767, which 2 * 255 * 127 is above.
#define AVX2 __attribute__((target("arch=x86-64-v3")))
#define LOADAVX2(vectors, from)                                                                                    \
  __m256i even[vectors], odd[vectors];                                                                             \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++) {                                                                              \
    __m256i w = _mm256_loadu_si256((const __m256i *)(from) + v);                                                   \
    even[v] = _mm256_srai_epi16(_mm256_slli_epi16(w, 8), 8);                                                       \
    odd[v] = _mm256_srai_epi16(w, 8);                                                                              \
  }
#define STEPAVX2(vectors, sum, from)                                                                               \
  __m256i x = _mm256_set1_epi32(*(const any_int32 *)(from));                                                       \
  __m256i low = _mm256_and_si256(x, _mm256_set1_epi16(255)), high = _mm256_srli_epi16(x, 8);                       \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++)                                                                                \
    (sum)[v] = _mm256_add_epi32((sum)[v], _mm256_add_epi32(_mm256_madd_epi16(low, even[v]),                        \
                                                           _mm256_madd_epi16(high, odd[v])));
#define TILEAVX2(count) TILE(avx2, AVX2, count, 8, 2, __m256i, LOADAVX2, STEPAVX2, FINISH256)
TILEAVX2(4) TILEAVX2(3) TILEAVX2(2) TILEAVX2(1)
PRODUCT(avx2, AVX2, TAKE(avx2, 4) TAKE(avx2, 3) TAKE(avx2, 2) TAKE(avx2, 1))
#endif

#if CK_HAS_DOT
// Its bytes are both signed: those of the rows are taken less 128, and so are their zero points.
typedef float floats4 __attribute__((vector_size(16), aligned(4)));
typedef int32_t ints4 __attribute__((vector_size(16), aligned(4)));
typedef uint32_t any_uint32 __attribute__((aligned(1), may_alias));
#define DOT __attribute__((target("dotprod")))
#define LOADDOT(vectors, from)                                                                                     \
  int8x16_t w[vectors];                                                                                            \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++) w[v] = vld1q_s8((from) + v * 16);
#define STEPDOT(vectors, sum, from)                                                                                \
  int8x16_t x = vreinterpretq_s8_u32(vdupq_n_u32(*(const any_uint32 *)(from) ^ 0x80808080u));                      \
  _Pragma("unroll")                                                                                                \
  for (int v = 0; v < vectors; v++) (sum)[v] = vdotq_s32((sum)[v], w[v], x);
#define FINISHDOT(count, vectors, lanes, part) FINISH(count, vectors, lanes, part, ints4, floats4, 128)
#define TILEDOT(count) TILE(dot, DOT, count, 4, 4, int32x4_t, LOADDOT, STEPDOT, FINISHDOT)
TILEDOT(6) TILEDOT(4) TILEDOT(3) TILEDOT(2) TILEDOT(1)
PRODUCT(dot, DOT, TAKE(dot, 6) TAKE(dot, 4) TAKE(dot, 3) TAKE(dot, 2) TAKE(dot, 1))
#endif

// What runs here, the best first.
typedef struct {
  const char *name;
  void (*product)(const args *);
  void (*quantize)(long, long, const float *, long, uint8_t *, float *, int32_t *);
} variant;

static long variants(variant *list) {
  long count = 0;
#if CK_HAS_AVX512
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vnni"))
    list[count++] = (variant){"avx512-vnni", product_vnni512, quantize_avx512};
#endif
#if CK_HAS_AVX2
  if (__builtin_cpu_supports("x86-64-v3")) {
    if (__builtin_cpu_supports("avxvnni")) list[count++] = (variant){"avx-vnni", product_vnni256, quantize_plain};
    list[count++] = (variant){"avx2", product_avx2, quantize_plain};
  }
#endif
#if CK_HAS_DOT
  if (getauxval(AT_HWCAP) & (1 << 20)) list[count++] = (variant){"neon-dotprod", product_dot, quantize_plain};  // HWCAP_ASIMDDP
#endif
  list[count++] = (variant){"plain", product_plain, quantize_plain};
  return count;
}

void ck_int8_quantize(int number, long rows, long columns, const float *x, long stride, uint8_t *q, float *scales,
                      int32_t *zeros) {
  variant list[4];
  if (number < variants(list)) list[number].quantize(rows, columns, x, stride, q, scales, zeros);
}

void ck_int8_product(int number, const ck_int8_product_args *p) {
  variant list[4];
  if (number < variants(list)) list[number].product(p);
}

const char *ck_int8_variant(int number) {
  variant list[4];
  return number < variants(list) ? list[number].name : 0;
}

VARIANTS void ck_int8_widen(long count, const int8_t *x, float scale, float *y, int adds) {
  if (adds)
    for (long i = 0; i < count; i++) y[i] += (float)x[i] * scale;
  else
    for (long i = 0; i < count; i++) y[i] = (float)x[i] * scale;
}

// The step of a row cut symmetrically: its greatest magnitude becomes 127. No number where an element is none, and 0 where
// a step is no normal number, which could not be divided by.
INLINE float symmetric_step(long count, const float *x) {
  floats most = {0}, odd = {0}, v;
  for (long k = 0; k < count; k += LANES) {
    load_at(&v, x, k, count);
    abs_lanes(&v);
    most = SELECT(v > most, v, most);
    odd += v - v;
  }
  float step = max_lanes(&most) / 127.0f;
  if (!(sum_lanes(&odd) == 0)) return NAN;
  return step < 1.17549435e-38f ? 0 : step;
}

typedef int8_t signed_bytes __attribute__((vector_size(16), aligned(1)));

VARIANTS float ck_int8_narrow(long count, const float *x, int8_t *q) {
  float step = symmetric_step(count, x);
  if (!(step > 0)) {
    memset(q, 0, (size_t)count);
    return step == 0 ? 1 : step;
  }
  floats v;
  for (long k = 0; k < count; k += LANES) {
    load_at(&v, x, k, count);
    // The nearest integer, ties to even; a quotient is at most 127 and a rounding.
    v = v / step + 12582912.0f;
    signed_bytes b = __builtin_convertvector((ints)v - 0x4B400000, signed_bytes);
    if (k + LANES <= count)
      *(signed_bytes *)(q + k) = b;
    else
      for (long i = 0; k + i < count; i++) q[k + i] = b[i];
  }
  return step;
}

VARIANTS void ck_int8_round(long count, const float *x, float *y, int adds) {
  float step = symmetric_step(count, x);
  floats v, old;
  for (long k = 0; k < count; k += LANES) {
    load_at(&v, x, k, count);
    if (step == 0)
      v = (floats){0};
    else
      v = ((v / step + 12582912.0f) - 12582912.0f) * step;
    if (adds) {
      load_at(&old, y, k, count);
      v = old + v;
    }
    store_at(y, &v, k, count);
  }
}

VARIANTS void ck_int8_restore(long rows, long columns, const uint8_t *q, const float *scales, const int32_t *zeros,
                              float *y, long stride) {
  long width = ck_int8_groups(columns) * GROUP;
  for (long r = 0; r < rows; r++, q += width, y += stride)
    for (long k = 0; k < columns; k++) y[k] = (float)((int32_t)q[k] - zeros[r]) * scales[r];
}
