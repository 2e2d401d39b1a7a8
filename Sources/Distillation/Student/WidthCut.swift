import BERT
import Tensors

/// Weights of a narrower model from those of a wider one: the first numbers of everything.
///
/// Of states the first of the hidden size, of the feed-forward block the first of the intermediate size, of
/// attention the first heads, and of each head its first numbers. What is left out was a part of every sum, so
/// the narrow model says something else: it is a place to start from, not a model to use.
struct WidthCut {
  let from: BertModel
  let to: BertConfig

  /// A cut to a shape; throws where the shape is wider than the model in anything.
  init(_ from: BertModel, to shape: BertConfig) throws {
    let pairs = [
      ("hidden size", from.config.hiddenSize, shape.hiddenSize),
      ("number of heads", from.config.numAttentionHeads, shape.numAttentionHeads),
      ("size of a head", from.config.headSize, shape.headSize),
      ("intermediate size", from.config.intermediateSize, shape.intermediateSize),
    ]
    for (what, there, wanted) in pairs where wanted > there {
      throw DistillationError.settings(
        "the student \(shape.shape) cannot be cut from a model of shape \(from.config.shape): its \(what) is "
          + "\(wanted), the model's \(there)")
    }
    self.from = from
    to = shape
  }

  /// Fills a parameter of the narrow model from the parameter `source` of the wide one.
  func copy(_ source: ParameterLayout.Entry, to entry: ParameterLayout.Entry, of model: BertModel) {
    let (wide, narrow) = (from.parameters.matrix(source.name), model.parameters.matrix(entry.name))
    let isVector = entry.shape.count == 1
    let isOperand = entry.name.contains(".attention.self.")
    let isPair = entry.name == "classifier.weight" && to.pairEncoding == .bi && narrow.columns > 1
    let isContext = entry.name.hasSuffix(".attention.output.dense.weight")
    for row in 0..<narrow.rows {
      let wideRow = isOperand && !isVector ? inHeads(row) : row
      for column in 0..<narrow.columns {
        let isHeads = isContext || (isOperand && isVector)
        narrow[row, column] =
          wide[
            wideRow, isPair ? inVectors(column) : isHeads ? inHeads(column) : column]
      }
    }
  }

  /// The wide model's place of a number of the vectors that a bi-encoder's classifier reads side by side.
  private func inVectors(_ place: Int) -> Int {
    place / to.hiddenSize * from.config.hiddenSize + place % to.hiddenSize
  }

  /// The wide model's place of a number of the narrow one's heads, which stand side by side.
  private func inHeads(_ place: Int) -> Int {
    place / to.headSize * from.config.headSize + place % to.headSize
  }
}
