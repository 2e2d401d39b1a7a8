#pragma once
#include <mpi.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

// The constants of mpi.h are macros over casts, which Swift does not import: each use of one stands in a function here.
// All return the status of MPI, 0 being good.

static inline int cmpi_start(int *rank, int *size, int *serves_threads) {
  int given = 0;
  int status = MPI_Init_thread(0, 0, MPI_THREAD_SERIALIZED, &given);
  *serves_threads = given >= MPI_THREAD_SERIALIZED;
  if (status == 0) status = MPI_Comm_rank(MPI_COMM_WORLD, rank);
  if (status == 0) status = MPI_Comm_size(MPI_COMM_WORLD, size);
  return status;
}

// The host's name, then the processors that this process may run on, as bytes that ranks compare.
static inline void cmpi_place(char *bytes, int count) {
  memset(bytes, 0, count);
  gethostname(bytes, count / 2);
  sched_getaffinity(0, count / 2, (cpu_set_t *)(void *)(bytes + count / 2));
}

// Begins to gather a number of each rank.
static inline int cmpi_begin_lengths(const int *own, int *all, MPI_Request *request) {
  return MPI_Iallgather(own, 1, MPI_INT, all, 1, MPI_INT, MPI_COMM_WORLD, request);
}

static inline int cmpi_is_done(MPI_Request *request, int *done) {
  return MPI_Test(request, done, MPI_STATUS_IGNORE);
}

static inline int cmpi_gather(
  const void *sent, int count, void *received, const int *counts, const int *starts) {
  return MPI_Allgatherv(sent, count, MPI_BYTE, received, counts, starts, MPI_BYTE, MPI_COMM_WORLD);
}

static inline int cmpi_exchange(const void *sent, int count, void *received, int received_count, int rank) {
  return MPI_Sendrecv(
    sent, count, MPI_BYTE, rank, 0, received, received_count, MPI_BYTE, rank, 0, MPI_COMM_WORLD,
    MPI_STATUS_IGNORE);
}

// Begins what cmpi_exchange does; two requests.
static inline int cmpi_begin_exchange(
  const void *sent, int count, void *received, int received_count, int rank, MPI_Request *requests) {
  int status = MPI_Irecv(received, received_count, MPI_BYTE, rank, 0, MPI_COMM_WORLD, requests);
  if (status == 0) status = MPI_Isend(sent, count, MPI_BYTE, rank, 0, MPI_COMM_WORLD, requests + 1);
  return status;
}

static inline int cmpi_are_done(MPI_Request *requests, int *done) {
  return MPI_Testall(2, requests, done, MPI_STATUSES_IGNORE);
}

static inline void cmpi_abort(void) { MPI_Abort(MPI_COMM_WORLD, 1); }

static inline void cmpi_close(void) { MPI_Finalize(); }
