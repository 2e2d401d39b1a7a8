// Biases, activations, dropout and sums over rows of floats.
#include "CKernels.h"
#include "vector.h"
#include <stddef.h>

// Runs `body` on vectors `v` of x[i...], the last one filled up with zeros.
#define EACH(count, x, ...)                   \
  for (long i = 0; i < (count); i += LANES) { \
    floats v;                                 \
    if (i + LANES <= (count)) {               \
      v = *(const floats *)((x) + i);         \
      __VA_ARGS__;                            \
      *(floats *)((x) + i) = v;               \
    } else {                                  \
      long rest = (count)-i;                  \
      load_some(&v, (x) + i, rest, 0);        \
      __VA_ARGS__;                            \
      store_some((x) + i, &v, rest);          \
    }                                         \
  }

uint32_t ck_random(uint64_t key, uint32_t position) {
  uints numbers;
  random_lanes(&numbers, key, position);
  return numbers[0];
}

VARIANTS void ck_drop_rows(long rows, long columns, float *x, const ck_dropout *dropout) {
  if (dropout->threshold == 0) return;
  for (long r = 0; r < rows; r++, x += columns) {
    uint64_t key = mix64(dropout->keys[r] ^ dropout->salt);
    uint32_t start = dropout->positions[r] * (uint32_t)columns;
    EACH(columns, x, {
      floats factors;
      drop_factors(&factors, key, start + (uint32_t)i, dropout->threshold, dropout->scale);
      v *= factors;
    })
  }
}

VARIANTS void ck_add_bias(long rows, long columns, long stride, const float *bias, float *x) {
  for (long r = 0; r < rows; r++, x += stride) EACH(columns, x, {
    floats b;
    load_at(&b, bias, i, columns);
    v += b;
  })
}

// x Phi(x) and Phi(x) + x phi(x); Phi of negative x comes from the tail itself, where 1 + erf would cancel.
INLINE void gelu(floats *x, floats *slope) {
  floats v = *x, scaled = v * 0.707106781f, t = scaled;
  abs_lanes(&t);
  floats near = scaled, far = t, density = v * v * -0.5f;
  erf_near(&near);
  erfc_far(&far);
  far = far * 0.5f;
  far = SELECT(v > SPLAT(0.0f), 1.0f - far, far);
  floats phi = SELECT(t > SPLAT(0.927734375f), far, near * 0.5f + 0.5f);
  *x = v * phi;
  if (!slope) return;
  exp_lanes(&density);
  *slope = v * density * 0.398942280f + phi;
}

// x (1/2 + t P(t²)), t being x cut at 4.5: a minimax fit, good to 4e-5, a hundredth of a step of what is cut to 8 bits.
INLINE void gelu_by_polynomial(floats *x, floats *slope) {
  floats v = *x, t = SELECT(v < SPLAT(4.5f), v, SPLAT(4.5f));
  (void)slope;
  t = SELECT(t > SPLAT(-4.5f), t, SPLAT(-4.5f));
  floats s = t * t, p = s * -1.40005097e-12f + 1.697288e-10f;
  p = p * s - 9.19368492e-9f;
  p = p * s + 2.95888441e-7f;
  p = p * s - 6.36523737e-6f;
  p = p * s + 9.78712123e-5f;
  p = p * s - 1.12267782e-3f;
  p = p * s + 9.83318314e-3f;
  p = p * s - 6.63370565e-2f;
  p = p * s + 3.9888379e-1f;
  *x = v * (p * t + 0.5f);
}

// Hendrycks and Gimpel's approximation: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x³))).
INLINE void gelu_by_tanh(floats *x, floats *slope) {
  floats v = *x, u = (v * v * v * 0.044715f + v) * 0.797884561f;
  floats inner = (v * v * 0.134145f + 1.0f) * 0.797884561f;
  tanh_lanes(&u);
  *x = v * 0.5f * (u + 1.0f);
  if (!slope) return;
  *slope = (u + 1.0f) * 0.5f + v * 0.5f * (1.0f - u * u) * inner;
}

INLINE void relu(floats *x, floats *slope) {
  ints positive = *x > SPLAT(0.0f);
  if (slope) *slope = SELECT(positive, SPLAT(1.0f), SPLAT(0.0f));
  *x = SELECT(positive, *x, SPLAT(0.0f));
}

