import Dispatch
import Synchronization

/// Work on blocks of lines by several threads, with results taken in the order of the lines.
public enum ParallelBlocks {
  /// Reads blocks and calls `work` for each with its thread's own state; any thread takes any block.
  ///
  /// Returns the states of all threads. The first error stops all and is thrown.
  public static func forEach<State>(
    _ reader: LineBlockReader, threads: Int, makeState: @Sendable (Int) throws -> State,
    work: @Sendable (inout State, LineBlock) throws -> Void
  ) throws -> [State] {
    let failure = Mutex<(any Error)?>(nil)
    let states = Mutex<[(Int, Box<State>)]>([])
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { thread in
      do {
        var state = try makeState(thread)
        let block = LineBlock()
        while failure.withLock({ $0 == nil }), try reader.next(block) { try work(&state, block) }
        let box = Box(state)
        states.withLock { $0.append((thread, box)) }
      } catch {
        failure.withLock { if $0 == nil { $0 = error } }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    return states.withLock { $0.sorted { $0.0 < $1.0 }.map(\.1.value) }
  }
}

/// A value that one thread hands to another when it is done with it.
private final class Box<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}
