/// Row kernels and the thread pool under `Tensors`, and kinds of bytes for `Tokenization`: what Swift alone cannot make fast
/// enough.
///
/// Plain C with GNU vectors of 16 floats, so that one source serves every processor: on x86-64 each kernel is
/// compiled for AVX-512, for AVX2 with FMA and for the baseline, and the loader picks one; elsewhere the
/// compiler maps the vectors to what there is. All sums run in an order that depends on shapes only.
#pragma once
#include <stdint.h>

/// MARK: parallel.c

/// Calls `body(context, i)` once for every i below `count`, on up to `threads` threads, and returns when all
/// are done. The pool serves one caller at a time; a call from inside `body`, or while another thread uses the
/// pool, runs on the calling thread alone.
void ck_parallel(int threads, long count, void (*body)(void *, long), void *context);

/// MARK: bytes.c

/// What 64 bytes of text are, a bit for each, the first in the lowest: ASCII letters and digits, ASCII punctuation, what
/// of ASCII is neither nor a space, tab, line feed or carriage return together with the first bytes of U+3000 to U+9FFF in
/// UTF-8, and what is beyond ASCII.
void ck_classify_bytes(const uint8_t *text, uint64_t *words, uint64_t *punctuation, uint64_t *slow, uint64_t *beyond);

/// MARK: random numbers and dropout

/// What decides which elements of a row are dropped: the key of its sequence and its position in it.
typedef struct {
  /// A key for each row.  // [rows]
  const uint64_t *keys;
  /// The position of each row in its sequence.  // [rows]
  const uint32_t *positions;
  /// Mixed into each key: one value for each layer and purpose.
  uint64_t salt;
  /// Elements whose 32-bit number is below it are dropped; 0 switches dropout off.
  uint32_t threshold;
  /// What kept elements are multiplied with.
  float scale;
} ck_dropout;

/// The 32-bit number of one position of a stream, as the kernels compute it.
uint32_t ck_random(uint64_t key, uint32_t position);
/// Drops elements of `rows` rows of `columns` floats in place; its own backward.
void ck_drop_rows(long rows, long columns, float *x, const ck_dropout *dropout);

/// MARK: elementwise.c

/// y = x with `bias` added to every row, in place.
void ck_add_bias(long rows, long columns, long stride, const float *bias, float *x);
/// x = activation(x + bias) in place; where `slope` is given it receives the derivative.
/// `kind`: 0 GELU by erf, 1 GELU by tanh, 2 ReLU, 3 GELU by erf cut at 10, 4 x s(1.702 x), 5 x s(x), s logistic,
/// 6 GELU by a polynomial, good to 4e-5, without a derivative.
void ck_activate(int kind, long rows, long columns, long stride, const float *bias, float *x, float *slope);
/// x *= slope in place, and the column sums of the result are added to `sums`.
void ck_activate_backward(long rows, long columns, float *x, const float *slope, float *sums);
/// Adds the column sums of x to `sums`.
void ck_column_sums(long rows, long columns, long stride, const float *x, float *sums);
/// y += x.
void ck_add(long count, const float *x, float *y);
/// x = tanh(x + bias), row by row.
void ck_tanh_rows(long rows, long columns, const float *bias, float *x);
/// x *= 1 - y², the way back through y = tanh.
void ck_tanh_backward(long count, const float *y, float *x);
/// x *= factor.
void ck_scale(long count, float factor, float *x);
/// The sum of squares, by 16 partial sums in double precision.
double ck_squared_norm(long count, const float *x);
/// y = exp(x).
void ck_exp(long count, const float *x, float *y);
/// y = erf(x).
void ck_erf(long count, const float *x, float *y);
/// y = tanh(x).
void ck_tanh(long count, const float *x, float *y);

/// MARK: half.c

/// y = x, from half precision (IEEE 754 binary16) to float32.
void ck_widen(long count, const uint16_t *x, float *y);
/// y = x, from float32 to the nearest half, ties to even; returns whether all of y is finite.
int ck_narrow(long count, const float *x, uint16_t *y);

/// MARK: layernorm.c

