import BERT
import Files
import GLUE
import Tensors
import Tokenization
import Training

extension TeacherComparison {
  /// Lets the student and the teacher of a finished run answer the first rows of dev.
  ///
  /// Nil where there is no teacher, or it or the rows are not where they were. At most `limit` rows are read, so that
  /// a large dev set and a large teacher do not make a report wait.
  public static func make(run folder: RunFolder, limit: Int = 2000) throws -> TeacherComparison? {
    let kind = try RunRecord<JSONValue>.read(folder).kind
    guard kind == Distill.name || kind == Goal.kind else { return nil }
    let record = try RunRecord<DistillSettings>.read(folder)
    // Such a run does not look at dev, and neither does its report.
    if record.settings.heldOutShare != nil && record.settings.goal == nil { return nil }
    guard let directory = record.settings.teacher, Files.exists(directory + "/config.json") else {
      return nil
    }
    guard let task = try? record.settings.namedTask(),
      let split = task.devSplits.first,
      var data = try? task.load(
        split, from: record.settings.data, skipMalformed: record.settings.skipMalformed ?? false)
    else { return nil }
    data.examples = Array(data.examples.prefix(limit))
    let student = try Answers(folder.model, data, maxLength: record.training.maxLength)
    let teacher = try Answers(directory, data, maxLength: record.training.maxLength)
    let differences = zip(student.values, teacher.values).map { s, t in
      let distance = zip(s, t).reduce(0) { $0 + abs($1.0 - $1.1) }
      return task.isRegression
        ? abs(s[0] - t[0]) : task.isMultiLabel ? distance / Double(s.count) : distance / 2
    }
    let order = differences.indices.sorted { (-differences[$0], $0) < (-differences[$1], $1) }
    let differing = order.prefix(10).map { row in
      let label = data.examples[row].label
      return Row(
        first: data.examples[row].first, second: data.examples[row].second,
        gold: label?.score ?? Double(label?.index ?? 0), goldSet: label?.set, student: student.values[row],
        teacher: teacher.values[row], difference: differences[row])
    }
    // Maps of many tokens cannot be read; of the short rows, those come first where the two disagree.
    let short =
      [student, teacher].contains { $0.model.config.pairEncoding == .bi }
      ? [] : order.filter { (5...16).contains(student.rows.inputIDs[$0].count) }.prefix(3)
    return TeacherComparison(
      labels: task.labels, hasSets: task.isMultiLabel ? true : nil, split: split.rawValue,
      rowCount: data.examples.count,
      agreement: try agreement(student, teacher, task), student: try student.side(),
      teacher: try teacher.side(),
      differing: differing,
      attention: try short.map {
        AttentionPair(student: try student.attention(row: $0), teacher: try teacher.attention(row: $0))
      })
  }

  private static func agreement(_ student: Answers, _ teacher: Answers, _ task: GLUETask) throws -> Double {
    let (own, other) = (student.evaluation.predictions, teacher.evaluation.predictions)
    if !task.isRegression {
      return Double(zip(own, other).count { $0 == $1 }) / Double(max(own.count, 1))
    }
    let metrics = Metrics.regression(
      predictions: own.compactMap(\.score), targets: other.compactMap(\.score))
    return metrics["pearson"] ?? 0
  }

  /// A model with what it says of some rows.
  private struct Answers {
    let directory: String
    let model: BertModel
    let tokenizer: Tokenizer
    let evaluation: Evaluation
    let rows: TaskRows
    /// Probabilities in the task's order, or the score.  // [rows][labels]
    let values: [[Double]]

    init(_ directory: String, _ data: DataSet, maxLength: Int?) throws {
      self.directory = directory
      model = try BertModel.load(directory: directory, head: .asStored).model
      let tokenizer = try Tokenizer(directory: directory)
      let maxLength = tokenizer.settings.windows?.length ?? maxLength
      evaluation = try Evaluator.evaluate(
        model: model, tokenizer: tokenizer, dataSet: data, maxLength: maxLength)
      // Attention is shown of rows that are read whole.
      self.tokenizer = try tokenizer.reading(nil, pairs: false)
      rows = try TaskRows(
        data.examples, tokenizer: self.tokenizer,
        maxLength: MaximumLength.of(model.config, tokenizer, wanted: maxLength), toModel: nil)
      values = evaluation.taskProbabilities
    }

    /// The model in figures.
    func side() throws -> Side {
      let metrics = evaluation.metrics?.values ?? []
      return Side(
        shape: model.config.shape, parameters: model.parameters.layout.entries.reduce(0) { $0 + $1.count },
        bytes: try Files.list(directory).filter { $0.hasSuffix(".safetensors") }
          .reduce(0) { try $0 + MappedFile("\(directory)/\($1)").bytes.count },
        sentencesPerSecond: evaluation.sentencesPerSecond,
        metrics: Dictionary(metrics.map { ($0.name, $0.value) }) { first, _ in first })
    }

    /// Where the last layer looks in one row, the mean of its heads to three digits.
    func attention(row: Int) throws -> Attention {
      let layer = model.config.numHiddenLayers
      var request = OutputRequest()
      request.logits = false
      request.attentionProbabilities = [layer]
      let output = try model.forward(rows.batch([row]).batch, request: request, workspace: Workspace())
      let tokens = rows.inputIDs[row].map { tokenizer.vocabulary.tokens[Int($0)] }
      guard let maps = output.attentionProbabilities[layer] else {
        preconditionFailure("attention that was asked for is missing")
      }
      var map = [[Double]](repeating: [Double](repeating: 0, count: tokens.count), count: tokens.count)
      for head in 0..<maps.heads {
        let one = maps.map(sequence: 0, head: head)  // [n, n]
        for query in tokens.indices {
          for key in tokens.indices { map[query][key] += Double(one[query, key]) / Double(maps.heads) }
        }
      }
      return Attention(tokens: tokens, layer: layer, map: map.map { $0.map { ($0 * 1000).rounded() / 1000 } })
    }
  }
}
