// What the processor is, and telling OpenBLAS so.
#define _GNU_SOURCE
#include "CKernels.h"
#include "vector.h"
#include <dlfcn.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// OpenBLAS looks processors up by family and model; on one that is newer than the library it takes kernels for
// AVX2, at half the speed that the processor could have. Its own switch is an environment variable that it reads
// when it starts; it can be started anew as long as nothing has been computed. Where the library is another one
// or was built for one processor, the functions are not there and nothing happens.
void ck_tune_blas(void) {
#if defined(__x86_64__)
  if (getenv("OPENBLAS_CORETYPE")) return;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512dq") || !__builtin_cpu_supports("avx512vl"))
    return;
  char *(*core_name)(void) = (char *(*)(void))dlsym(RTLD_DEFAULT, "openblas_get_corename");
  void (*quit)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit");
  void (*init)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init");
  if (!core_name || !quit || !init) return;
  const char *name = core_name();
  if (strcmp(name, "Haswell") != 0 && strcmp(name, "Zen") != 0) return;
  setenv("OPENBLAS_CORETYPE", "SkylakeX", 1);
  quit();
  init();
  unsetenv("OPENBLAS_CORETYPE");
#endif
}

void ck_end_blas_threads(void) {
  void (*end)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "blas_thread_shutdown_");
  if (end) end();
}

int ck_processors(void) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  long online = sysconf(_SC_NPROCESSORS_ONLN);  // more processors than the set holds
  return online > 0 ? (int)online : 1;
}

const char *ck_variant(void) {
#if CK_HAS_AVX512
  if (__builtin_cpu_supports("avx512f")) return "avx512";
#endif
#if CK_HAS_AVX2
  if (__builtin_cpu_supports("x86-64-v3")) return "avx2";
#endif
  return "baseline";
}
