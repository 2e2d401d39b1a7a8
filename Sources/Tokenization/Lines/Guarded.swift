#if THREAD_SANITIZER
  import Glibc
#else
  import Synchronization
#endif

/// A value that one thread at a time reads or changes: the standard library's `Mutex`.
///
/// In builds for the thread sanitizer it is a lock of the system's, since the sanitizer knows no others and would
/// report whatever a `Mutex` guards.
package struct Guarded<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
  #if THREAD_SANITIZER
    private nonisolated(unsafe) let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private nonisolated(unsafe) let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    package init(_ initial: consuming sending Value) {
      pthread_mutex_init(lock, nil)
      value.initialize(to: initial)
    }

    deinit {
      value.deinitialize(count: 1)
      value.deallocate()
      lock.deallocate()
    }

    package borrowing func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
      pthread_mutex_lock(lock)
      defer { pthread_mutex_unlock(lock) }
      return try body(&value.pointee)
    }
  #else
    private let mutex: Mutex<Value>

    /// Guards a value that nobody else has.
    package init(_ initial: consuming sending Value) { mutex = Mutex(initial) }

    /// Reads or changes the value while nobody else does.
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
      _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
      try mutex.withLock(body)
    }
  #endif
}
