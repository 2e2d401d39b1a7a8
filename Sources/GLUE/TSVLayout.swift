/// A column: the names that its header may have, and its place where no header names it.
struct TSVColumn: Sendable, Equatable {
  let names: [String]
  let place: Int

  init(_ place: Int, _ names: String...) {
    self.place = place
    self.names = names
  }
}

/// Which columns of a task's file hold what.
struct TSVLayout: Sendable, Equatable {
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

  /// The columns that a reader needs.
  var columns: [TSVColumn] { [first, second, label].compactMap { $0 } }
}
