import Tensors

extension BertModel {
  /// The same model with embeddings for more tokens, each the mean of those of some others.
  ///
  /// The token `first + i` begins as the mean of `pieces[i]`, and so does its bias under a masked-LM head. Tokens that the
  /// model had no embeddings for and that are not among them stay as they are drawn. Throws `ModelError` where there would
  /// be too many tokens.
  public func extended(from first: Int, with pieces: [[Int32]]) throws -> BertModel {
    precondition(
      pieces.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0..<self.config.vocabSize).contains(Int($0)) } })
    try requireFloat32(for: "more words")
    var config = config
    config.vocabSize = max(config.vocabSize, first + pieces.count)
    let model = try BertModel(config: config, head: head, seed: 1)
    for entry in parameters.layout.entries {
      let (own, other) = (parameters.matrix(entry.name), model.parameters.matrix(entry.name))
      if entry.name == Self.wordEmbeddings {
        for row in 0..<own.rows { _ = other.row(row).update(from: own.row(row)) }
        for (index, ids) in pieces.enumerated() {
          for column in 0..<own.columns {
            other[first + index, column] = Self.mean(ids.map { own[Int($0), column] })
          }
        }
      } else if entry.name == "cls.predictions.bias" {
        for id in 0..<self.config.vocabSize { other.base[id] = own.base[id] }
        for (index, ids) in pieces.enumerated() {
          other.base[first + index] = Self.mean(ids.map { own.base[Int($0)] })
        }
      } else {
        for row in 0..<own.rows { _ = other.row(row).update(from: own.row(row)) }
      }
    }
    return model
  }

  private static func mean(_ values: [Float]) -> Float {
    Float(values.reduce(0.0) { $0 + Double($1) } / Double(values.count))
  }
}
