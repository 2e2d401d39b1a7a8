public import Tokenization

extension TrainingSettings {
  /// A tokenizer that reads texts longer than `length` tokens as these settings say, whatever its folder said.
  ///
  /// Throws where windows are to be joined and there are none, and where windows of that length do not go on.
  public func reading(_ tokenizer: Tokenizer, length: Int, pairs: Bool) throws -> Tokenizer {
    guard let windows else {
      if windowPooling != nil {
        throw TrainingError.settings(
          "window_pooling joins the answers to windows, and texts are cut: give windows (--windows) too")
      }
      return try tokenizer.reading(nil, pairs: pairs)
    }
    return try tokenizer.reading(
      TextWindows(length: length, stride: windows, pooling: windowPooling ?? .mean), pairs: pairs)
  }
}
