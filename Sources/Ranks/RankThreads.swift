import Glibc
import Synchronization

/// Ranks that are threads of this process: every law of ranks holds among them, without a launcher.
public enum RankThreads {
  /// Runs `body` once for each of so many ranks, at the same time; what each came to, in their order.
  public static func run<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Ranks) throws -> Value
  ) -> [Result<Value, any Error>] {
    let post = RankPost(size: count)
    let results = Mutex<[Result<Value, any Error>?]>(Array(repeating: nil, count: count))
    withExtendedLifetime(post) {
      let work = RankWork { rank in
        let ranks = Ranks(RankThread(rank: rank, post: post))
        let result = Result { try ranks.run { try body(ranks) } }
        post.leave(rank)
        results.withLock { $0[rank] = result }
      }
      work.start(count) { post.leave($0) }
    }
    return results.withLock { $0.map { $0 ?? .failure(RankError.confused("a thread did not begin")) } }
  }
}

/// A body that several threads run.
private final class RankWork: Sendable {
  private let body: @Sendable (Int) -> Void

  init(_ body: @escaping @Sendable (Int) -> Void) { self.body = body }

  private final class Start {
    let work: RankWork
    let rank: Int
    init(_ work: RankWork, _ rank: Int) { (self.work, self.rank) = (work, rank) }
  }

  /// Runs it on so many threads and waits for all; `lacking` hears of those that could not begin.
  func start(_ count: Int, lacking: (Int) -> Void) {
    var threads: [pthread_t] = []
    for rank in 0..<count {
      var thread = pthread_t()
      let start = Unmanaged.passRetained(Start(self, rank)).toOpaque()
      let status = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
          start.work.body(start.rank)
          return nil
        }, start)
      if status == 0 { threads.append(thread) } else { lacking(rank) }
    }
    for thread in threads { pthread_join(thread, nil) }
  }
}

/// One of these ranks.
private final class RankThread: Communicator {
  let rank: Int
  private let post: RankPost
  var size: Int { post.size }
  var neighbours: Int { post.size }
  let servesThreads = true

  init(rank: Int, post: RankPost) { (self.rank, self.post) = (rank, post) }

  func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    for other in 0..<size { post.send(bytes, from: rank, to: other, .gather) }
    return try (0..<size).map { try post.receive(from: $0, to: rank, .gather) }
  }

  func exchange(
    _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with other: Int,
    beside: Bool
  ) throws {
    post.send(Array(sent), from: rank, to: other, .exchange)
    let bytes = try post.receive(from: other, to: rank, .exchange)
    if bytes.count != received.count { throw RankError.confused("another number of bytes") }
    received.copyBytes(from: bytes)
  }

  func gatherLast(_ bytes: [UInt8]) -> Bool {
    for other in 0..<size { post.send(bytes, from: rank, to: other, .gather) }
    return true
  }

  func abort() -> Never { preconditionFailure("a thread cannot end the others") }

  func close() {}
}

/// Where the threads leave what is for one another.
private final class RankPost: @unchecked Sendable {
  enum Kind: Int {
    case gather, exchange
  }

  let size: Int
  private var waiting: [Int: [[UInt8]]] = [:]
  private var gone: Set<Int> = []
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  init(size: Int) {
    self.size = size
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(arrival, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    pthread_cond_destroy(arrival)
    mutex.deallocate()
    arrival.deallocate()
  }

  private func place(_ from: Int, _ to: Int, _ kind: Kind) -> Int { (from * size + to) * 2 + kind.rawValue }

  func send(_ bytes: [UInt8], from: Int, to: Int, _ kind: Kind) {
    pthread_mutex_lock(mutex)
    waiting[place(from, to, kind), default: []].append(bytes)
    pthread_cond_broadcast(arrival)
    pthread_mutex_unlock(mutex)
  }

  /// The next bytes; throws where the sender has ended without having sent any.
  func receive(from: Int, to: Int, _ kind: Kind) throws -> [UInt8] {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    let place = place(from, to, kind)
    while true {
      if let bytes = waiting[place]?.first {
        waiting[place]?.removeFirst()
        return bytes
      }
      if gone.contains(from) { throw RankError.elsewhere(rank: from, "it ended") }
      pthread_cond_wait(arrival, mutex)
    }
  }

  func leave(_ rank: Int) {
    pthread_mutex_lock(mutex)
    gone.insert(rank)
    pthread_cond_broadcast(arrival)
    pthread_mutex_unlock(mutex)
  }
}
