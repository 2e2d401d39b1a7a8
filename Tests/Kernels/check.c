// The kernels against plain loops in double precision, in one small program without Swift: `.ci/kernels` runs it on
// this processor and, emulated, on others. Prints the variant and the greatest relative error of each kernel.
#include "CKernels.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t state = 12345;
static float uniform(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / (1 << 23) - 1;
}
static float *numbers(long count) {
  float *x = malloc(sizeof(float) * (size_t)count);
  for (long i = 0; i < count; i++) x[i] = uniform();
  return x;
}
static double *zeros(long count) { return calloc((size_t)count, sizeof(double)); }

static int failed = 0;
// |found - expected| in units of the largest expected value.
static void compare(const char *name, long count, const float *found, const double *expected, double tolerance) {
  double worst = 0, largest = 1e-30;
  for (long i = 0; i < count; i++) largest = fmax(largest, fabs(expected[i]));
  for (long i = 0; i < count; i++) {
    double error = fabs(found[i] - expected[i]) / largest;
    if (!(error <= worst)) worst = error;
  }
  int bad = !(worst <= tolerance);
  failed |= bad;
  printf("  %-28s %.1e%s\n", name, worst, bad ? "  TOO FAR" : "");
}

static void products(void) {
  static const long shapes[][3] = {{1, 1, 1}, {7, 33, 19}, {26, 50, 1100}, {37, 64, 384}, {12, 16, 16}};
  for (int s = 0; s < 5; s++)
    for (int layout = 0; layout < 8; layout++) {
      long m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
      long rowA = layout & 1 ? 1 : k + 3, columnA = layout & 1 ? m + 2 : 1;
      long rowB = layout & 2 ? 1 : n + 5, columnB = layout & 2 ? k + 1 : 1;
      float *a = numbers((m + 3) * (k + 3)), *b = numbers((n + 5) * (k + 5)), *c = numbers(m * n);
      double *expected = zeros(m * n);
      for (long i = 0; i < m; i++)
        for (long j = 0; j < n; j++) {
          double sum = layout & 4 ? c[i * n + j] : 0;
          for (long l = 0; l < k; l++) sum += (double)a[i * rowA + l * columnA] * b[l * rowB + j * columnB];
          expected[i * n + j] = sum;
        }
      ck_product(m, n, k, a, rowA, columnA, b, rowB, columnB, c, n, (layout & 4) != 0);
      char name[64];
      snprintf(name, sizeof name, "product %ldx%ldx%ld %d", m, n, k, layout);
      compare(name, m * n, c, expected, 2e-6);
      free(a), free(b), free(c), free(expected);
    }
}

// The nearest number with 8 bits of significand, ties to even, from the halfway points up and down; 0 below normal numbers.
static double brainFloat(float x) {
  if (!isfinite(x)) return x;
  int exponent;
  double part = frexp(x, &exponent);
  double near = ldexp(nearbyint(ldexp(part, 8)), exponent - 8);
  if (fabs(x) < 0x1p-126) return copysign(0, x);
  return fabs(near) > 0x1.fep127 ? copysign(INFINITY, x) : near;
}