/// For each row: z = drop(x + bias) + residual; x = (z - mean) / deviation; y = gamma * x + beta.
///
/// `bias` and `residual` may be NULL. What replaces `x`, and `scales` (1 / deviation), serve the way back.
/// `y` may be `x` where there is none.
void ck_norm_rows(long rows, long columns, float *x, const float *bias, const float *residual,
                  const ck_dropout *dropout, const float *gamma, const float *beta, float epsilon, float *y,
                  float *scales);
/// The way back of `ck_norm_rows`: `dy` becomes dz, and `dx` (unless NULL) drop(dz).
///
/// Adds to `sums`: the gradients of gamma, beta and bias.  // [3, columns]
void ck_norm_rows_backward(long rows, long columns, float *dy, const float *normalized, const float *scales,
                           const float *gamma, const ck_dropout *dropout, float *dx, float *sums);

/// MARK: product.c

/// C (+)= A B for small shapes, each element summed over k in order whatever the shape.
///
/// A is read at a[i * rowA + k * columnA], B at b[k * rowB + j * columnB], C at c[i * rowC + j].
void ck_product(long rows, long columns, long inner, const float *a, long rowA, long columnA, const float *b,
                long rowB, long columnB, float *c, long rowC, int accumulate);

/// MARK: bfloat16.c

/// Floats that a row of A takes once it is rounded, which depends on the variant.
long ck_bfloat16_row(int variant, long inner);
/// Rounds A for `ck_bfloat16_product`; it is read at a[i * rowA + k * columnA].  // to: [rows, ck_bfloat16_row]
void ck_bfloat16_rows(int variant, long rows, long inner, const float *a, long rowA, long columnA, float *to);
/// C (+)= A B like `ck_product`, A and B rounded to bfloat16, A by `ck_bfloat16_rows` of the same variant.
///
/// All variants with fused multiply-adds give the same bytes.
void ck_bfloat16_product(int variant, long rows, long columns, long inner, const float *a, const float *b, long rowB,
                         long columnB, float *c, long rowC, int accumulate);
/// The name of a variant, the fastest being number 0; NULL past the last. What does not run here has no number.
const char *ck_bfloat16_variant(int variant);

/// MARK: attention.c

/// One head of one sequence.
typedef struct {
  /// The number of keys, of queries (all, or the first only), and floats of one head.
  long keys, queries, size;
  /// The first query, key and value of the head, and floats from one token to the next.
  const float *query, *key, *value;
  long queryStride, stride;
  /// What scores are multiplied with before the softmax.
  float scale;
  /// Dropout of the probabilities: stream, threshold, scale of what stays; element q * keys + k.
  uint64_t dropKey;
  uint32_t dropThreshold;
  float dropScale;
  /// The greatest score and 1 / sum of each query, written forward, read backward.  // [queries, 2]
  float *statistics;
} ck_head;

/// context = softmax(scale * Q Kᵀ) V; scores and probabilities are written where the pointers are not NULL.
void ck_attention(const ck_head *head, float *context, long contextStride, float *scores, float *probabilities);
/// The way back: reads dContext and what else is given, writes dQuery, dKey and dValue.
void ck_attention_backward(const ck_head *head, const float *dContext, long contextStride, const float *dScores,
                           const float *dProbabilities, float *dQuery, long dQueryStride, float *dKey,
                           float *dValue, long dStride);

/// MARK: adam.c

/// The constants of one AdamW step.
typedef struct {
  /// 1 - learning rate * weight decay.
  float decay;
  /// learning rate / (1 - beta1^t).
  float stepSize;
  /// sqrt(1 - beta2^t).
  float correction;
} ck_adam_step;

/// What all steps share.
typedef struct {
  /// 1 - beta1, rounded from double precision as PyTorch does: 1 - (float)beta1 is off by 2e-7 of it.
  float firstRest;
  float beta2;
  /// 1 - beta2, likewise: 1 - (float)0.999 would be off by 5e-5 of it.
  float secondRest;
  float epsilon;
} ck_adam_settings;

