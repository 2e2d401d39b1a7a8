public import ArgumentParser
public import Distillation
public import Runs

extension TeacherAverage: ExpressibleByArgument {}
extension AnchorUse: ExpressibleByArgument {}
extension TeacherScores: ExpressibleByArgument {}

/// Who teaches, what is asked of them and what is kept of it.
struct TeacherOptions: ParsableArguments {
  @Option(
    name: .customLong("teacher"),
    help: ArgumentHelp(
      """
      The folder of the teacher or of its run. Given several times, what they say is averaged; the first one's \
      layers are compared.
      """,
      valueName: "dir"), completion: .directory)
  var teachers: [String] = []

  @Option(help: ArgumentHelp("The weights of several teachers, such as 2,1.", valueName: "list"))
  var teacherWeights: NumberList?

  @Option(help: "What of several teachers is averaged. (default: probabilities)")
  var teacherAverage: TeacherAverage?

  @Option(
    help: ArgumentHelp(
      "How many seeds of the teacher are averaged, itself included: the others are fine-tuned as its run says.",
      valueName: "n"))
  var teacherSeeds: Int?

  @Option(
    help: ArgumentHelp(
      """
      A file of answers to the rows, of any teacher: probabilities, logits, votes or scores by label, in TSV, CSV or \
      JSON lines, as anneal predict writes them. Instead of --teacher or beside it; given several times, answers to a \
      row are averaged.
      """,
      valueName: "file"), completion: .file(extensions: ["tsv", "csv", "jsonl", "gz"]))
  var teacherAnswers: [String] = []

  @Option(
    help: ArgumentHelp(
      "The task's label for names that --teacher-answers has, such as pos=1,neg=0.", valueName: "list"))
  var teacherLabels: NamePairs?

  @Option(
    help: """
      In which units its scores are: as-given, the task's, or any, which standardize moves to the rows' own. \
      (default: as-given)
      """)
  var teacherScores: TeacherScores?

  @Option(
    help: ArgumentHelp(
      "Leave rows out whose answer has no probability of at least so much.", valueName: "p"))
  var minConfidence: Double?

  @Flag(help: "Leave rows out that --teacher-answers has no answer to, instead of refusing.")
  var skipUnanswered = false

  @Option(
    help: """
      How the anchors of the teacher's way are used: one after the other, those a stride apart, or averaged. \
      (default: equal for rco and pro-kd)
      """)
  var anchors: AnchorUse?

  @Option(
    help: ArgumentHelp("The largest stride of greedy anchors, a mean KL. (default: 0.1)", valueName: "kl"))
  var anchorThreshold: Double?

  @Option(
    help: ArgumentHelp(
      "Teacher assistants between teacher and student: shapes, or layers of the one before such as 1+2+4+6.",
      valueName: "list"))
  var assistants: NameList?

  @Option(
    help: ArgumentHelp(
      """
      Texts without labels to learn the teacher's answers to: one a line, or two with a tab between them. May be \
      given several times.
      """,
      valueName: "file"), completion: .file())
  var unlabelled: [String] = []

  @Option(
    help: ArgumentHelp(
      "Text made of the task's own rows to learn the teacher's answers to: auto, or a recipe (see anneal augment).",
      valueName: "recipe"), completion: .file(extensions: ["yaml", "yml"]))
  var augment: String?

  @Option(
    help: ArgumentHelp("Keep the teacher's logits in this folder, for later runs.", valueName: "dir"),
    completion: .directory)
  var teacherCache: String?

  @Flag(
    help: """
      Keep its hidden states and attention there too, in half precision, so that it need not run beside the \
      student; anneal check says how much that is.
      """)
  var cacheStates = false

  /// Sets what these options say; teachers given here replace those of the settings, with their weights.
  func apply(to settings: inout DistillSettings) throws {
    if let first = teachers.first {
      settings.teacher = first
      settings.otherTeachers = teachers.count > 1 ? Array(teachers.dropFirst()) : nil
      settings.teacherWeights = nil
    }
    if !teacherAnswers.isEmpty {
      settings.teacherAnswers = teacherAnswers
      settings.teacherWeights = nil
    }
    if let teacherLabels { settings.teacherLabels = teacherLabels.pairs }
    if let teacherScores { settings.teacherScores = teacherScores }
    if let minConfidence { settings.minConfidence = minConfidence }
    if skipUnanswered { settings.skipUnanswered = true }
    if let teacherWeights { settings.teacherWeights = teacherWeights.values }
    if let teacherAverage { settings.teacherAverage = teacherAverage }
    if let teacherSeeds { settings.teacherSeeds = teacherSeeds }
    if let anchors { settings.anchors = anchors }
    if let anchorThreshold { settings.anchorThreshold = anchorThreshold }
    if let assistants { settings.assistants = assistants.names }
    if !unlabelled.isEmpty { settings.unlabelled = unlabelled }
    if let augment { settings.augment = try AugmentSetting(named: augment) }
    if let teacherCache { settings.teacherCache = teacherCache }
    if cacheStates { settings.cacheStates = true }
  }
}

/// Numbers with commas between them.
struct NumberList: ExpressibleByArgument {
  let values: [Double]

  init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    let numbers = parts.compactMap { $0 }
    if numbers.count != parts.count || !numbers.allSatisfy(\.isFinite) { return nil }
    values = numbers
  }
}

/// Names with what they stand for, such as `pos=1,neg=0`.
struct NamePairs: ExpressibleByArgument {
  let pairs: [String: String]

  init?(argument: String) {
    var pairs: [String: String] = [:]
    for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard sides.count == 2, !sides.contains(""), pairs.updateValue(sides[1], forKey: sides[0]) == nil else {
        return nil
      }
    }
    self.pairs = pairs
  }
}
