extension Recipe {
  /// What lessons begin with only after their stage is over, a sentence each: so short a run never comes to it, and
  /// ends as it would without.
  ///
  /// `epochs` are those of each stage. Throws where the settings of a lesson cannot be read.
  public func neverReached(epochs: [Int]) throws -> [String] {
    try zip(stages, epochs).compactMap { stage, epochs in
      guard let lesson = stage.lesson else { return nil }
      let lacking: (setting: String, what: String)?
      switch lesson.name {
      case LessonTable.Entry.codistill.name:
        let burnIn = try lesson.options(CodistillationOptions.self).burnIn
        lacking = burnIn >= Double(epochs) ? ("burn_in \(burnIn)", "peers never hear one another") : nil
      case LessonTable.Entry.reinforced.name:
        let warmup = try lesson.options(SelectionOptions.self).warmup
        lacking = warmup >= Double(epochs) ? ("warmup \(warmup)", "no teacher is ever chosen") : nil
      case LessonTable.Entry.minimaxKNN.name:
        let start = try lesson.options(NeighbourOptions.self).startEpoch
        lacking = start > epochs ? ("start_epoch \(start)", "neighbours are never learnt from") : nil
      default: lacking = nil
      }
      return lacking.map { "\(lesson.name): with \($0.setting) of \(epochs) epochs \($0.what)" }
    }
  }
}
