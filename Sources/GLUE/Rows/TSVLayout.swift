/// A column: the names that its header may have, and its place where no header names it.
public struct TSVColumn: Sendable, Equatable {
  let names: [String]
  let place: Int

  /// The column at a place, from 0, or where the header has one of the names.
  public init(_ place: Int, _ names: String...) {
    self.place = place
    self.names = names
  }
}

/// Which columns of a task's file hold what.
public struct TSVLayout: Sendable, Equatable {
  /// Whether the first line names the columns.
  var hasHeader = true
  /// Whether the names of the first line alone say which column is which.
  var isByName = false
  /// The number of columns in the files that GLUE gives out, or in the file that the layout was made of.
  var columnCount: Int
  var first: TSVColumn
  var second: TSVColumn?
  var label: TSVColumn?
  var index: TSVColumn?
  /// Columns with a number for each label, in the task's order, in place of `label`.
  var answers: [TSVColumn] = []

  /// The columns of a file with so many; `index` names rows in submissions, `label` is nil where rows have no answer.
  public init(
    hasHeader: Bool = true, columnCount: Int, first: TSVColumn, second: TSVColumn? = nil,
    label: TSVColumn? = nil, index: TSVColumn? = nil
  ) {
    self.init(
      hasHeader: hasHeader, isByName: false, columnCount: columnCount, first: first, second: second,
      label: label, index: index)
  }

  init(
    hasHeader: Bool = true, isByName: Bool, columnCount: Int, first: TSVColumn, second: TSVColumn? = nil,
    label: TSVColumn? = nil, index: TSVColumn? = nil
  ) {
    (self.hasHeader, self.isByName, self.columnCount) = (hasHeader, isByName, columnCount)
    (self.first, self.second, self.label, self.index) = (first, second, label, index)
  }

  /// The columns that a reader needs.
  var columns: [TSVColumn] { [first, second, label].compactMap { $0 } + answers }
}
