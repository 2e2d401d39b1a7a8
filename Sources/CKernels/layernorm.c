// LayerNorm with what stands before it in a BERT block: bias, dropout, residual.
#include "CKernels.h"
#include "vector.h"

VARIANTS void ck_norm_rows(long rows, long columns, float *x, const float *bias, const float *residual,
                           const ck_dropout *dropout, const float *gamma, const float *beta, float epsilon,
                           float *y, float *scales) {
  int drops = dropout && dropout->threshold != 0;
  for (long r = 0; r < rows; r++) {
    uint64_t key = drops ? mix64(dropout->keys[r] ^ dropout->salt) : 0;
    uint32_t start = drops ? dropout->positions[r] * (uint32_t)columns : 0;
    floats sum = {0}, squares = {0};
    for (long i = 0; i < columns; i += LANES) {
      floats v, t;
      load_at(&v, x, i, columns);
      if (bias) {
        load_at(&t, bias, i, columns);
        v += t;
      }
      if (drops) {
        drop_factors(&t, key, start + (uint32_t)i, dropout->threshold, dropout->scale);
        v *= t;
      }
      if (residual) {
        load_at(&t, residual, i, columns);
        v += t;
      }
      if (i + LANES > columns) {
        store_at(x, &v, i, columns);
        load_at(&v, x, i, columns);
      } else {
        store_at(x, &v, i, columns);
      }
      sum += v;
    }
    float mean = sum_lanes(&sum) / (float)columns;
    for (long i = 0; i < columns; i += LANES) {
      floats v;
      if (i + LANES <= columns)
        v = *(const floats *)(x + i);
      else
        load_some(&v, x + i, columns - i, mean);
      v -= mean;
      squares += v * v;
    }
    float scale = 1.0f / sqrtf(sum_lanes(&squares) / (float)columns + epsilon);
    for (long i = 0; i < columns; i += LANES) {
      floats v, g, b;
      load_at(&v, x, i, columns);
      load_at(&g, gamma, i, columns);
      load_at(&b, beta, i, columns);
      v = (v - mean) * scale;
      if (y != x) store_at(x, &v, i, columns);
      v = v * g + b;
      store_at(y, &v, i, columns);
    }
    scales[r] = scale;
    x += columns;
    y += columns;
    if (residual) residual += columns;
  }
}

VARIANTS void ck_norm_rows_backward(long rows, long columns, float *dy, const float *normalized,
                                    const float *scales, const float *gamma, const ck_dropout *dropout,
                                    float *dx, float *sums) {
  int drops = dropout && dropout->threshold != 0;
  float *dGamma = sums, *dBeta = sums + columns, *dBias = sums + 2 * columns;
  for (long r = 0; r < rows; r++) {
    floats first = {0}, second = {0};
    for (long i = 0; i < columns; i += LANES) {
      floats d, n, g, a, b;
      load_at(&d, dy, i, columns);
      load_at(&n, normalized, i, columns);
      load_at(&g, gamma, i, columns);
      load_at(&a, dGamma, i, columns);
      load_at(&b, dBeta, i, columns);
      a += d * n;
      b += d;
      store_at(dGamma, &a, i, columns);
      store_at(dBeta, &b, i, columns);
      d *= g;
      first += d;
      second += d * n;
    }
    float mean = sum_lanes(&first) / (float)columns, slope = sum_lanes(&second) / (float)columns;
    float scale = scales[r];
    uint64_t key = drops ? mix64(dropout->keys[r] ^ dropout->salt) : 0;
    uint32_t start = drops ? dropout->positions[r] * (uint32_t)columns : 0;
    for (long i = 0; i < columns; i += LANES) {
      floats d, n, g, t;
      load_at(&d, dy, i, columns);
      load_at(&n, normalized, i, columns);
      load_at(&g, gamma, i, columns);
      d = (d * g - mean - n * slope) * scale;
      store_at(dy, &d, i, columns);
      if (!dx) continue;
      if (drops) {
        drop_factors(&t, key, start + (uint32_t)i, dropout->threshold, dropout->scale);
        d *= t;
      }
      store_at(dx, &d, i, columns);
      load_at(&t, dBias, i, columns);
      t += d;
      store_at(dBias, &t, i, columns);
    }
    dy += columns;
    normalized += columns;
    if (dx) dx += columns;
  }
}