// Products of rounded numbers by every variant that runs here, in all layouts: near sums in double precision, and, where
// multiply-adds are fused, the same bytes, in whatever rows they stand.
static void brainFloats(void) {
  static const long shapes[][3] = {{1, 1, 1}, {7, 33, 19}, {26, 50, 1100}, {37, 64, 384}, {17, 16, 33}, {12, 31, 2}, {40, 65, 2049}};
  for (int s = 0; s < 7; s++)
    for (int layout = 0; layout < 8; layout++) {
      long m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
      long rowA = layout & 1 ? 1 : k + 3, columnA = layout & 1 ? m + 2 : 1;
      long rowB = layout & 2 ? 1 : n + 5, columnB = layout & 2 ? k + 1 : 1;
      float *a = numbers((m + 3) * (k + 3)), *b = numbers((n + 5) * (k + 5)), *old = numbers(m * n);
      float *first = malloc(sizeof(float) * (size_t)(m * n)), *c = malloc(sizeof(float) * (size_t)(m * n));
      double *expected = zeros(m * n), *left = zeros(m * k), *right = zeros(k * n);
      for (long l = 0; l < k; l++) {
        for (long i = 0; i < m; i++) left[i * k + l] = brainFloat(a[i * rowA + l * columnA]);
        for (long j = 0; j < n; j++) right[j * k + l] = brainFloat(b[l * rowB + j * columnB]);
      }
      for (long i = 0; i < m; i++)
        for (long j = 0; j < n; j++) {
          double sum = layout & 4 ? old[i * n + j] : 0;
          for (long l = 0; l < k; l++) sum += left[i * k + l] * right[j * k + l];
          expected[i * n + j] = sum;
        }
      for (int v = 0; ck_bfloat16_variant(v); v++) {
        long row = ck_bfloat16_row(v, k);
        float *packed = malloc(sizeof(float) * (size_t)(m * row + 1));
        ck_bfloat16_rows(v, m, k, a, rowA, columnA, packed);
        memcpy(c, old, sizeof(float) * (size_t)(m * n));
        ck_bfloat16_product(v, m, n, k, packed, b, rowB, columnB, c, n, (layout & 4) != 0);
        char name[64];
        snprintf(name, sizeof name, "bfloat16 %ldx%ldx%ld %d %s", m, n, k, layout, ck_bfloat16_variant(v));
        compare(name, m * n, c, expected, 2e-6);
        float wrong = 0;
        double none = 0;
        if (v == 0) memcpy(first, c, sizeof(float) * (size_t)(m * n));
        if (memcmp(first, c, sizeof(float) * (size_t)(m * n)) != 0) wrong = 1;
        // The last row alone.
        ck_bfloat16_rows(v, 1, k, a + (m - 1) * rowA, rowA, columnA, packed);
        memcpy(c, old + (m - 1) * n, sizeof(float) * (size_t)n);
        ck_bfloat16_product(v, 1, n, k, packed, b, rowB, columnB, c, n, (layout & 4) != 0);
        if (memcmp(first + (m - 1) * n, c, sizeof(float) * (size_t)n) != 0) wrong = 2;
        snprintf(name, sizeof name, "same bytes %ldx%ldx%ld %d %s", m, n, k, layout, ck_bfloat16_variant(v));
        compare(name, 1, &wrong, &none, 0);
        free(packed);
      }
      free(a), free(b), free(c), free(old), free(first), free(expected), free(left), free(right);
    }
  // How single numbers are rounded: ties, the ends of the range, what is no number.
  static const float odd[] = {1, 0x1.01p0f, 0x1.03p0f, 0x1.02ffp0f, -0x1.01p0f, 0x1.fffffep127f, -0x1.fep127f, 0x1.fefffep127f,
                              0x1p-126f, 0x1p-127f, -0x1p-140f, 0x1.fffffep-127f, 0x1.fffffcp-127f, 0, INFINITY, -INFINITY, NAN};
  for (int i = 0; i < 17; i++)
    for (int v = 0; ck_bfloat16_variant(v); v++) {
      float one[2] = {1, 0}, packed[2], c[1];
      ck_bfloat16_rows(v, 1, 1, &odd[i], 1, 1, packed);
      ck_bfloat16_product(v, 1, 1, 1, packed, one, 1, 1, c, 1, 0);
      double wanted = brainFloat(odd[i]);
      float wrong = isnan(wanted) ? !isnan(c[0]) : c[0] != wanted;
      double none = 0;
      char name[64];
      snprintf(name, sizeof name, "rounding %a %s", odd[i], ck_bfloat16_variant(v));
      compare(name, 1, &wrong, &none, 0);
    }
}

