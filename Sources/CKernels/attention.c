// Scaled dot-product attention of one head (Vaswani et al. 2017, section 3.2.1), forward and backward.
//
// Queries are taken in blocks, so that no map is ever larger than fits the second-level cache; the way back computes the
// probabilities again from the greatest score and the sum of each row.
#include "CKernels.h"
#include "vector.h"

static long padded(long count) { return (count + LANES - 1) / LANES * LANES; }

// Queries of a block: a multiple of the rows that `ck_product` takes at once, fewer where there are many keys.
static long block_rows(long keys) { return keys <= 512 ? 48 : keys <= 1024 ? 24 : 12; }

// exp(scale * score - greatest) / sum, in place over a padded row; the padding becomes 0.
INLINE void normalize_row(long keys, float scale, float *row, float *statistics) {
  long whole = padded(keys);
  for (long k = keys; k < whole; k++) row[k] = -3.0e38f;
  floats greatest = SPLAT(-3.4e38f), sum = {0};
  for (long k = 0; k < whole; k += LANES) {
    floats v = *(floats *)(row + k) * scale;
    greatest = SELECT(v > greatest, v, greatest);
  }
  float most = max_lanes(&greatest);
  for (long k = 0; k < whole; k += LANES) {
    floats v = *(floats *)(row + k) * scale - most;
    exp_lanes(&v);
    sum += v;
    *(floats *)(row + k) = v;
  }
  float inverse = 1.0f / sum_lanes(&sum);
  for (long k = 0; k < whole; k += LANES) *(floats *)(row + k) *= inverse;
  statistics[0] = most;
  statistics[1] = inverse;
}

// The same values from the statistics.
INLINE void restore_row(long keys, float scale, float *row, const float *statistics) {
  long whole = padded(keys);
  for (long k = keys; k < whole; k++) row[k] = -3.0e38f;
  for (long k = 0; k < whole; k += LANES) {
    floats v = *(floats *)(row + k) * scale - statistics[0];
    exp_lanes(&v);
    *(floats *)(row + k) = v * statistics[1];
  }
}

INLINE void drop_row(const ck_head *head, long query, float *row) {
  for (long k = 0; k < head->keys; k += LANES) {
    floats factors;
    drop_factors(&factors, head->dropKey, (uint32_t)(query * head->keys + k), head->dropThreshold,
                 head->dropScale);
    *(floats *)(row + k) *= factors;
  }
}

VARIANTS void ck_attention(const ck_head *head, float *context, long contextStride, float *scores,
                           float *probabilities) {
  long keys = head->keys, size = head->size, whole = padded(keys);
  long block = block_rows(keys);
  float map[block * whole] __attribute__((aligned(64)));
  for (long first = 0; first < head->queries; first += block) {
    long rows = head->queries - first < block ? head->queries - first : block;
    ck_product(rows, keys, size, head->query + first * head->queryStride, head->queryStride, 1, head->key, 1,
               head->stride, map, whole, 0);
    for (long r = 0; r < rows; r++) {
      float *row = map + r * whole;
      long query = first + r;
      if (scores)
        for (long k = 0; k < keys; k++) scores[query * keys + k] = row[k] * head->scale;
      normalize_row(keys, head->scale, row, head->statistics + 2 * query);
      if (probabilities) memcpy(probabilities + query * keys, row, (size_t)keys * sizeof *row);
      if (head->dropThreshold) drop_row(head, query, row);
    }
    ck_product(rows, size, keys, map, whole, 1, head->value, head->stride, 1, context + first * contextStride,
               contextStride, 0);
  }
}

// dS = P * (dP - sum(dP * P)) + what is given for the scores, times scale; `change` holds the gradient of the
// dropped probabilities and becomes dS.
INLINE void backward_row(const ck_head *head, long query, const float *row, float *change, const float *dScores,
                         const float *dProbabilities) {
  long keys = head->keys, whole = padded(keys);
  for (long k = keys; k < whole; k++) change[k] = 0;
  if (head->dropThreshold) drop_row(head, query, change);
  if (dProbabilities)
    for (long k = 0; k < keys; k++) change[k] += dProbabilities[query * keys + k];
  floats sum = {0};
  for (long k = 0; k < whole; k += LANES) sum += *(floats *)(change + k) * *(const floats *)(row + k);
  float mean = sum_lanes(&sum);
  for (long k = 0; k < whole; k += LANES)
    *(floats *)(change + k) = (*(floats *)(change + k) - mean) * *(const floats *)(row + k);
  if (dScores)
    for (long k = 0; k < keys; k++) change[k] += dScores[query * keys + k];
  for (long k = 0; k < whole; k += LANES) *(floats *)(change + k) *= head->scale;
}

VARIANTS void ck_attention_backward(const ck_head *head, const float *dContext, long contextStride,
                                    const float *dScores, const float *dProbabilities, float *dQuery,
                                    long dQueryStride, float *dKey, float *dValue, long dStride) {
  long keys = head->keys, size = head->size, whole = padded(keys);
  long block = block_rows(keys);
  float map[block * whole] __attribute__((aligned(64))), change[block * whole] __attribute__((aligned(64)));
  for (long first = 0; first < head->queries; first += block) {
    long rows = head->queries - first < block ? head->queries - first : block;
    const float *query = head->query + first * head->queryStride, *d = dContext + first * contextStride;
    ck_product(rows, keys, size, query, head->queryStride, 1, head->key, 1, head->stride, map, whole, 0);
    ck_product(rows, keys, size, d, contextStride, 1, head->value, 1, head->stride, change, whole, 0);
    for (long r = 0; r < rows; r++) {
      float *row = map + r * whole;
      restore_row(keys, head->scale, row, head->statistics + 2 * (first + r));
      backward_row(head, first + r, row, change + r * whole, dScores, dProbabilities);
      if (head->dropThreshold) drop_row(head, first + r, row);
    }
    ck_product(keys, size, rows, map, 1, whole, d, contextStride, 1, dValue, dStride, first > 0);
    ck_product(rows, size, keys, change, whole, 1, head->key, head->stride, 1, dQuery + first * dQueryStride,
               dQueryStride, 0);
    ck_product(keys, size, rows, change, 1, whole, query, head->queryStride, 1, dKey, dStride, first > 0);
  }
}
