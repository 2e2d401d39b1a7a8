public import BERT
import Tensors

/// The Euclidean norm of gradients, summed in double precision in an order that shapes alone decide.
public enum GradientNorm {
  /// Floats of a partial sum.
  private static let runLength = 1 << 15

  /// The sum of squares of a whole store; of the parameter `table` only those rows are read, ascending.
  public static func squares(_ gradient: ParameterStore, table: String? = nil, rows: [Int32] = []) -> Double {
    var runs: [(start: Int, count: Int)] = []
    for entry in gradient.layout.entries {
      if entry.name == table {
        for row in rows { runs.append((entry.offset + Int(row) * entry.shape[1], entry.shape[1])) }
      } else {
        for start in stride(from: 0, to: entry.count, by: runLength) {
          runs.append((entry.offset + start, min(runLength, entry.count - start)))
        }
      }
    }
    let values = gradient.values
    let sums = Sums(count: runs.count)
    Parallel.forEach(count: (runs.count + 7) / 8) { [runs] block in
      for i in (block * 8)..<min(block * 8 + 8, runs.count) {
        sums.values[i] = VectorKernels.squaredNorm(values.base + runs[i].start, count: runs[i].count)
      }
    }
    return (0..<runs.count).reduce(0) { $0 + sums.values[$1] }
  }

  /// The first parameter with a gradient that is not finite.
  public static func firstNotFinite(_ gradient: ParameterStore) -> String? {
    gradient.layout.entries.first { entry in
      (entry.offset..<entry.offset + entry.count).contains { !gradient.values.base[$0].isFinite }
    }?.name
  }

  private final class Sums: @unchecked Sendable {
    let values: UnsafeMutablePointer<Double>

    init(count: Int) {
      values = .allocate(capacity: max(count, 1))
      values.initialize(repeating: 0, count: max(count, 1))
    }

    deinit { values.deallocate() }
  }
}