static void functions(void) {
  enum { COUNT = 4003 };
  float x[COUNT], y[COUNT];
  double expected[COUNT];
  for (int i = 0; i < COUNT; i++) x[i] = (float)(i - 2000) / 200;
  ck_erf(COUNT, x, y);
  for (int i = 0; i < COUNT; i++) expected[i] = erf(x[i]);
  compare("erf", COUNT, y, expected, 3e-7);
  ck_tanh(COUNT, x, y);
  for (int i = 0; i < COUNT; i++) expected[i] = tanh(x[i]);
  compare("tanh", COUNT, y, expected, 3e-7);
  ck_exp(COUNT, x, y);
  for (int i = 0; i < COUNT; i++) y[i] = (float)(y[i] / exp(x[i])), expected[i] = 1;
  compare("exp", COUNT, y, expected, 5e-7);
  for (int i = 0; i < COUNT; i++) y[i] = (float)ck_random(0x0123456789abcdefull, (uint32_t)i), expected[i] = 0;
  for (int i = 0; i < COUNT; i++) {
    uint32_t z = (uint32_t)i * 0x9E3779B9u + 0x89abcdefu;
    z = (z ^ (z >> 16)) * 0x21f0aaadu;
    z = (z ^ (z >> 15)) + 0x01234567u;
    z *= 0x735a2d97u;
    z = (z ^ (z >> 15)) * 0xac4c1b51u;
    expected[i] = (float)(z ^ (z >> 16));
  }
  compare("random numbers", COUNT, y, expected, 0);
}

static void norms(void) {
  enum { ROWS = 5, COLUMNS = 90 };
  float *x = numbers(ROWS * COLUMNS), *bias = numbers(COLUMNS), *residual = numbers(ROWS * COLUMNS);
  float *gamma = numbers(COLUMNS), *beta = numbers(COLUMNS), y[ROWS * COLUMNS], scales[ROWS];
  double expected[ROWS * COLUMNS];
  for (int r = 0; r < ROWS; r++) {
    double mean = 0, variance = 0, z[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) mean += z[c] = (double)x[r * COLUMNS + c] + bias[c] + residual[r * COLUMNS + c];
    mean /= COLUMNS;
    for (int c = 0; c < COLUMNS; c++) variance += (z[c] - mean) * (z[c] - mean) / COLUMNS;
    for (int c = 0; c < COLUMNS; c++)
      expected[r * COLUMNS + c] = gamma[c] * (z[c] - mean) / sqrt(variance + 1e-12) + beta[c];
  }
  ck_norm_rows(ROWS, COLUMNS, x, bias, residual, NULL, gamma, beta, 1e-12f, y, scales);
  compare("LayerNorm", ROWS * COLUMNS, y, expected, 4e-7);
  float *g = numbers(ROWS * COLUMNS);
  for (int i = 0; i < ROWS * COLUMNS; i++)
    expected[i] = 0.5 * (g[i] + bias[i % COLUMNS]) * (1 + erf((g[i] + bias[i % COLUMNS]) / sqrt(2)));
  ck_activate(0, ROWS, COLUMNS, COLUMNS, bias, g, NULL);
  compare("GELU", ROWS * COLUMNS, g, expected, 2e-7);
  enum { WIDE = 4003 };
  float *w = numbers(WIDE), none[WIDE] = {0};
  double gelu[WIDE];
  for (int i = 0; i < WIDE; i++) w[i] = 12 * w[i], gelu[i] = 0.5 * w[i] * (1 + erf(w[i] / sqrt(2)));
  ck_activate(6, 1, WIDE, WIDE, none, w, NULL);
  for (int i = 0; i < WIDE; i++) w[i] -= (float)gelu[i], gelu[i] = i == 0 ? 1 : 0, w[i] += (float)gelu[i];
  compare("GELU by a polynomial, - exact", WIDE, w, gelu, 5e-5);
  free(w), free(x), free(bias), free(residual), free(gamma), free(beta), free(g);
}

