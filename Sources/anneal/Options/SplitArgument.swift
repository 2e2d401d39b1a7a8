public import ArgumentParser
public import GLUE

/// Splits are written as their files are named.
extension Split: ExpressibleByArgument {}
