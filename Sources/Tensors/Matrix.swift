/// A view of float32 memory as rows and columns, row-major.
///
/// Whoever makes a view keeps the memory alive for as long as the view is used, unless the view has an owner.
public struct Matrix: @unchecked Sendable {
  /// The first element.
  public let base: UnsafeMutablePointer<Float>
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// Floats from the start of one row to the start of the next, at least `columns`.
  public let stride: Int
  /// What the view keeps alive: the memory that it shows, where it was made so.
  public private(set) var owner: AnyObject?

  /// A view that starts at `base`.
  public init(base: UnsafeMutablePointer<Float>, rows: Int, columns: Int, stride: Int? = nil) {
    precondition(rows >= 0 && columns >= 0 && (stride ?? columns) >= columns, "a matrix of impossible shape")
    self.base = base
    self.rows = rows
    self.columns = columns
    self.stride = stride ?? columns
  }

  /// The same view, keeping its memory alive.
  public func owned(by owner: AnyObject) -> Matrix {
    var result = self
    result.owner = owner
    return result
  }

  /// The number of elements.
  public var count: Int { rows * columns }

  /// The element of row `row` and column `column`.
  @inlinable public subscript(row: Int, column: Int) -> Float {
    get { base[row * stride + column] }
    nonmutating set { base[row * stride + column] = newValue }
  }

  /// One row.
  @inlinable public func row(_ row: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: base + row * stride, count: columns)
  }

  /// Some of the rows, sharing this view's memory.
  public func rows(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "rows out of range")
    var result = Matrix(
      base: base + range.lowerBound * stride, rows: range.count, columns: columns, stride: stride)
    result.owner = owner
    return result
  }

  /// Some of the columns, sharing this view's memory.
  public func columns(_ range: Range<Int>) -> Matrix {
    precondition(range.lowerBound >= 0 && range.upperBound <= columns, "columns out of range")
    var result = Matrix(base: base + range.lowerBound, rows: rows, columns: range.count, stride: stride)
    result.owner = owner
    return result
  }
}
