import CKernels
import Glibc
import Synchronization

/// Loops over independent pieces of work on the threads of one pool.
///
/// What the pieces are must follow from shapes alone, never from the number of threads, and each must write
/// memory of its own; then results are the same bytes for any number of threads.
public enum Parallel {
  private static let chosen = Atomic<Int>(0)
  private static let sharers = Atomic<Int>(1)

  /// The number of threads that loops use: as configured, else one for each processor this process may run on.
  public static var threads: Int {
    let threads = chosen.load(ordering: .relaxed)
    return threads > 0 ? threads : max(1, available / sharers.load(ordering: .relaxed))
  }

  /// Says that so many processes, this one included, run on the processors of this one: each takes its part of them where
  /// no number of threads is configured.
  public static func share(among processes: Int) { sharers.store(max(processes, 1), ordering: .relaxed) }

  /// Sets the number of threads of every loop from now on; 0 goes back to one for each processor.
  public static func configure(threads: Int) {
    precondition(threads >= 0, "a negative number of threads")
    chosen.store(min(threads, 256), ordering: .relaxed)
  }

  /// Calls `body` once for each number below `count`, several at a time, and returns when all are done.
  ///
  /// A loop inside a loop, or beside one of another thread, runs on its caller's thread alone.
  public static func forEach(count: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      var body = body
      withUnsafeMutablePointer(to: &body) { pointer in
        ck_parallel(
          Int32(threads), count,
          { context, i in context?.assumingMemoryBound(to: ((Int) -> Void).self).pointee(i) },
          UnsafeMutableRawPointer(pointer))
      }
    }
  }

  /// Calls `body` with ranges that cover 0..<count, each of `grain` but the last.
  public static func forEach(count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
    precondition(grain > 0, "a grain of nothing")
    forEach(count: (count + grain - 1) / grain) { i in
      body(i * grain..<min((i + 1) * grain, count))
    }
  }

  /// The processors that this process may run on: those of its affinity, which containers narrow.
  public static var processors: Int { max(1, Int(ck_processors())) }

  private static let available = min(processors, 256)
}
