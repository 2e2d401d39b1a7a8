// Stands in front of the C library's malloc in the test program and counts, each thread for itself, so that tests
// beside this one do not disturb the count.
#include "AllocationProbe.h"

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#include <features.h>

#if defined(__GLIBC__) && !defined(SANITIZED)
#include <errno.h>
#include <malloc.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static _Thread_local bool counting;
static _Thread_local long held, most;

static void *took(void *memory) {
  if (counting && memory) {
    held += (long)malloc_usable_size(memory);
    if (held > most) most = held;
  }
  return memory;
}

static void gives(void *memory) {
  if (counting && memory) held -= (long)malloc_usable_size(memory);
}

void *malloc(size_t size) { return took(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return took(__libc_calloc(count, size)); }
void *memalign(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return took(__libc_memalign(alignment, size)); }

void *realloc(void *old, size_t size) {
  long before = old ? (long)malloc_usable_size(old) : 0;
  void *memory = __libc_realloc(old, size);
  if (counting && (memory || size == 0)) held -= before;
  return took(memory);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *found = took(__libc_memalign(alignment, size));
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}

void free(void *memory) {
  gives(memory);
  __libc_free(memory);
}

bool allocation_probe_works(void) { return true; }

void allocation_probe_start(void) {
  held = most = 0;
  counting = true;
}

long allocation_probe_stop(void) {
  counting = false;
  return most;
}
#else
bool allocation_probe_works(void) { return false; }
void allocation_probe_start(void) {}
long allocation_probe_stop(void) { return 0; }
#endif
