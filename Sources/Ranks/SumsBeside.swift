import Glibc

/// Sums over ranks that a thread of its own takes one after the other, while the rank computes on.
///
/// All ranks add the same ones in the same order. From the first of them until `wait` returns nothing else is asked of the
/// ranks, and nobody else reads or writes the numbers.
public final class SumsBeside: @unchecked Sendable {
  private let ranks: Ranks
  private var isBeside: Bool
  private var waiting: [UnsafeMutableBufferPointer<Float>] = []
  private var isComplete = false
  private var failure: (any Error)?
  private var thread: pthread_t?
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let change = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// No sums so far; without `beside`, or where the ranks serve no other thread, `wait` takes them all.
  public init(_ ranks: Ranks, beside: Bool) {
    self.ranks = ranks
    isBeside = beside && ranks.communicator.servesThreads
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(change, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(change)
    mutex.deallocate()
    change.deallocate()
  }

  /// Begins the sum of these numbers, which is theirs in all ranks once `wait` has returned.
  public func add(_ values: UnsafeMutableBufferPointer<Float>) {
    if ranks.isAlone || values.isEmpty { return }
    locked {
      waiting.append(values)
      pthread_cond_signal(change)
    }
    if isBeside && thread == nil { begin() }
  }

  /// Waits for all sums; throws what one of them threw.
  public func wait() throws {
    try ranks.traffic.waiting {
      if let thread {
        locked {
          isComplete = true
          pthread_cond_signal(change)
        }
        pthread_join(thread, nil)
        self.thread = nil
      }
      if let failure { throw failure }
      for values in waiting { try ranks.sum(values) }
      waiting = []
    }
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Where no thread can begin, `wait` takes the sums.
  private func begin() {
    var created = pthread_t()
    let own = Unmanaged.passRetained(self)
    let status = pthread_create(
      &created, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<SumsBeside>.fromOpaque(argument).takeRetainedValue().work()
        return nil
      }, own.toOpaque())
    if status == 0 {
      thread = created
    } else {
      own.release()
      isBeside = false
    }
  }

  /// The next sum; nil once all are taken.
  private func next() -> UnsafeMutableBufferPointer<Float>? {
    locked {
      while waiting.isEmpty && !isComplete { pthread_cond_wait(change, mutex) }
      return waiting.isEmpty ? nil : waiting.removeFirst()
    }
  }

  private func work() {
    while let values = next() {
      do { try ranks.sum(values, beside: true) } catch {
        return locked {
          failure = error
          waiting = []
        }
      }
    }
  }
}
