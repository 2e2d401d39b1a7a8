/// The decimal digits of a vocabulary's ids, worked out once.
///
/// Immutable after `init`.
public final class IDDigits: @unchecked Sendable {
  let vocabulary: Vocabulary
  /// Each id's digits and a space, as a little-endian integer; at most seven digits.
  let decimals: UnsafeMutablePointer<UInt64>
  /// How many bytes of it count.
  let lengths: UnsafeMutablePointer<UInt8>

  /// The digits of all ids.
  public init(_ vocabulary: Vocabulary) {
    self.vocabulary = vocabulary
    decimals = .allocate(capacity: vocabulary.count)
    lengths = .allocate(capacity: vocabulary.count)
    for id in 0..<vocabulary.count {
      var packed: UInt64 = 0x20
      var length: UInt8 = 1
      var rest = id
      repeat {
        packed = packed << 8 | UInt64(0x30 + rest % 10)
        rest /= 10
        length += 1
      } while rest > 0
      decimals[id] = packed
      lengths[id] = length
    }
  }

  deinit {
    decimals.deallocate()
    lengths.deallocate()
  }
}

/// Ids as text or as binary in memory that is reused: what `anneal tokenize` writes.
///
/// For one thread at a time.
public final class IDWriter {
  // Checks for exclusive access at every row would cost more than the row's bytes.
  @exclusivity(unchecked) private var memory: UnsafeMutablePointer<UInt8>
  @exclusivity(unchecked) private var capacity: Int
  /// How many bytes wait.
  @exclusivity(unchecked) public private(set) var count = 0
  private let digits: IDDigits
  private let vocabulary: Vocabulary

  /// A writer of a vocabulary's ids; writers of several threads share the digits.
  public init(_ digits: IDDigits) {
    self.digits = digits
    vocabulary = digits.vocabulary
    capacity = 1 << 16
    memory = .allocate(capacity: capacity)
  }

  deinit {
    memory.deallocate()
  }

  /// The bytes that wait.
  public var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: memory, count: count) }

  /// Forgets what waits.
  public func removeAll() { count = 0 }

  /// Adds a line of ids between spaces.
  public func addLine(ids: UnsafeBufferPointer<Int32>) {
    reserve(8 * ids.count + 8)
    var end = memory + count
    let decimals = digits.decimals
    let lengths = digits.lengths
    let known = UInt32(vocabulary.count)
    for id in ids {
      precondition(UInt32(bitPattern: id) < known, "an id that the vocabulary has not")
      UnsafeMutableRawPointer(end).storeBytes(of: decimals[Int(id)].littleEndian, as: UInt64.self)
      end += Int(lengths[Int(id)])
    }
    endLine(at: end, isEmpty: ids.isEmpty)
  }

  /// Adds a line of tokens between spaces.
  public func addLine(tokens ids: UnsafeBufferPointer<Int32>) {
    for id in ids {
      add(vocabulary.bytes(of: id))
      add(CollectionOfOne(0x20))
    }
    reserve(1)
    endLine(at: memory + count, isEmpty: ids.isEmpty)
  }

  /// Adds ids as little-endian integers of four bytes.
  public func add(binary ids: UnsafeBufferPointer<Int32>) {
    reserve(4 * ids.count)
    let raw = UnsafeMutableRawPointer(memory + count)
    #if _endian(little)
      if let base = ids.baseAddress { raw.copyMemory(from: base, byteCount: 4 * ids.count) }
    #else
      for (index, id) in ids.enumerated() {
        raw.storeBytes(of: id.littleEndian, toByteOffset: 4 * index, as: Int32.self)
      }
    #endif
    count += 4 * ids.count
  }

  /// Adds one little-endian integer of four bytes.
  public func add(binary number: Int32) {
    reserve(4)
    UnsafeMutableRawPointer(memory + count).storeBytes(of: number.littleEndian, as: Int32.self)
    count += 4
  }

  /// Adds bytes.
  public func add(_ bytes: some Collection<UInt8>) {
    reserve(bytes.count)
    for byte in bytes {
      memory[count] = byte
      count += 1
    }
  }

  /// Turns the last space into a line feed, or adds one where there is none.
  private func endLine(at end: UnsafeMutablePointer<UInt8>, isEmpty: Bool) {
    var end = end
    if isEmpty { end += 1 }
    end[-1] = 10
    count = end - memory
  }

  @inline(__always)
  private func reserve(_ more: Int) { if count + more > capacity { grow(more) } }

  @inline(never)
  private func grow(_ more: Int) {
    while count + more > capacity { capacity *= 2 }
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.moveInitialize(from: memory, count: count)
    memory.deallocate()
    memory = larger
  }
}

extension Tokenizer {
  /// Calls `body` with the ids of UTF-8 text, which stay in the workspace: nothing is copied.
  ///
  /// The parameters are those of `encode(utf8:into:workspace:maxLength:addSpecialTokens:readable:)`.
  public func withIDs<Result>(
    utf8 text: UnsafeRawBufferPointer, workspace: TokenizerWorkspace, maxLength: Int? = nil,
    addSpecialTokens: Bool = true, readable: Int? = nil,
    _ body: (UnsafeBufferPointer<Int32>) throws -> Result
  ) rethrows -> Result {
    precondition(workspace.core === core, "the workspace belongs to another tokenizer")
    return try body(
      workspace.framed(
        text, readable: readable ?? text.count, maxLength: maxLength, addSpecialTokens: addSpecialTokens))
  }
}
