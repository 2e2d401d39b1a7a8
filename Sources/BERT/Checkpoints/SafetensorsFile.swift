import Files

/// A safetensors file in memory without copying: names, shapes and the bytes of each tensor.
public final class SafetensorsFile: Sendable {
  /// One tensor of the file, which it keeps open.
  public struct Tensor: @unchecked Sendable {
    /// The name in the file.
    public let name: String
    /// What its elements are.
    public let dtype: SafetensorsType
    /// The dimensions, outermost first.
    public let shape: [Int]
    /// The elements, little-endian, on no particular boundary; valid for as long as a copy of this lives.
    public let bytes: UnsafeRawBufferPointer
    fileprivate let file: MappedFile

    /// What keeps the elements in memory.
    var owner: AnyObject { file }

    /// Says that the elements need not stay in memory; reading them again works.
    func release() { file.release(bytes) }

    /// Where the file is.
    public var path: String { file.path }

    /// The number of elements.
    public var count: Int { bytes.count / dtype.size }
  }

  /// Where the file is.
  public let path: String
  /// The names of its tensors, sorted.
  public let names: [String]
  /// The texts under `__metadata__`.
  public let metadata: [String: String]
  private let tensors: [String: Tensor]

  /// Opens the file at `path`, reading and checking its header only.
  ///
  /// Throws `FileError` where it cannot be read and `ModelError` where its header is none.
  public init(_ path: String) throws {
    self.path = path
    let file = try MappedFile(path)
    let header: SafetensorsHeader
    do { header = try SafetensorsHeader(file.bytes) } catch let error as ModelError {
      throw error.inFile(path)
    }
    let data = UnsafeRawBufferPointer(rebasing: file.bytes[header.dataStart...])
    let tensors = header.entries.map { entry in
      Tensor(
        name: entry.name, dtype: entry.type, shape: entry.shape,
        bytes: UnsafeRawBufferPointer(rebasing: data[entry.range]), file: file)
    }
    self.tensors = Dictionary(uniqueKeysWithValues: tensors.map { ($0.name, $0) })
    names = tensors.map(\.name).sorted()
    metadata = header.metadata
  }

  /// The tensor of that name.
  public subscript(_ name: String) -> Tensor? { tensors[name] }
}

extension SafetensorsFile.Tensor {
  /// Writes the elements as floats; F32, F16 and BF16 can be read so.
  ///
  /// Throws `ModelError` for other types, and for values that are not finite, which no sound weight is.
  public func copy(into floats: UnsafeMutableBufferPointer<Float>) throws {
    precondition(floats.count == count, "a tensor of \(count) elements into \(floats.count) floats")
    try widen(into: floats)
    file.release(bytes)
    try requireFinite(UnsafeBufferPointer(floats))
  }

  /// Throws `ModelError` where one of the tensor's values is not finite.
  func requireFinite(_ floats: UnsafeBufferPointer<Float>) throws {
    // The largest magnitude as bits: a loop over whole numbers, which the compiler can make wide.
    let largest = floats.reduce(UInt32(0)) { max($0, $1.bitPattern & 0x7FFF_FFFF) }
    if largest >= 0x7F80_0000, let place = floats.firstIndex(where: { !$0.isFinite }) {
      throw refuse("finite values", "\(floats[place]) at element \(place)")
    }
  }

  private func widen(into floats: UnsafeMutableBufferPointer<Float>) throws {
    switch dtype {
    case .float32: UnsafeMutableRawBufferPointer(floats).copyMemory(from: bytes)
    case .float16:
      for place in floats.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 2 * place, as: UInt16.self)
        floats[place] = Float(Float16(bitPattern: bits))
      }
    case .bfloat16:
      for place in floats.indices {
        let bits = bytes.loadUnaligned(fromByteOffset: 2 * place, as: UInt16.self)
        floats[place] = Float(bitPattern: UInt32(bits) << 16)
      }
    default: throw refuse("elements of F32, F16 or BF16", dtype.rawValue)
    }
  }

  /// The elements as floats, as `copy(into:)` reads them, throwing what that throws.
  public func floats() throws -> [Float] {
    try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      try copy(into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
  }

  func refuse(_ expected: String, _ found: String) -> ModelError {
    ModelError(path: path, subject: "tensor '\(name)'", expected: expected, found: found)
  }
}
