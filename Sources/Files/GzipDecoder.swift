import CZlib

/// Gzip (RFC 1952) unpacked piece by piece: any number of members, each held against its own checksum.
///
/// Memory does not grow with what comes out. Zeros behind the last member are padding, as `gzip` takes them.
final class GzipDecoder {
  /// The first bytes of a member.
  static let magic: [UInt8] = [0x1F, 0x8B]

  private let path: String
  /// zlib keeps the address of this, so it stays where it is.
  private let stream: UnsafeMutablePointer<z_stream>
  private let packed = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var memberCount = 0
  private var isBetweenMembers = false

  /// A decoder whose first packed bytes are `start`, at most 65,536 of them.
  init(path: String, start: [UInt8]) throws {
    self.path = path
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    packed.copyBytes(from: start)
    feed(start.count)
    // 15 is the largest window there is; 16 more ask for gzip's header and checksum.
    let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if status != Z_OK { throw FileError(path: path, operation: "unpack", reason: "there is no memory") }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    packed.deallocate()
  }

  /// Unpacks at least one byte into `output`, asking `refill` for packed ones; 0 once all is unpacked.
  ///
  /// Throws `FileError` where the bytes are damaged or end too early.
  func read(
    into output: UnsafeMutableRawBufferPointer, refill: (UnsafeMutableRawBufferPointer) throws -> Int
  ) throws -> Int {
    let room = UInt32(clamping: output.count)
    stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = room
    while stream.pointee.avail_out == room {
      if stream.pointee.avail_in == 0 {
        feed(try refill(packed))
        if stream.pointee.avail_in == 0 {
          if isBetweenMembers { return 0 }
          throw damage("it ends too early")
        }
      }
      if isBetweenMembers && !beginMember() { continue }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END:
        isBetweenMembers = true
        memberCount += 1
      default: throw damage(problem)
      }
    }
    return Int(room - stream.pointee.avail_out)
  }

  /// Goes past padding to the next member; false where no byte of one is there yet.
  private func beginMember() -> Bool {
    while stream.pointee.avail_in > 0, stream.pointee.next_in.pointee == 0 {
      stream.pointee.next_in += 1
      stream.pointee.avail_in -= 1
    }
    if stream.pointee.avail_in == 0 { return false }
    inflateReset(stream)
    isBetweenMembers = false
    return true
  }

  private func feed(_ count: Int) {
    stream.pointee.next_in = packed.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(count)
  }

  private var problem: String {
    if memberCount > 0 && stream.pointee.total_out == 0 { return "behind its end lies what is no gzip" }
    return stream.pointee.msg.map { String(cString: $0) } ?? "its bytes make no sense"
  }

  private func damage(_ what: String) -> FileError {
    FileError(path: path, operation: "unpack", reason: "the gzip file is damaged: \(what)")
  }
}
