import Files

/// What recipes name: files are told from tasks by being there.
enum AugmentationFiles {
  static func isFile(_ name: String) -> Bool { Files.exists(name) && !Files.isDirectory(name) }
}

extension AugmentationRecipe {
  /// The files that it takes texts of.
  public var files: [String] { others.filter(AugmentationFiles.isFile) }
}
