/// How a text that is longer than a model takes is read in several windows, and how the answers to them are joined.
///
/// In a folder these are the keys `window_length`, `window_stride` and `window_pooling` of `tokenizer_config.json`, which
/// transformers reads past.
public struct TextWindows: Sendable, Equatable {
  /// How the logits of a row's windows become those of the row.
  public enum Pooling: String, Sendable, Equatable, CaseIterable, Codable {
    /// The mean of each logit.
    case mean
    /// The largest of each logit.
    case max

    /// Logits of windows as those of their text: the mean in double precision, or the largest, of each.  // [labels]
    public func joined(_ logits: some Collection<[Float]>) -> [Float] {
      guard let first = logits.first, logits.count > 1 else { return logits.first ?? [] }
      return first.indices.map { label in
        switch self {
        case .mean: Float(logits.reduce(0.0) { $0 + Double($1[label]) } / Double(logits.count))
        case .max: logits.reduce(-Float.infinity) { Swift.max($0, $1[label]) }
        }
      }
    }
  }

  /// The most tokens of a window, special ones included.
  public var length: Int
  /// How many tokens of a text each window shares with the one before it.
  public var stride: Int
  /// How answers are joined.
  public var pooling: Pooling

  /// Windows of so many tokens.
  public init(length: Int, stride: Int, pooling: Pooling = .mean) {
    (self.length, self.stride, self.pooling) = (length, stride, pooling)
  }

  /// Reads the keys of a configuration; nil where there is none.
  ///
  /// Throws where one is missing beside another, or where windows would not go on.
  init?(_ configuration: JSONNode) throws {
    let keys = ["window_length", "window_stride", "window_pooling"]
    let present = keys.filter { configuration.has($0) }
    if present.isEmpty { return nil }
    func problem(_ message: String) -> TokenizerError { TokenizerError(path: configuration.path, message) }
    guard let length = try configuration[keys[0]]?.int(), let stride = try configuration[keys[1]]?.int()
    else {
      throw problem("\(keys[0]) and \(keys[1]) belong together; there is \(present.joined(separator: ", "))")
    }
    let name = try configuration[keys[2]]?.string() ?? Pooling.mean.rawValue
    guard let pooling = Pooling(rawValue: name) else {
      throw problem("\(keys[2]) is \(name); expected mean or max")
    }
    guard stride >= 0, stride < length, length <= 1 << 20 else {
      throw problem("a \(keys[1]) of \(stride) does not fit a \(keys[0]) of \(length)")
    }
    self.init(length: length, stride: stride, pooling: pooling)
  }
}

extension Tokenizer {
  /// The same tokenizer that reads long texts in windows, or cuts them where there are none.
  ///
  /// Throws where a window would have no room for what it shares with the one before it: of pairs, each text may be left
  /// with half of the room.
  public func reading(_ windows: TextWindows?, pairs: Bool) throws -> Tokenizer {
    if windows != nil && settings.readsPairsApart { throw Self.noWindows }
    if let windows {
      let room = (windows.length - specialTokenCount(pair: pairs)) / (pairs ? 2 : 1)
      if !(0..<max(room, 0)).contains(windows.stride) {
        throw TokenizerError(
          "windows of \(windows.length) tokens have room for \(max(room, 0)) of a text\(pairs ? " of a pair" : ""), "
            + "and the stride (--windows) is what each shares with the one before it: it must lie between 0 and "
            + "\(max(room - 1, 0)), not be \(windows.stride)")
      }
    }
    if windows == settings.windows { return self }
    var settings = settings
    settings.windows = windows
    return try with(settings)
  }
}