/// One AdamW step of `count` parameters, operation by operation as PyTorch has it; g is multiplied with
/// `gradientScale` first. Moments too small to move any float32 parameter become 0.
void ck_adam(long count, float *p, const float *g, float *m, float *v, float gradientScale,
             const ck_adam_settings *settings, const ck_adam_step *step);
/// `stepCount` AdamW steps whose gradients are all zero, with the same result as one `ck_adam` after the other.
void ck_adam_replay(long count, float *p, float *m, float *v, const ck_adam_settings *settings,
                    const ck_adam_step *steps, long stepCount);

/// MARK: peak.c

/// Multiply-adds in registers, `rounds` of them in each chain, with the instruction for pairs of bfloat16 where that is asked
/// for; the floating-point operations that they were, 0 where there is no such instruction.
double ck_spin(long rounds, int bfloat16);

/// MARK: machine.c

/// The processors that this process may run on.
int ck_processors(void);

/// Makes OpenBLAS use the kernels that this processor deserves, where it fell back to those of an older one; to
/// be called once, before its first product.
void ck_tune_blas(void);

/// Ends the threads that OpenBLAS starts when it is loaded, which look for work for a while, at the cost of whoever has
/// some; nothing may be computing. Where the library is another one, nothing happens.
void ck_end_blas_threads(void);
/// Which variant of the row kernels runs here: avx512, avx2 or baseline.
const char *ck_variant(void);

/// MARK: int8.c

/// The most products that a sum in 32 bits takes: 255 * 127 * 65536 is below 2^31.
enum { CK_INT8_INNER = 65536 };

/// Packed bytes of a row or column of `inner` elements, in fours; panels of 32 that `columns` columns fill.
long ck_int8_groups(long inner);
long ck_int8_panels(long columns);
/// Packs one panel of the weights W, and the sum of each of its columns of Wᵀ, 0 past the last.
/// `w`: [columns, inner]; `packed`: [panels, groups, 32, 4]; `sums`: [32 * panels].
void ck_int8_pack(long panel, long columns, long inner, const int8_t *w, int8_t *packed, int32_t *sums);
/// Rows of floats to unsigned bytes, each with a scale and a zero point: x = scale * (q - zero) within half a step.
/// `q`: [rows, 4 * groups], the rest of the last group 0. A row that is not finite gets a scale that is no number.
void ck_int8_quantize(int variant, long rows, long columns, const float *x, long stride, uint8_t *q, float *scales,
                      int32_t *zeros);

/// Those bytes as the floats that they stand for.  // y: [rows, columns]
void ck_int8_restore(long rows, long columns, const uint8_t *q, const float *scales, const int32_t *zeros, float *y,
                     long stride);

/// A row to signed bytes, its greatest magnitude 127: returns the scale, 1 for a row of zeros, no number (and zeros) where
/// an element is not finite.
float ck_int8_narrow(long count, const float *x, int8_t *q);
/// y = scale * x, or that added to y.
void ck_int8_widen(long count, const int8_t *x, float scale, float *y, int adds);
/// The floats that the bytes of `ck_int8_narrow` stand for, or these added to y, without the bytes.
void ck_int8_round(long count, const float *x, float *y, int adds);

/// C = scale of the row * scale of the column * sum over k of (A - zero of the row) W: what one product takes.
typedef struct {
  long rows, columns, inner;
  /// Bytes and, for each row, scale and zero point.  // [rows, 4 * groups], [rows], [rows]
  const uint8_t *a;
  const float *rowScales;
  const int32_t *zeros;
  /// Whole panels of weights and, for each column, its sum and scale.  // [panels, groups, 32, 4], [columns]
  const int8_t *packed;
  const int32_t *sums;
  const float *columnScales;
  /// The result, and floats from one row to the next.
  float *c;
  long stride;
} ck_int8_product_args;

/// The product by the variant of that number, as rows are cut by it; all give the same bytes.
void ck_int8_product(int variant, const ck_int8_product_args *args);
/// The name of a variant of `ck_int8_product`, from 0 on; NULL past the last. What does not run here has no number.
const char *ck_int8_variant(int variant);
