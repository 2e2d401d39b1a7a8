import Glibc

/// Results that threads finish in any order and that leave in the order of their numbers.
///
/// Whoever finishes the one whose turn it is emits it, and those behind it that wait; nobody waits for its turn.
final class OrderedQueue<Result: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var free: [Result]
  private var waiting: [Int: Result] = [:]
  private var turn = 0
  private var isEmitting = false
  private var failure: (error: any Error, place: Int)?

  /// A queue whose threads fill these results again and again.
  init(_ results: [Result]) {
    free = results
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    changed.deallocate()
  }

  /// Waits for a result to fill; nil after an error.
  ///
  /// Taken before a block is read, so that the block whose turn it is always has one.
  func take() -> Result? {
    locked {
      while free.isEmpty && failure == nil { pthread_cond_wait(changed, mutex) }
      return failure == nil ? free.popLast() : nil
    }
  }

  /// Hands in the result of block `index` and emits all whose turn has come, unless another thread is at it.
  func hand(_ result: Result, index: Int, emit: (Result) throws -> Void) throws {
    locked { waiting[index] = result }
    while let next = locked({ begin() }) {
      try emit(next)
      locked {
        isEmitting = false
        turn += 1
        free.append(next)
        pthread_cond_signal(changed)
      }
    }
  }

  /// Ends the work; of several errors, the one of the earliest block stays.
  func close(_ error: any Error, at place: Int) {
    locked {
      if failure.map({ place < $0.place }) ?? true { failure = (error, place) }
      pthread_cond_broadcast(changed)
    }
  }

  /// What ended the work.
  var error: (any Error)? { locked { failure?.error } }

  private func begin() -> Result? {
    if isEmitting || failure != nil { return nil }
    guard let next = waiting.removeValue(forKey: turn) else { return nil }
    isEmitting = true
    return next
  }

  private func locked<Value>(_ body: () -> Value) -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }
}