static void attention(void) {
  enum { N = 37, D = 24 };
  float *q = numbers(N * D), *k = numbers(N * D), *v = numbers(N * D), *dc = numbers(N * D);
  float context[N * D], statistics[2 * N], dq[N * D], dk[N * D], dv[N * D];
  static double c[N * D], eq[N * D], ek[N * D], ev[N * D], p[N * N];
  double scale = 1 / sqrt(D);
  for (int i = 0; i < N; i++) {
    double sum = 0, inner = 0, dp[N];
    for (int j = 0; j < N; j++) {
      double score = 0;
      for (int l = 0; l < D; l++) score += (double)q[i * D + l] * k[j * D + l];
      sum += p[i * N + j] = exp(score * scale);
    }
    for (int j = 0; j < N; j++) {
      p[i * N + j] /= sum;
      dp[j] = 0;
      for (int l = 0; l < D; l++) {
        c[i * D + l] += p[i * N + j] * v[j * D + l];
        ev[j * D + l] += p[i * N + j] * dc[i * D + l];
        dp[j] += (double)dc[i * D + l] * v[j * D + l];
      }
      inner += p[i * N + j] * dp[j];
    }
    for (int j = 0; j < N; j++)
      for (int l = 0; l < D; l++) {
        double ds = p[i * N + j] * (dp[j] - inner) * scale;
        eq[i * D + l] += ds * k[j * D + l];
        ek[j * D + l] += ds * q[i * D + l];
      }
  }
  ck_head head = {.keys = N, .queries = N, .size = D, .query = q, .key = k, .value = v, .queryStride = D, .stride = D,
                  .scale = (float)scale, .dropScale = 1, .statistics = statistics};
  ck_attention(&head, context, D, NULL, NULL);
  compare("attention", N * D, context, c, 1e-6);
  ck_attention_backward(&head, dc, D, NULL, NULL, dq, D, dk, dv, D);
  compare("attention's dQ", N * D, dq, eq, 1e-6);
  compare("attention's dK", N * D, dk, ek, 1e-6);
  compare("attention's dV", N * D, dv, ev, 1e-6);
  free(q), free(k), free(v), free(dc);
}

static void adam(void) {
  enum { COUNT = 77 };
  float *p = numbers(COUNT), *g = numbers(COUNT), *m = numbers(COUNT), *v = numbers(COUNT);
  double expected[COUNT];
  ck_adam_settings settings = {0.1f, 0.999f, 0.001f, 1e-8f};
  ck_adam_step step = {0.9999f, 1e-3f, 0.5f};
  for (int i = 0; i < COUNT; i++) {
    v[i] = fabsf(v[i]) + 0.01f;
    double first = m[i] + 0.1 * (g[i] - (double)m[i]), second = 0.999 * v[i] + 0.001 * g[i] * (double)g[i];
    expected[i] = 0.9999 * p[i] - 1e-3 * first / (sqrt(second) / 0.5 + 1e-8);
  }
  ck_adam(COUNT, p, g, m, v, 1, &settings, &step);
  compare("AdamW", COUNT, p, expected, 1e-6);
  free(p), free(g), free(m), free(v);
}

// What the bits of a half mean: sign, five bits of exponent counted from 15, ten bits of mantissa (IEEE 754).
static double meaning(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double size = exponent == 31 ? (mantissa ? NAN : INFINITY)
                               : exponent ? ldexp(1024 + mantissa, exponent - 25) : ldexp(mantissa, -24);
  return bits >> 15 ? -size : size;
}

