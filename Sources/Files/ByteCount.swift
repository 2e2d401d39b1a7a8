/// Sizes as people read them.
package enum ByteCount {
  /// A number of bytes in kB, MB or GB (units of 1,000).
  package static func text(_ count: Int) -> String {
    let units = ["kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(count) / 1000, 0)
    while value >= 999.5 && unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return (value < 9.95 ? "\((value * 10).rounded() / 10)" : "\(Int(value.rounded()))") + " " + units[unit]
  }
}
