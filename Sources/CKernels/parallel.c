// A pool of threads for loops of microseconds: between loops the threads look for work for a short while before
// they sleep, since waking a sleeping thread costs as much as a small matrix product. A loop does not wait for
// threads that come too late for it.
#include "CKernels.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

enum { MAX_THREADS = 256, SPINS = 4000 };

static pthread_mutex_t entry = PTHREAD_MUTEX_INITIALIZER;  // held by the caller that the pool serves
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static int started = 0;   // helpers that exist
static int sleeping = 0;  // helpers in pthread_cond_wait, under `lock`
static _Thread_local int inside = 0;

static void (*work)(void *, long);
static void *workContext;
static long workCount;
static int helpersWanted;
static atomic_long next;  // the first item that nobody has taken

// The loop in progress: its number above, whether it is open, and how many helpers are in it below. A helper
// reads the variables above only after it has entered, and the caller changes them only when nobody is in.
static _Atomic uint64_t state;
static const uint64_t OPEN = 1ull << 31, INSIDERS = OPEN - 1;

static void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void take_items(void) {
  inside = 1;
  for (;;) {
    long i = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
    if (i >= workCount) break;
    work(workContext, i);
  }
  inside = 0;
}

// Enters loop `number` unless it is closed or full.
static int enter(uint64_t number) {
  uint64_t seen = atomic_load_explicit(&state, memory_order_acquire);
  while (seen >> 32 == number && (seen & OPEN))
    if (atomic_compare_exchange_weak_explicit(&state, &seen, seen + 1, memory_order_acq_rel,
                                              memory_order_acquire))
      return 1;
  return 0;
}

static uint64_t loop_number(void) { return atomic_load_explicit(&state, memory_order_acquire) >> 32; }

static void *help(void *argument) {
  int index = (int)(ptrdiff_t)argument;
  uint64_t seen = 0;
  for (;;) {
    uint64_t now = loop_number();
    for (int spin = 0; now == seen && spin < SPINS; spin++) {
      pause_briefly();
      now = loop_number();
    }
    if (now == seen) {
      pthread_mutex_lock(&lock);
      sleeping++;
      while ((now = loop_number()) == seen) pthread_cond_wait(&wake, &lock);
      sleeping--;
      pthread_mutex_unlock(&lock);
    }
    seen = now;
    if (enter(now)) {
      if (index < helpersWanted) take_items();
      atomic_fetch_sub_explicit(&state, 1, memory_order_release);
    }
  }
  return NULL;
}

// Starts helpers up to `count`; returns how many of them there are.
static int start_helpers(int count) {
  while (started < count) {
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 8 << 20);
    int failed = pthread_create(&thread, &attributes, help, (void *)(ptrdiff_t)started);
    pthread_attr_destroy(&attributes);
    if (failed) break;
    started++;
  }
  return started < count ? started : count;
}

void ck_parallel(int threads, long count, void (*body)(void *, long), void *context) {
  if (threads > MAX_THREADS) threads = MAX_THREADS;
  if (threads > count) threads = (int)count;
  if (threads <= 1 || inside || pthread_mutex_trylock(&entry) != 0) {
    for (long i = 0; i < count; i++) body(context, i);
    return;
  }
  helpersWanted = start_helpers(threads - 1);
  work = body;
  workContext = context;
  workCount = count;
  atomic_store_explicit(&next, 0, memory_order_relaxed);
  uint64_t number = loop_number() + 1;
  pthread_mutex_lock(&lock);
  atomic_store_explicit(&state, (number << 32) | OPEN, memory_order_release);
  if (sleeping > 0) pthread_cond_broadcast(&wake);
  pthread_mutex_unlock(&lock);
  take_items();
  atomic_fetch_and_explicit(&state, ~OPEN, memory_order_acq_rel);
  for (long spin = 0; atomic_load_explicit(&state, memory_order_acquire) & INSIDERS; spin++)
    if (spin < SPINS)
      pause_briefly();
    else
      sched_yield();
  pthread_mutex_unlock(&entry);
}
