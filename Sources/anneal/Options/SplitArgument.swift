public import ArgumentParser
public import GLUE

/// Splits are written as their files are named.
extension Split: ExpressibleByArgument {
  /// Those that are files.
  public static var allValueStrings: [String] { allCases.filter { $0 != .heldOut }.map(\.rawValue) }
}
