public import Tensors

/// Values for every parameter of a layout in one buffer: weights, gradients or moments.
public final class ParameterStore: @unchecked Sendable {
  /// Where each parameter lies.
  public let layout: ParameterLayout
  /// The values.  // [layout.count]
  public let values: FloatBuffer
  /// Parameters in other formats, by their place in the layout; the buffer holds all others.
  let formatted: [Int: any FormattedWeight]
  /// Parameters of the buffer that passes read as another format would hold them, by their place in the layout.
  let simulated: [Int: any ReadableWeight]
  /// What products with weights of the buffer round.
  let products: ProductPrecision
  /// How often the values were changed.
  let changes: ChangeCount

  /// Zeros for every parameter of `layout`.
  public convenience init(layout: ParameterLayout) { self.init(layout: layout, formatted: [:]) }

  /// Zeros for every parameter of `layout` but those in other formats.
  init(layout: ParameterLayout, formatted: [Int: any FormattedWeight]) {
    self.layout = layout.without(Set(formatted.keys))
    (self.formatted, simulated, changes, products) = (formatted, [:], ChangeCount(), .float32)
    values = FloatBuffer(count: self.layout.count)
  }

  /// The very values of another store, some of them read as another format would hold them.
  init(sharing store: ParameterStore, simulated: [Int: any ReadableWeight]) {
    (layout, values, formatted) = (store.layout, store.values, store.formatted)
    (self.simulated, changes, products) = (simulated, store.changes, .float32)
  }

  /// The very values of another store, read as there but for products, which are in another precision.
  init(sharing store: ParameterStore, products: ProductPrecision) {
    (layout, values, formatted) = (store.layout, store.values, store.formatted)
    (simulated, changes, self.products) = (store.simulated, store.changes, products)
  }

  /// To be called by whoever writes to the values: what passes have made of them is made anew.
  ///
  /// Only `BertModel.quantizationAware(_:keeping:)` makes something of them. Optimizers, checkpoints and stages do so
  /// themselves. `areRows` says that no more than rows of embeddings were written, which are rounded as they are read.
  public func noteChange(ofTableRows areRows: Bool = false) { changes.add(ofTableRows: areRows) }

  /// How passes read a parameter that they do not read as the floats that lie in the buffer; nil where they do.
  func readable(_ slot: Slot) -> (any ReadableWeight)? { formatted[slot.index] ?? simulated[slot.index] }

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
