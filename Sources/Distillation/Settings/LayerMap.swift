/// Which teacher layer each student layer learns from; layers count from 1, 0 is the embedding output.
///
/// In settings and on the command line: `uniform`, `last`, `skip`, or pairs `student:teacher` such as
/// `0:0,1:2,2:4`.
public enum LayerMap: Sendable, Equatable {
  /// Layer m of M learns from round(m * N / M) of N, the last from the last (TinyBERT).
  case uniform
  /// Layer m of M learns from N - M + m: the last layers (PKD-last, shifted to end at the last layer).
  case last
  /// As uniform, without the last layer, which is left to the logits (PKD-skip).
  case skip
  /// These pairs and no others.
  case pairs([LayerPair])

  /// Reads the written form.
  public init(_ text: String) throws {
    switch text {
    case "uniform": self = .uniform
    case "last": self = .last
    case "skip": self = .skip
    default:
      let pairs = try text.split(separator: ",").map { part in
        let numbers = part.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
        guard numbers.count == 2, let student = numbers[0], let teacher = numbers[1] else {
          throw DistillationError.settings(
            "cannot read the layer map '\(text)': give uniform, last, skip, or pairs student:teacher such as "
              + "0:0,1:2,2:4")
        }
        return LayerPair(student: student, teacher: teacher)
      }
      if pairs.isEmpty { throw DistillationError.settings("a layer map needs at least one pair") }
      self = .pairs(pairs)
    }
  }

  /// The pairs for a student of so many layers and a teacher of so many, checked.
  ///
  /// `embeddings` adds (0, 0) to the maps by name: for hidden states, not for attention, which layer 0 lacks.
  public func resolved(student: Int, teacher: Int, embeddings: Bool) throws -> [LayerPair] {
    var result: [LayerPair]
    switch self {
    case .uniform, .skip:
      let end = self == .skip ? student - 1 : student
      if end < 1 {
        throw DistillationError.settings("the layer map skip needs a student of at least 2 layers")
      }
      result = (1...end).map {
        LayerPair(student: $0, teacher: max((2 * $0 * teacher + student) / (2 * student), 1))
      }
    case .last:
      if student > teacher {
        throw DistillationError.settings(
          "the layer map last needs a teacher of at least as many layers as the student: \(teacher) < \(student)"
        )
      }
      result = (1...student).map { LayerPair(student: $0, teacher: teacher - student + $0) }
    case .pairs(let pairs): result = pairs
    }
    if embeddings, self == .uniform || self == .skip {
      result.insert(LayerPair(student: 0, teacher: 0), at: 0)
    }
    let first = embeddings ? 0 : 1
    for pair in result {
      if !(first...student).contains(pair.student) {
        throw DistillationError.layer(model: "student", layer: pair.student, layers: first...student)
      }
      if !(first...teacher).contains(pair.teacher) {
        throw DistillationError.layer(model: "teacher", layer: pair.teacher, layers: first...teacher)
      }
    }
    return result
  }

  /// The written form.
  public var description: String {
    switch self {
    case .uniform: "uniform"
    case .last: "last"
    case .skip: "skip"
    case .pairs(let pairs): pairs.map { "\($0.student):\($0.teacher)" }.joined(separator: ",")
    }
  }
}

/// A student layer and the teacher layer that it learns from.
public struct LayerPair: Sendable, Equatable, Hashable {
  /// The student's layer.
  public var student: Int
  /// The teacher's layer.
  public var teacher: Int

  /// A pair of layers.
  public init(student: Int, teacher: Int) {
    self.student = student
    self.teacher = teacher
  }
}

extension LayerMap: Codable {
  /// Reads the written form.
  public init(from decoder: any Decoder) throws {
    self = try LayerMap(try decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the written form.
  public func encode(to encoder: any Encoder) throws {
    var single = encoder.singleValueContainer()
    try single.encode(description)
  }
}
