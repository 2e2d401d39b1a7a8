import Tensors

/// Makes the rows of one step of a recipe, block by block.
protocol RowMaker {
  /// How many rows of the source make a block.
  var blockSize: Int { get }
  /// How many rows there are to make others of.
  var sourceCount: Int { get }
  /// The rows that are made of some of the source, in order; nil for each that was wanted and cannot be.
  func make(_ block: Range<Int>) throws -> [MadeRow?]
}

/// Rows that are made one by one, on all threads.
struct RowByRow: RowMaker {
  let blockSize = 4096
  let sourceCount: Int
  let step: AugmentationStep
  let place: Int
  let seed: UInt64
  /// The made row of a row: its own number, how many were made of it before, its random numbers.
  let body: @Sendable (_ row: Int, _ number: Int, _ dice: inout Dice) -> MadeRow?

  func make(_ block: Range<Int>) -> [MadeRow?] {
    var made = [[MadeRow?]](repeating: [], count: block.count)
    made.withUnsafeMutableBufferPointer { made in
      let made = made
      Parallel.forEach(count: block.count, grain: 64) { range in
        for i in range { made[i] = rows(of: block.lowerBound + i) }
      }
    }
    return made.flatMap { $0 }
  }

  private func rows(of row: Int) -> [MadeRow?] {
    (0..<Self.count(step.rows ?? 1, seed: seed, place: place, row: row)).map { number in
      var dice = Dice(seed: seed, step: place, row: row, number: number)
      return body(row, number, &dice)
    }
  }

  /// How many rows are made of a row: the whole part of `rows`, and one more by draw for the rest.
  static func count(_ rows: Double, seed: UInt64, place: Int, row: Int) -> Int {
    let whole = rows.rounded(.down)
    if whole == rows { return Int(whole) }
    var dice = Dice(seed: seed, step: place, row: row, number: Int(whole) + 1)
    return Int(whole) + (dice.chance(rows - whole) ? 1 : 0)
  }
}
