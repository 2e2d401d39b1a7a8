#include "build_info.h"

#ifndef ANNEAL_COMMIT
#define ANNEAL_COMMIT ""
#endif

const char *build_info_commit(void) { return ANNEAL_COMMIT; }
