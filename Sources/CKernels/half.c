// Half precision (IEEE 754 binary16): to float32 exactly, from float32 to the nearest, ties to even.
//
// Whole-number arithmetic on the bits (after Fabian Giesen's conversions): every processor gives the same bytes,
// none needs instructions of its own for it, and numbers below the normal range cost no more than others.
#include "CKernels.h"
#include "vector.h"

typedef uint16_t halves __attribute__((vector_size(32), aligned(2)));

#define ALL(x) ((x) - (uints){0})
#define PICK(mask, a, b) (((a) & (uints)(mask)) | ((b) & ~(uints)(mask)))

INLINE void widen_lanes(const halves *x, floats *out) {
  uints bits = __builtin_convertvector(*x, uints);
  uints sign = (bits & 0x8000u) << 16, rest = (bits & 0x7fffu) << 13;
  // The exponent is counted from 15 there and from 127 here; all ones stay all ones.
  uints normal = rest + (112u << 23);
  uints special = rest + (224u << 23);
  // A number below the normal range lacks its leading 1: it is lent one, and gives it back as a float.
  uints small = (uints)((floats)(rest + (113u << 23)) - 6.103515625e-05f);
  uints found = PICK(rest < ALL(1u << 23), small, PICK(rest >= ALL(31u << 23), special, normal));
  *out = (floats)(found | sign);
}

INLINE void narrow_lanes(const floats *x, halves *out, ints *beyond) {
  uints bits = (uints)*x, sign = bits & 0x80000000u, rest = bits ^ sign;
  // Half of the last place that is kept, less a little where that place is even; it may carry into the exponent.
  uints normal = (rest + 0xfffu + ((rest >> 13) & 1u) - (112u << 23)) >> 13;
  // Adding 0.5 leaves exactly the places below the normal range that half precision has.
  uints small = (uints)((floats)rest + 0.5f) - 0x3f000000u;
  uints special = PICK(rest > ALL(0x7f800000u), ALL(0x7e00u), ALL(0x7c00u));
  uints found = PICK(rest < ALL(113u << 23), small, PICK(rest >= ALL(143u << 23), special, normal));
  *out = __builtin_convertvector(found | (sign >> 16), halves);
  *beyond |= (ints)(found >= ALL(0x7c00u));
}

VARIANTS void ck_widen(long count, const uint16_t *x, float *y) {
  for (long i = 0; i < count; i += LANES) {
    halves from = {0};
    floats to;
    if (i + LANES <= count)
      from = *(const halves *)(x + i);
    else
      memcpy(&from, x + i, (size_t)(count - i) * sizeof *x);
    widen_lanes(&from, &to);
    store_at(y, &to, i, count);
  }
}

VARIANTS int ck_narrow(long count, const float *x, uint16_t *y) {
  ints beyond = {0};
  for (long i = 0; i < count; i += LANES) {
    floats from;
    halves to;
    load_at(&from, x, i, count);
    narrow_lanes(&from, &to, &beyond);
    if (i + LANES <= count)
      *(halves *)(y + i) = to;
    else
      memcpy(y + i, &to, (size_t)(count - i) * sizeof *y);
  }
  for (int lane = 0; lane < LANES; lane++)
    if (beyond[lane]) return 0;
  return 1;
}
