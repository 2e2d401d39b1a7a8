// AdamW (Loshchilov and Hutter 2019) in the order of operations of torch.optim.AdamW.
#include "CKernels.h"
#include "vector.h"

typedef struct {
  float beta1, beta2, epsilon;
} betas;

INLINE void adam_lanes(floats *p, const floats *gradient, floats *m, floats *v, const betas *b,
                       const ck_adam_step *step) {
  floats first = *m + (1 - b->beta1) * (*gradient - *m);
  floats second = *v * b->beta2 + (1 - b->beta2) * *gradient * *gradient;
  floats root = __builtin_elementwise_sqrt(second) / step->correction + b->epsilon;
  *p = *p * step->decay - step->stepSize * (first / root);
  *m = first;
  *v = second;
}

VARIANTS void ck_adam(long count, float *p, const float *g, float *m, float *v, float gradientScale,
                      float beta1, float beta2, float epsilon, const ck_adam_step *step) {
  betas b = {beta1, beta2, epsilon};
  for (long i = 0; i < count; i += LANES) {
    floats gradient, pi, mi, vi;
    load_at(&gradient, g, i, count);
    load_at(&pi, p, i, count);
    load_at(&mi, m, i, count);
    load_at(&vi, v, i, count);
    gradient *= gradientScale;
    adam_lanes(&pi, &gradient, &mi, &vi, &b, step);
    store_at(p, &pi, i, count);
    store_at(m, &mi, i, count);
    store_at(v, &vi, i, count);
  }
}

VARIANTS void ck_adam_replay(long count, float *p, float *m, float *v, float beta1, float beta2,
                             float epsilon, const ck_adam_step *steps, long stepCount) {
  betas b = {beta1, beta2, epsilon};
  for (long i = 0; i < count; i += LANES) {
    floats none = {0}, pi, mi, vi;
    load_at(&pi, p, i, count);
    load_at(&mi, m, i, count);
    load_at(&vi, v, i, count);
    for (long s = 0; s < stepCount; s++) adam_lanes(&pi, &none, &mi, &vi, &b, steps + s);
    store_at(p, &pi, i, count);
    store_at(m, &mi, i, count);
    store_at(v, &vi, i, count);
  }
}
