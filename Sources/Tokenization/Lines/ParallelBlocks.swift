import Dispatch

/// Work on blocks of lines by several threads, with results taken in the order of the lines.
public enum ParallelBlocks {
  /// Reads blocks and calls `work` for each with its thread's own state; any thread takes any block.
  ///
  /// Returns the states of all threads. After an error no further block is begun; the one thrown is that of the
  /// earliest block.
  public static func forEach<State>(
    _ reader: LineBlockReader, threads: Int, makeState: @Sendable () throws -> State,
    work: @Sendable (inout State, LineBlock) throws -> Void
  ) throws -> [State] {
    try inOrder(reader, threads: threads, makeState: makeState) {
    } work: { state, block, _ in
      try work(&state, block)
    } emit: { _ in
    }
  }

  /// As `forEach`, and hands each block's result to `emit` in the order of the blocks, one at a time.
  ///
  /// Results are made once and filled again; there are two for each thread, so that a thread goes on to its next
  /// block while another still emits an earlier one. `work` finds the result as the block before left it.
  public static func inOrder<State, Result>(
    _ reader: LineBlockReader, threads: Int, makeState: @Sendable () throws -> State,
    makeResult: @Sendable () throws -> Result,
    work: @Sendable (inout State, LineBlock, inout Result) throws -> Void,
    emit: @Sendable (inout Result) throws -> Void
  ) throws -> [State] {
    let threads = max(1, threads)
    let queue = OrderedQueue(
      try (0..<(threads == 1 ? 1 : 2 * threads)).map { _ in Box(try makeResult()) })
    let states = Guarded<[Box<State>]>([])
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      let block = LineBlock()
      // Until a block has been read, an error is that of what could not be read: behind every block.
      var place = Int.max
      do {
        let state = Box(try makeState())
        while let result = queue.take() {
          place = .max
          guard try reader.next(block) else { break }
          place = block.index
          try work(&state.value, block, &result.value)
          try queue.hand(result, index: block.index) { try emit(&$0.value) }
        }
        states.withLock { $0.append(state) }
      } catch {
        queue.close(error, at: place)
      }
    }
    if let error = queue.error { throw error }
    return states.withLock { $0.map(\.value) }
  }
}

/// A value that one thread hands to another when it is done with it.
private final class Box<Value>: @unchecked Sendable {
  var value: Value
  init(_ value: Value) { self.value = value }
}
