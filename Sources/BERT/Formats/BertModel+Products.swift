public import Tensors

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
