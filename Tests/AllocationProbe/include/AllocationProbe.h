// How many bytes a piece of work holds at once: a malloc that counts, for tests of hostile files.
#ifndef ALLOCATION_PROBE_H
#define ALLOCATION_PROBE_H

#include <stdbool.h>

/// Whether allocations are counted: with the GNU C library, and without a sanitizer, which has a malloc of its own.
bool allocation_probe_works(void);

/// Begins to count what this thread allocates and frees.
void allocation_probe_start(void);

/// Ends the count: the most bytes that this thread held at any time beyond what it held at the start.
long allocation_probe_stop(void);

#endif
