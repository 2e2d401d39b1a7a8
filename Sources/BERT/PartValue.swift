public import Tensors

/// The values of one part of an output, or their gradient.
public enum PartValue: Sendable {
  /// Rows, as the part's extent has them.
  case rows(Matrix)
  /// Attention maps.
  case maps(AttentionMaps)

  /// The memory of all values: the rows, or all maps end to end as one row.
  public var matrix: Matrix {
    switch self {
    case .rows(let matrix): matrix
    case .maps(let maps): maps.storage
    }
  }

  /// The same layout over other memory of the same shape.
  func over(_ matrix: Matrix) -> PartValue {
    switch self {
    case .rows: .rows(matrix)
    case .maps(let maps): .maps(maps.over(matrix))
    }
  }

  /// The same values, keeping their memory alive.
  func owned(by owner: AnyObject) -> PartValue { over(matrix.owned(by: owner)) }
}