// min(gelu(x), 10): nothing flows back from where it is cut.
INLINE void clipped_gelu(floats *x, floats *slope) {
  gelu(x, slope);
  ints above = *x > SPLAT(10.0f);
  if (slope) *slope = SELECT(above, SPLAT(0.0f), *slope);
  *x = SELECT(above, SPLAT(10.0f), *x);
}

// x s(kx), and s(kx) + kx s(kx) (1 - s(kx)), where s is the logistic function.
INLINE void gate(floats *x, floats *slope, float k) {
  floats v = *x, scaled = v * k, e = -scaled;
  exp_lanes(&e);
  floats s = 1.0f / (e + 1.0f);
  *x = v * s;
  if (slope) *slope = s + scaled * s * (1.0f - s);
}

INLINE void quick_gelu(floats *x, floats *slope) { gate(x, slope, 1.702f); }
INLINE void silu(floats *x, floats *slope) { gate(x, slope, 1.0f); }

#define ACTIVATE(function)                                 \
  for (long r = 0; r < rows; r++, x += stride) {           \
    EACH(columns, x, {                                     \
      floats b, s;                                         \
      load_at(&b, bias, i, columns);                       \
      v += b;                                              \
      function(&v, slope ? &s : NULL);                                    \
      if (slope) store_at(slope, &s, i, columns);          \
    })                                                     \
    if (slope) slope += stride;                            \
  }

VARIANTS void ck_activate(int kind, long rows, long columns, long stride, const float *bias, float *x,
                          float *slope) {
  if (kind == 0) {
    ACTIVATE(gelu)
  } else if (kind == 1) {
    ACTIVATE(gelu_by_tanh)
  } else if (kind == 2) {
    ACTIVATE(relu)
  } else if (kind == 3) {
    ACTIVATE(clipped_gelu)
  } else if (kind == 4) {
    ACTIVATE(quick_gelu)
  } else if (kind == 6) {
    slope = NULL;
    ACTIVATE(gelu_by_polynomial)
  } else {
    ACTIVATE(silu)
  }
}

VARIANTS void ck_activate_backward(long rows, long columns, float *x, const float *slope, float *sums) {
  for (long r = 0; r < rows; r++, x += columns, slope += columns) EACH(columns, x, {
    floats s, total;
    load_at(&s, slope, i, columns);
    load_at(&total, sums, i, columns);
    v *= s;
    total += v;
    store_at(sums, &total, i, columns);
  })
}

VARIANTS void ck_column_sums(long rows, long columns, long stride, const float *x, float *sums) {
  for (long r = 0; r < rows; r++, x += stride) EACH(columns, sums, {
    floats a;
    load_at(&a, x, i, columns);
    v += a;
  })
}

VARIANTS void ck_add(long count, const float *x, float *y) {
  EACH(count, y, {
    floats a;
    load_at(&a, x, i, count);
    v += a;
  })
}

VARIANTS void ck_tanh_rows(long rows, long columns, const float *bias, float *x) {
  for (long r = 0; r < rows; r++, x += columns) EACH(columns, x, {
    floats b;
    load_at(&b, bias, i, columns);
    v += b;
    tanh_lanes(&v);
  })
}

VARIANTS void ck_tanh_backward(long count, const float *y, float *x) {
  EACH(count, x, {
    floats a;
    load_at(&a, y, i, count);
    v *= 1.0f - a * a;
  })
}

VARIANTS void ck_scale(long count, float factor, float *x) { EACH(count, x, v *= factor;) }

VARIANTS double ck_squared_norm(long count, const float *x) {
  double sums[LANES] = {0};
  long i = 0;
  for (; i + LANES <= count; i += LANES)
    for (int j = 0; j < LANES; j++) sums[j] += (double)x[i + j] * (double)x[i + j];
  for (; i < count; i++) sums[i % LANES] += (double)x[i] * (double)x[i];
  for (int half = LANES / 2; half > 0; half /= 2)
    for (int j = 0; j < half; j++) sums[j] += sums[j + half];
  return sums[0];
}

#define MAP(name, function)                                   \
  VARIANTS void name(long count, const float *x, float *y) {  \
    for (long i = 0; i < count; i += LANES) {                 \
      floats v;                                               \
      load_at(&v, x, i, count);                               \
      function(&v);                                           \
      store_at(y, &v, i, count);                              \
    }                                                         \
  }
MAP(ck_exp, exp_lanes)
MAP(ck_erf, erf_lanes)
MAP(ck_tanh, tanh_lanes)
