public import Tensors

/// A float32 weight matrix whose products are in bfloat16, forward and backward: what they read is rounded as it is read.
struct BFloat16Weight: LinearWeight {
  let values: Matrix

  var isCoarse: Bool { false }

  func multiply(
    _ x: Matrix, into y: Matrix, scratch: Arena,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  ) {
    GEMM.rows(x, values, transposed: true, into: y, in: .bfloat16, then: then)
  }

  func multiplyTransposed(_ y: Matrix, into x: Matrix, accumulate: Bool) {
    GEMM.rows(y, values, transposed: false, into: x, accumulate: accumulate, in: .bfloat16)
  }

  func weightGradient(_ dy: Matrix, _ x: Matrix, into sum: Matrix, accumulate: Bool, scratch: Arena) {
    GEMM.product(dy, transposeA: true, x, into: sum, accumulate: accumulate, in: .bfloat16)
  }
}

extension BertModel {
  /// The same model, its very parameters, whose passes multiply in another precision; nothing is copied.
  ///
  /// Passes that keep their activations for a way back, and the way back, multiply in `learning`, all others in `answering`.
  /// It is products of linear layers that are meant, their sums being in float32; attention, LayerNorm, activations and the
  /// classifier, whose products are small, stay in float32 (Micikevicius and others 2018, Kalamkar and others 2019).
  /// Throws `ModelError` where the weights are not floats of the model's own.
  public func multiplying(
    learning: ProductPrecision = .float32, answering: ProductPrecision = .float32
  ) throws -> BertModel {
    try requireFloat32(for: "products in another precision")
    return try BertModel(
      config: config, head: head, parameters: parameters, products: Products(learning, answering))
  }

  /// What passes that a way back may follow multiply in.
  public var learningPrecision: ProductPrecision { products.learning }
}

/// What passes multiply in.
struct Products {
  let learning: ProductPrecision
  let answering: ProductPrecision

  init(_ learning: ProductPrecision = .float32, _ answering: ProductPrecision = .float32) {
    (self.learning, self.answering) = (learning, answering)
  }
}
