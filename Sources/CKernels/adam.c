// AdamW (Loshchilov and Hutter 2019) in the order of operations of torch.optim.AdamW.
#include "CKernels.h"
#include "vector.h"

// A replayed step must equal a taken one to the last bit, so the compiler may not fuse them differently.
#pragma clang fp contract(off)

// Numbers below the normal range cost the processor a hundred times more, and a resting row's first moment
// would get there after some 800 steps and stay. Beside epsilon (1e-8 as a rule) these move no float32.
#define FLUSH(x, least) ((x) = SELECT(((x) < (least)) & ((x) > -(least)), (floats){0}, (x)))
static const float leastFirst = 1e-30f, leastSecond = 1e-36f;

INLINE void adam_lanes(floats *p, const floats *gradient, floats *m, floats *v, const ck_adam_settings *b,
                       const ck_adam_step *step) {
  floats first = *m + b->firstRest * (*gradient - *m);
  floats second = *v * b->beta2 + b->secondRest * *gradient * *gradient;
  FLUSH(first, leastFirst);
  FLUSH(second, leastSecond);
  floats root = __builtin_elementwise_sqrt(second) / step->correction + b->epsilon;
  *p = *p * step->decay - step->stepSize * (first / root);
  *m = first;
  *v = second;
}

VARIANTS void ck_adam(long count, float *p, const float *g, float *m, float *v, float gradientScale,
                      const ck_adam_settings *settings, const ck_adam_step *step) {
  for (long i = 0; i < count; i += LANES) {
    floats gradient, pi, mi, vi;
    load_at(&gradient, g, i, count);
    load_at(&pi, p, i, count);
    load_at(&mi, m, i, count);
    load_at(&vi, v, i, count);
    gradient *= gradientScale;
    adam_lanes(&pi, &gradient, &mi, &vi, settings, step);
    store_at(p, &pi, i, count);
    store_at(m, &mi, i, count);
    store_at(v, &vi, i, count);
  }
}

VARIANTS void ck_adam_replay(long count, float *p, float *m, float *v, const ck_adam_settings *settings,
                             const ck_adam_step *steps, long stepCount) {
  for (long i = 0; i < count; i += LANES) {
    floats none = {0}, pi, mi, vi;
    load_at(&pi, p, i, count);
    load_at(&mi, m, i, count);
    load_at(&vi, v, i, count);
    long s = 0;
    for (; s < stepCount && __builtin_reduce_or(mi != none); s++)
      adam_lanes(&pi, &none, &mi, &vi, settings, steps + s);
    // A first moment of 0 moves nothing: only the decays are left, and p - 0 is p.
    for (; s < stepCount; s++) {
      vi *= settings->beta2;
      FLUSH(vi, leastSecond);
      pi *= steps[s].decay;
    }
    store_at(p, &pi, i, count);
    store_at(m, &mi, i, count);
    store_at(v, &vi, i, count);
  }
}
