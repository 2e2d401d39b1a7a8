public import Tensors

/// Values for every parameter of a layout in one buffer: weights, gradients or moments.
public final class ParameterStore: @unchecked Sendable {
  /// Where each parameter lies.
  public let layout: ParameterLayout
  /// The values.  // [layout.count]
  public let values: FloatBuffer
  /// Parameters in other formats, by their place in the layout; the buffer holds all others.
  let formatted: [Int: any FormattedWeight]

  /// Zeros for every parameter of `layout`.
  public convenience init(layout: ParameterLayout) { self.init(layout: layout, formatted: [:]) }

  /// Zeros for every parameter of `layout` but those in other formats.
  init(layout: ParameterLayout, formatted: [Int: any FormattedWeight]) {
    self.layout = layout.without(Set(formatted.keys))
    self.formatted = formatted
    values = FloatBuffer(count: self.layout.count)
  }

  /// One parameter as a matrix; a vector is one row.
  ///
  /// All are in float32 but those of a model that was quantized, which `BertModel.widened()` gives back.
  public func matrix(_ name: String) -> Matrix {
    guard let entry = layout.entry(name) else { preconditionFailure("no parameter \(name)") }
    precondition(entry.isInBuffer, "\(name) is not in float32: widen the model first")
    let columns = entry.shape.last ?? 1
    return values.matrix(rows: entry.count / max(columns, 1), columns: columns, offset: entry.offset)
  }
}
