// What a processor can do at most: multiply-adds that wait for nothing, in as many chains as its registers hold.
#include "CKernels.h"
#include "vector.h"

#if CK_HAS_AVX512
#include <immintrin.h>
#endif

// Sums near 1, so that nothing overflows or becomes tiny; each chain starts elsewhere, so that none is left out.
#define CHAINS(name, target, count)                                          \
  target static float name(long rounds, float half) {                        \
    floats sum[count], total = {0};                                          \
    for (int i = 0; i < count; i++) sum[i] = SPLAT((float)i);                \
    for (long r = 0; r < rounds; r++)                                        \
      _Pragma("unroll")                                                      \
      for (int i = 0; i < count; i++) sum[i] = sum[i] * half + half;         \
    for (int i = 0; i < count; i++) total += sum[i];                         \
    return sum_lanes(&total);                                                \
  }

enum { WIDE = 16, NARROW = 6 };  // chains of 16 floats: in one register, or in two and more of fewer
#if CK_HAS_AVX512
CHAINS(chains_avx512, __attribute__((target("avx512f"))), WIDE)
#endif
#if CK_HAS_AVX2
CHAINS(chains_avx2, __attribute__((target("arch=x86-64-v3"))), NARROW)
#endif
CHAINS(chains_plain, , 3)

#if CK_HAS_AVX512
__attribute__((target("avx512f,avx512bf16"))) static float chains_bfloat16(long rounds) {
  __m512 sum[WIDE], total = _mm512_setzero_ps();
  const __m512bh none = (__m512bh)_mm512_setzero_si512();
  for (int i = 0; i < WIDE; i++) sum[i] = _mm512_set1_ps((float)i);
  for (long r = 0; r < rounds; r++)
    _Pragma("unroll")
    for (int i = 0; i < WIDE; i++) sum[i] = _mm512_dpbf16_ps(sum[i], none, none);
  for (int i = 0; i < WIDE; i++) total = _mm512_add_ps(total, sum[i]);
  return total[0];
}
#endif

double ck_spin(long rounds, int bfloat16) {
  static _Thread_local volatile float kept;
  (void)kept;
#if CK_HAS_AVX512
  if (bfloat16) {
    if (!__builtin_cpu_supports("avx512bf16")) return 0;
    kept = chains_bfloat16(rounds);
    return 4.0 * LANES * WIDE * (double)rounds;
  }
  if (__builtin_cpu_supports("avx512f")) {
    kept = chains_avx512(rounds, 0.5f);
    return 2.0 * LANES * WIDE * (double)rounds;
  }
#else
  if (bfloat16) return 0;
#endif
#if CK_HAS_AVX2
  if (__builtin_cpu_supports("x86-64-v3")) {
    kept = chains_avx2(rounds, 0.5f);
    return 2.0 * LANES * NARROW * (double)rounds;
  }
#endif
  kept = chains_plain(rounds, 0.5f);
  return 2.0 * LANES * 3 * (double)rounds;
}
