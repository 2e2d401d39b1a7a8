import Tensors

/// A weight matrix W of a linear layer, as a product reads it: float32, or a smaller copy in another format.
protocol LinearWeight {
  /// Whether rows are rounded so far that an activation need be no better than that.
  var isCoarse: Bool { get }

  /// y = x Wᵀ; `then` is called for each finished piece of y while it is in the cache.
  ///
  /// - Parameters:
  ///   - x: The rows.  // [rows, inputs]
  ///   - y: The result, overwritten.  // [rows, outputs]
  ///   - scratch: Lends memory for as long as the product takes.
  func multiply(
    _ x: Matrix, into y: Matrix, scratch: Arena,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?)

  /// x = y W, or that added to x.
  ///
  /// - Parameters:
  ///   - y: The rows.  // [rows, outputs]
  ///   - x: The result.  // [rows, inputs]
  func multiplyTransposed(_ y: Matrix, into x: Matrix, accumulate: Bool)

  /// Writes the gradient of W, or adds it: (dy)ᵀ x, of the rows as `multiply` reads them.
  ///
  /// - Parameters:
  ///   - dy: The gradient of the result.  // [rows, outputs]
  ///   - x: The rows.  // [rows, inputs]
  ///   - sum: The gradient.  // [outputs, inputs]
  func weightGradient(_ dy: Matrix, _ x: Matrix, into sum: Matrix, accumulate: Bool, scratch: Arena)

  /// y = x Wᵀ where x is a gradient, of which nothing is rounded.
  func multiplyGradient(_ x: Matrix, into y: Matrix, scratch: Arena)
}

extension LinearWeight {
  /// Of the rows as they are.
  func weightGradient(_ dy: Matrix, _ x: Matrix, into sum: Matrix, accumulate: Bool, scratch: Arena) {
    Linear.weightGradient(dy, x, into: sum, accumulate: accumulate)
  }

  /// The product as any other.
  func multiplyGradient(_ x: Matrix, into y: Matrix, scratch: Arena) {
    multiply(x, into: y, scratch: scratch, then: nil)
  }
}