static void halves(void) {
  enum { ALL = 1 << 16, FINITE = 31 << 10 };
  static uint16_t bits[ALL], found[ALL];
  static float x[ALL];
  static double expected[ALL];
  int wrong = 0;
  for (int i = 0; i < ALL; i++) bits[i] = (uint16_t)i;
  ck_widen(ALL, bits, x);
  for (int i = 0; i < ALL; i++) {
    double wanted = meaning(bits[i]);
    wrong += isnan(wanted) ? !isnan(x[i]) : x[i] != wanted || !signbit(x[i]) != !signbit(wanted);
  }
  // Between each half and the next: just below the middle, the middle, which goes to the even one, just above.
  for (int place = -1; place <= 1; place++) {
    for (int i = 0; i < FINITE; i++) {
      double next = i + 1 == FINITE ? 65536 : meaning((uint16_t)(i + 1));
      float middle = (float)((meaning((uint16_t)i) + next) / 2);
      x[i] = place < 0 ? nextafterf(middle, 0) : place > 0 ? nextafterf(middle, INFINITY) : middle;
      x[i] = i % 3 ? x[i] : -x[i];
    }
    int fits = ck_narrow(FINITE, x, found);
    for (int i = 0; i < FINITE; i++)
      wrong += found[i] != ((i + (place > 0 || (place == 0 && i % 2))) | (i % 3 ? 0 : 0x8000));
    wrong += fits != (place < 0);
  }
  x[0] = NAN;
  wrong += ck_narrow(1, x, found) || !isnan(meaning(found[0]));
  for (int i = 0; i < ALL; i++) x[i] = 0, expected[i] = 0;
  x[0] = (float)wrong;
  compare("half precision", ALL, x, expected, 0);
}

// Rows in bytes and their products with weights in bytes, by every variant that runs here: the very whole numbers that
// sums in 64 bits give, at the ends of the ranges too, where sums of 16 bits would stop.
static void int8(void) {
  static const long shapes[][3] = {{1, 1, 1}, {7, 33, 19}, {13, 50, 1100}, {37, 64, 384}, {26, 97, 5}, {2, 3, 65536}};
  for (int s = 0; s < 6; s++)
    for (int extreme = 0; extreme < 2; extreme++) {
      long m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
      long groups = ck_int8_groups(k), panels = ck_int8_panels(n);
      float *x = numbers(m * k), *c = numbers(m * n), *rowScales = numbers(m), *columnScales = numbers(32 * panels);
      int8_t *w = malloc((size_t)(n * k)), *packed = malloc((size_t)(panels * groups * 128));
      int32_t *sums = malloc(sizeof *sums * (size_t)(32 * panels)), *zeros = malloc(sizeof *zeros * (size_t)m);
      uint8_t *q = malloc((size_t)(m * groups * 4));
      double *expected = calloc((size_t)(m * n), sizeof(double));
      for (long i = 0; i < n * k; i++) w[i] = extreme ? (i / k % 2 ? 127 : -127) : (int8_t)(127 * uniform());
      if (extreme)
        for (long i = 0; i < m * k; i++) x[i] = i / k % 2 ? -2 : 3;
      ck_int8_quantize(0, m, k, x, k, q, rowScales, zeros);
      int wrong = 0;
      uint8_t *other = malloc((size_t)(m * groups * 4));
      for (int v = 1; ck_int8_variant(v); v++) {
        ck_int8_quantize(v, m, k, x, k, other, rowScales, zeros);
        wrong += memcmp(q, other, (size_t)(m * groups * 4)) != 0;
      }
      free(other);
      for (long i = 0; i < m; i++)
        for (long l = 0; l < k; l++) {
          double back = (double)rowScales[i] * (q[i * groups * 4 + l] - zeros[i]);
          wrong += !(fabs(back - x[i * k + l]) <= 0.502 * rowScales[i]);
        }
      float *floats = numbers(m * k), *sums8 = numbers(k);
      int8_t *bytes = malloc((size_t)k);
      ck_int8_restore(m, k, q, rowScales, zeros, floats, k);
      for (long i = 0; i < m; i++) {
        for (long l = 0; l < k; l++)
          wrong += floats[i * k + l] != (float)(q[i * groups * 4 + l] - zeros[i]) * rowScales[i];
        float most = 0, scale = ck_int8_narrow(k, x + i * k, bytes);
        for (long l = 0; l < k; l++) most = fmaxf(most, fabsf(x[i * k + l]));
        wrong += scale != most / 127.0f;
        ck_int8_round(k, x + i * k, floats, 0);
        memset(sums8, 0, sizeof *sums8 * (size_t)k);
        ck_int8_round(k, x + i * k, sums8, 1);
        for (long l = 0; l < k; l++) {
          wrong += bytes[l] != (int8_t)nearbyintf(x[i * k + l] / scale);
          wrong += floats[l] != (float)bytes[l] * scale || sums8[l] != floats[l];
        }
      }
      free(floats), free(sums8), free(bytes);
      for (long p = 0; p < panels; p++) ck_int8_pack(p, n, k, w, packed, sums);
      for (long i = 0; i < m; i++)
        for (long j = 0; j < n; j++) {
          int64_t sum = 0;
          for (long l = 0; l < k; l++) sum += (int64_t)(q[i * groups * 4 + l] - zeros[i]) * w[j * k + l];
          expected[i * n + j] = (float)sum * (rowScales[i] * columnScales[j]);
        }
      char name[96];
      double none = 0;
      float off = (float)wrong;
      snprintf(name, sizeof name, "int8 %ldx%ldx%ld%s rows", m, n, k, extreme ? " ends" : "");
      compare(name, 1, &off, &none, 0);
      for (int v = 0; ck_int8_variant(v); v++) {
        wrong = 0;
        memset(c, 0x7f, sizeof *c * (size_t)(m * n));
        ck_int8_product_args args = {m, n, k, q, rowScales, zeros, packed, sums, columnScales, c, n};
        ck_int8_product(v, &args);
        for (long i = 0; i < m * n; i++) wrong += c[i] != (float)expected[i];
        snprintf(name, sizeof name, "int8 %ldx%ldx%ld%s %s", m, n, k, extreme ? " ends" : "", ck_int8_variant(v));
        off = (float)wrong;
        compare(name, 1, &off, &none, 0);
      }
      free(x), free(c), free(rowScales), free(columnScales), free(w), free(packed), free(sums), free(zeros), free(q);
      free(expected);
    }
}

