#if MPI
  import CMPI
  import Glibc

  /// Ranks that a launcher of MPI started: mpirun, srun.
  final class MPIRanks: Communicator {
    let rank: Int
    let size: Int
    let neighbours: Int
    let servesThreads: Bool
    /// Seconds that a rank which cannot go on waits for the others.
    private static let patience = 10.0
    /// The most bytes of one message; MPI counts them in 32 bits.
    private static let largestMessage = 1 << 30

    /// Begins MPI; throws where that fails.
    init() throws {
      var (rank, size, servesThreads): (Int32, Int32, Int32) = (0, 1, 0)
      try Self.require(cmpi_start(&rank, &size, &servesThreads), "MPI did not start")
      self.servesThreads = servesThreads != 0
      (self.rank, self.size) = (Int(rank), Int(size))
      var place = [CChar](repeating: 0, count: 512)
      cmpi_place(&place, 512)
      let own = place.map { UInt8(bitPattern: $0) }
      neighbours = try Self.gather(own, Int(size)).count { $0 == own }
    }

    func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try Self.gather(bytes, size) }

    func gatherLast(_ bytes: [UInt8]) -> Bool {
      (try? Self.gather(bytes, size, patience: Self.patience)) != nil
    }

    func exchange(
      _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with rank: Int,
      beside: Bool
    ) throws {
      var (from, to) = (0, 0)
      repeat {
        let (out, back) = (
          min(sent.count - from, Self.largestMessage), min(received.count - to, Self.largestMessage)
        )
        let (source, target) = (sent.baseAddress.map { $0 + from }, received.baseAddress.map { $0 + to })
        if beside {
          try Self.exchangeBeside(source, out, target, back, with: rank)
        } else {
          try Self.require(
            cmpi_exchange(source, Int32(out), target, Int32(back), Int32(rank)), "an exchange failed")
        }
        (from, to) = (from + out, to + back)
      } while from < sent.count || to < received.count
    }

    /// The same, looked after in naps: whoever computes on this processor is to go on.
    private static func exchangeBeside(
      _ source: UnsafeRawPointer?, _ out: Int, _ target: UnsafeMutableRawPointer?, _ back: Int, with rank: Int
    ) throws {
      let requests = UnsafeMutablePointer<MPI_Request?>.allocate(capacity: 2)
      requests.initialize(repeating: nil, count: 2)
      // Not given back where it fails: a message may still be on its way.
      try require(
        cmpi_begin_exchange(source, Int32(out), target, Int32(back), Int32(rank), requests),
        "an exchange failed")
      var done: Int32 = 0
      var tries = 0
      while true {
        try require(cmpi_are_done(requests, &done), "an exchange failed")
        if done != 0 { break }
        tries += 1
        if tries > 20 { usleep(20) }
      }
      requests.deallocate()
    }

    func abort() -> Never {
      cmpi_abort()
      exit(1)
    }

    func close() { cmpi_close() }

    /// Lengths first, waited for without burning a processor where that takes long; then the bytes.
    private static func gather(_ bytes: [UInt8], _ size: Int, patience: Double? = nil) throws -> [[UInt8]] {
      let own = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
      let lengths = UnsafeMutablePointer<Int32>.allocate(capacity: size)
      let request = UnsafeMutablePointer<MPI_Request?>.allocate(capacity: 1)
      request.initialize(to: nil)
      own.initialize(to: Int32(bytes.count))
      lengths.initialize(repeating: 0, count: size)
      try require(cmpi_begin_lengths(own, lengths, request), "a gather failed")
      var (done, tries): (Int32, Int) = (0, 0)
      while true {
        try require(cmpi_is_done(request, &done), "a gather failed")
        if done != 0 { break }
        tries += 1
        // About a millisecond of looking, then naps of a tenth of one.
        if tries > 2000 { usleep(100) } else { sched_yield() }
        // Memory that a message may still come to is not given back.
        if let patience, Double(tries - 2000) * 1e-4 > patience { throw RankError.confused("silence") }
      }
      var (starts, total): ([Int32], Int) = ([], 0)
      for rank in 0..<size {
        starts.append(Int32(total))
        total += Int(lengths[rank])
        if total > Int(Int32.max) { throw RankError.confused("a message of \(total) bytes") }
      }
      var received = [UInt8](repeating: 0, count: max(total, 1))
      try require(cmpi_gather(bytes, Int32(bytes.count), &received, lengths, starts), "a gather failed")
      let parts = (0..<size).map { Array(received[Int(starts[$0])..<Int(starts[$0]) + Int(lengths[$0])]) }
      own.deallocate()
      lengths.deallocate()
      request.deallocate()
      return parts
    }

    private static func require(_ status: Int32, _ what: String) throws {
      if status != 0 { throw RankError.confused("\(what), with status \(status)") }
    }
  }
#endif
