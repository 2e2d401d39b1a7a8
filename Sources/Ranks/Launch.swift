import Glibc

/// How this process was started: alone, or as one of the ranks of a launcher.
public enum Launch {
  /// How many processes a launcher of MPI says that it started; 1 where none did.
  public static var size: Int {
    // Open MPI, MPICH and Intel MPI, MVAPICH; srun says its own of every job step, and MPI's as PMI or PMIx.
    for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MV2_COMM_WORLD_SIZE"] {
      if let size = number(name) { return max(size, 1) }
    }
    if getenv("PMIX_RANK") != nil, let size = number("SLURM_STEP_NUM_TASKS") { return max(size, 1) }
    return 1
  }

  /// Which of them this is, as the launcher says; 0 where none did.
  public static var rank: Int {
    ["OMPI_COMM_WORLD_RANK", "PMI_RANK", "PMIX_RANK", "MV2_COMM_WORLD_RANK"].lazy.compactMap(number).first
      ?? 0
  }

  private static func number(_ name: String) -> Int? {
    getenv(name).flatMap { Int(String(cString: $0)) }
  }

  /// The ranks of this start, to be asked for once; one rank where no launcher started several.
  ///
  /// Throws `RankError.unusable` where a launcher started several processes of a program that was built without MPI.
  public static func ranks() throws -> Ranks {
    if size == 1 { return .alone }
    #if MPI
      return Ranks(try MPIRanks())
    #else
      throw RankError.unusable(
        "started as one of \(size) ranks, and this program was built without MPI: each of them would do the whole run; "
          + "build it with make mpi")
    #endif
  }
}
