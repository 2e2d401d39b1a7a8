import Files
import Training

/// How far a search is, in `search/log.json`: what was measured, tried and decided, so that one that goes on decides the
/// same.
struct GoalLog: Codable {
  /// A student of the search, before its first try.
  struct Student: Codable {
    /// Its shape.
    var shape: String
    /// Numbers in its layers.
    var encoderParameters: Int
    /// Seconds of one pass over the rows that are learnt from.
    var secondsPerPass: Double
    /// Passes that the first round allows.
    var firstPasses: Int

    enum CodingKeys: String, CodingKey {
      case shape
      case encoderParameters = "encoder_parameters"
      case secondsPerPass = "seconds_per_pass"
      case firstPasses = "first_passes"
    }
  }

  /// The settings, without what no result depends on.
  var settings: GoalSettings
  /// SHA-256 of rows and teacher.
  var inputs: [String: String]
  /// What the outcome has gathered so far.
  var outcome: GoalOutcome
  /// Seconds that everything but the tries took.
  var setupSeconds = 0.0
  /// The students that were tried, in order.
  var students: [Student] = []
  /// Whether what is chosen is final.
  var isOver = false

  enum CodingKeys: String, CodingKey {
    case settings, inputs, outcome, students
    case setupSeconds = "setup_seconds"
    case isOver = "is_over"
  }

  /// Seconds of everything.
  var seconds: Double {
    outcome.tried.filter { $0.fate == .tried || $0.fate == .failed }.reduce(setupSeconds) { $0 + $1.seconds }
  }

  /// The log in a run folder; nil where there is none.
  static func read(_ folder: RunFolder) throws -> GoalLog? {
    Files.exists(folder.searchLog) ? try JSON.decode(GoalLog.self, from: folder.searchLog) : nil
  }

  /// Writes the log, and the table of tries beside it.
  func write(to folder: RunFolder) throws {
    try Files.write(try JSON.encode(self), to: folder.searchLog)
    try Files.write(tsv, to: folder.search + "/tried.tsv")
  }

  /// One line a try, tab-separated.
  private var tsv: String {
    var text =
      "name\tround\tshape\tmethod\tmade_text\tlearning_rate\tepochs\twork\tfate\t\(outcome.metric)\tkept\tgain"
    text += "\tseconds\treason\n"
    for one in outcome.tried {
      let candidate = one.candidate
      let kept = one.value.flatMap(outcome.kept)
      let fields = [
        one.name, String(one.round), candidate.shape ?? "", candidate.method,
        candidate.madeText ? "yes" : "no",
        String(candidate.learningRate), String(candidate.epochs), String(candidate.work), one.fate.rawValue,
        one.value.map { String($0) } ?? "", kept.map { String($0) } ?? "", one.gain.map { String($0) } ?? "",
        String(one.seconds), one.reason?.onOneLine ?? "",
      ]
      text += fields.joined(separator: "\t") + "\n"
    }
    return text
  }
}
