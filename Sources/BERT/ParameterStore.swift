public import Tensors

/// Values for every parameter of a layout in one buffer: weights, gradients or moments.
public final class ParameterStore: @unchecked Sendable {
  /// Where each parameter lies.
  public let layout: ParameterLayout
  /// The values.  // [layout.count]
  public let values: FloatBuffer

  /// Zeros for every parameter of `layout`.
  public init(layout: ParameterLayout) {
    self.layout = layout
    values = FloatBuffer(count: layout.count)
  }

  /// One parameter as a matrix; a vector is one row.
  public func matrix(_ name: String) -> Matrix {
    guard let entry = layout.entry(name) else { preconditionFailure("no parameter \(name)") }
    let columns = entry.shape.last ?? 1
    return values.matrix(rows: entry.count / max(columns, 1), columns: columns, offset: entry.offset)
  }
}
