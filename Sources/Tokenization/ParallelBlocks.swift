import Dispatch
import Glibc
import Synchronization

/// Work on blocks of lines by several threads, with results taken in the order of the lines.
public enum ParallelBlocks {
  /// Reads blocks and calls `work` for each with its thread's own state; any thread takes any block.
  ///
  /// Returns the states of all threads. The first error stops all and is thrown.
  public static func forEach<State>(
    _ reader: LineBlockReader, threads: Int, makeState: @Sendable () throws -> State,
    work: @Sendable (inout State, LineBlock) throws -> Void
  ) throws -> [State] {
    try inOrder(reader, threads: threads, makeState: makeState, work: work) { _, _ in }
  }

  /// As `forEach`, and then hands each state to `emit` in the order of the blocks, one at a time.
  ///
  /// A thread waits until its block's turn has come, so that no more results are held than there are threads.
  public static func inOrder<State>(
    _ reader: LineBlockReader, threads: Int, makeState: @Sendable () throws -> State,
    work: @Sendable (inout State, LineBlock) throws -> Void,
    emit: @Sendable (inout State, LineBlock) throws -> Void
  ) throws -> [State] {
    let turns = Turnstile()
    let failure = Mutex<(any Error)?>(nil)
    let states = Mutex<[Box<State>]>([])
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      do {
        var state = try makeState()
        let block = LineBlock()
        while !turns.isClosed, try reader.next(block) {
          try work(&state, block)
          if !turns.enter(block.index) { break }
          try emit(&state, block)
          turns.leave()
        }
        let box = Box(state)
        states.withLock { $0.append(box) }
      } catch {
        failure.withLock { if $0 == nil { $0 = error } }
        turns.close()
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    return states.withLock { $0.map(\.value) }
  }
}

/// Lets threads through in the order of their numbers.
private final class Turnstile: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var turn = 0
  private var closed = false

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(changed, nil)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    changed.deallocate()
  }

  /// Whether nobody gets through any more.
  var isClosed: Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return closed
  }

  /// Waits for a number's turn; false where the turnstile closed instead.
  func enter(_ number: Int) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while turn != number && !closed { pthread_cond_wait(changed, mutex) }
    return !closed
  }

  /// Gives the turn to the next number.
  func leave() {
    pthread_mutex_lock(mutex)
    turn += 1
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  /// Lets nobody through any more.
  func close() {
    pthread_mutex_lock(mutex)
    closed = true
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }
}

/// A value that one thread hands to another when it is done with it.
private final class Box<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