static void byteKinds(void) {
  long wrong = 0;
  for (int round = 0; round < 512; round++) {
    uint8_t text[64];
    for (int i = 0; i < 64; i++) text[i] = (uint8_t)(round * 131 + i * (round | 1));
    uint64_t words, punctuation, slow, beyond;
    ck_classify_bytes(text, &words, &punctuation, &slow, &beyond);
    for (int i = 0; i < 64; i++) {
      const int x = text[i];
      const int isWord = (x >= '0' && x <= '9') || (x >= 'A' && x <= 'Z') || (x >= 'a' && x <= 'z');
      const int isMark = x > ' ' && x < 0x7F && !isWord;
      const int isControl = (x < ' ' && x != '\t' && x != '\n' && x != '\r') || x == 0x7F;
      wrong += (int)(words >> i & 1) != isWord || (int)(punctuation >> i & 1) != isMark;
      wrong += (int)(slow >> i & 1) != (isControl || (x >= 0xE3 && x <= 0xE9)) || (int)(beyond >> i & 1) != (x > 0x7F);
    }
  }
  failed |= wrong != 0;
  printf("  %-28s %ld of other kinds%s\n", "bytes", wrong, wrong ? "  WRONG" : "");
}

int main(int count, char **arguments) {
  printf("variant %s\n", ck_variant());
  if (count > 1 && strcmp(arguments[1], ck_variant()) != 0) {
    printf("  expected %s\n", arguments[1]);
    return 1;
  }
  products();
  brainFloats();
  functions();
  norms();
  attention();
  adam();
  halves();
  int8();
  byteKinds();
  puts(failed ? "FAILED" : "all within their tolerance");
  return failed;
}
