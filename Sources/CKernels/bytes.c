// What the bytes of a text are, 64 at a time.
#include "include/CKernels.h"
#include "vector.h"

typedef uint8_t bytes __attribute__((vector_size(64), aligned(1)));
typedef int8_t marks __attribute__((vector_size(64), aligned(1)));
typedef _Bool flags __attribute__((ext_vector_type(64)));

// A bit for each byte that is marked.
INLINE uint64_t bits(const marks *marked) {
  const flags set = __builtin_convertvector(*marked, flags);
  uint64_t result;
  memcpy(&result, &set, sizeof result);
  return result;
}

VARIANTS void ck_classify_bytes(const uint8_t *text, uint64_t *words, uint64_t *punctuation, uint64_t *slow,
                                uint64_t *beyond) {
  const bytes x = *(const bytes *)text;
  const marks alphanumeric = (marks)((x | 0x20) - 'a' < 26) | (marks)(x - '0' < 10);
  const marks graphic = x - 0x21 < 0x5E;
  const marks high = (marks)x < 0;
  const marks spaces = (marks)(x == ' ') | (marks)(x - '\t' < 2) | (marks)(x == '\r');
  *words = bits(&alphanumeric);
  const uint64_t seen = bits(&graphic);
  *punctuation = seen & ~*words;
  *beyond = bits(&high);
  const marks ideographs = (marks)(x - 0xE3 < 7);
  *slow = ~(seen | *beyond | bits(&spaces)) | bits(&ideographs);
}
