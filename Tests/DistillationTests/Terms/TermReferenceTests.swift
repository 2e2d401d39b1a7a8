import BERT
import Distillation
import Glibc
import Tensors
import Testing
import Training

/// Every term of the table against its formula, written out in double precision with plain loops.
@Suite struct TermReferenceTests {
  typealias Rows = [[Double]]

  /// What a formula sees: random outputs of a student and a teacher, in double precision.
  struct Scene {
    let batch: LabelledBatch
    let student: EncoderOutput
    let teacher: EncoderOutput
    let parameters: ParameterStore
    let layers: [LayerPair]
    let layersWithEmbeddings: [LayerPair]

    var sequences: [Range<Int>] { (0..<batch.batch.sequenceCount).map { batch.batch.tokens(of: $0) } }
    var tokens: Double { Double(batch.batch.tokenCount) }
    var pairs: Double { Double(batch.batch.mapStarts.last ?? 0) }

    static func rows(_ matrix: Matrix?) -> Rows {
      guard let matrix else { return [] }
      return (0..<matrix.rows).map { matrix.row($0).map(Double.init) }
    }

    /// `x Pᵀ` where there is a projection of that name.
    func projected(_ x: Rows, _ name: String) -> Rows {
      guard parameters.layout.entry(name) != nil else { return x }
      let matrix = Self.rows(parameters.matrix(name))
      return x.map { row in matrix.map { zip($0, row).reduce(0) { $0 + $1.0 * $1.1 } } }
    }
    func hidden(_ output: EncoderOutput, _ layer: Int) -> Rows { Self.rows(output.hiddenStates[layer]) }
    func first(_ output: EncoderOutput, _ layer: Int) -> Rows { Self.rows(output.firstTokenStates[layer]) }

    /// Maps of one sequence, averaged over heads where `averages`.  // [maps][n][n]
    func maps(_ maps: AttentionMaps?, _ sequence: Int, averages: Bool) -> [Rows] {
      guard let maps else { return [] }
      let all = (0..<maps.heads).map { Self.rows(maps.map(sequence: sequence, head: $0)) }
      if !averages { return all }
      let n = all[0].count
      return [
        (0..<n).map { i in (0..<n).map { j in all.reduce(0) { $0 + $1[i][j] } / Double(all.count) } }
      ]
    }
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let kind: String
    var options: (any TermOptions)?
    var studentLayers = 2
    let formula: @Sendable (Scene) -> Double
    var testDescription: String { kind }
  }

  // MARK: Pieces of formulas

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
  private static func minus(_ a: [Double], _ b: [Double]) -> [Double] { zip(a, b).map { $0 - $1 } }
  private static func unit(_ a: [Double]) -> [Double] { a.map { $0 / dot(a, a).squareRoot() } }
  private static func square(_ a: [Double], _ b: [Double]) -> Double { dot(minus(a, b), minus(a, b)) }
  private static func softmax(_ x: [Double]) -> [Double] {
    let powers = x.map { exp($0) }
    return powers.map { $0 / powers.reduce(0, +) }
  }
  private static func divergence(_ p: [Double], _ q: [Double]) -> Double {
    zip(p, q).reduce(0) { $0 + ($1.0 > 0 ? $1.0 * log($1.0 / $1.1) : 0) }
  }
  private static func mean(_ rows: ArraySlice<[Double]>) -> [Double] {
    rows.reduce([Double](repeating: 0, count: rows.first?.count ?? 0)) { zip($0, $1).map { $0 + $1 } }
      .map { $0 / Double(rows.count) }
  }

  private static func hidden(_ distance: @escaping @Sendable ([Double], [Double]) -> Double)
    -> @Sendable (Scene)
    -> Double
  {
    { s in
      s.layersWithEmbeddings.reduce(0) { sum, pair in
        let x = s.projected(s.hidden(s.student, pair.student), "term.projection")
        return sum + zip(x, s.hidden(s.teacher, pair.teacher)).reduce(0) { $0 + distance($1.0, $1.1) }
          / s.tokens
      }
    }
  }

  private static func attention(
    _ maps: @escaping @Sendable (EncoderOutput, Int) -> AttentionMaps?, isDivergence: Bool = false
  ) -> @Sendable (Scene) -> Double {
    { s in
      s.layers.reduce(0) { sum, pair in
        let (own, other) = (maps(s.student, pair.student), maps(s.teacher, pair.teacher))
        let averages = own?.heads != other?.heads
        let count = Double(averages ? 1 : own?.heads ?? 1) * (isDivergence ? s.tokens : s.pairs)
        return s.sequences.indices.reduce(sum) { sum, sequence in
          let both = zip(
            s.maps(own, sequence, averages: averages), s.maps(other, sequence, averages: averages))
          return both.reduce(sum) { sum, maps in
            zip(maps.0, maps.1).reduce(sum) {
              $0 + (isDivergence ? divergence($1.1, $1.0) : square($1.0, $1.1)) / count
            }
          }
        }
      }
    }
  }

  private static func relations(
    _ parts: [@Sendable (Projections) -> Matrix], heads: Int
  ) -> @Sendable (Scene) -> Double {
    { s in
      guard let own = s.student.projections[2], let other = s.teacher.projections[5] else { return .nan }
      func relation(_ matrix: Matrix, _ tokens: Range<Int>, _ head: Int) -> Rows {
        let width = matrix.columns / heads
        let rows = Scene.rows(matrix)[tokens].map { Array($0[head * width..<(head + 1) * width]) }
        return rows.map { a in softmax(rows.map { dot(a, $0) / Double(width).squareRoot() }) }
      }
      return parts.reduce(0) { sum, part in
        (0..<heads).reduce(sum) { sum, head in
          s.sequences.reduce(sum) { sum, tokens in
            zip(relation(part(other), tokens, head), relation(part(own), tokens, head)).reduce(sum) {
              $0 + divergence($1.0, $1.1) / (s.tokens * Double(heads))
            }
          }
        }
      }
    }
  }

  /// Softmaxed cosines to the others.
  private static func cosines(_ rows: Rows) -> Rows {
    rows.indices.map { i in
      let others = rows.indices.filter { $0 != i }
      return others.isEmpty ? [] : softmax(others.map { dot(unit(rows[i]), unit(rows[$0])) })
    }
  }

  /// Cosines of the angles at each row between every two of its neighbours.
  private static func angles(_ rows: Rows) -> Rows {
    rows.indices.map { j in
      let near = rows.indices.filter { $0 != j && abs($0 - j) <= 10 }
      return near.flatMap { i in
        near.filter { $0 > i }.map { k in
          dot(unit(minus(rows[i], rows[j])), unit(minus(rows[k], rows[j])))
        }
      }
    }
  }

  /// What a relation gives for each row of a group: the divergence of cosines, or the mean square of angles.
  private static func related(_ x: Rows, _ target: Rows, isAngle: Bool) -> Double {
    if isAngle {
      return zip(angles(x), angles(target)).reduce(0) {
        $0 + ($1.0.isEmpty ? 0 : square($1.0, $1.1) / Double($1.0.count))
      }
    }
    return zip(cosines(target), cosines(x)).reduce(0) { $0 + divergence($1.0, $1.1) }
  }

  private static func words(isAngle: Bool) -> @Sendable (Scene) -> Double {
    { s in
      s.layers.reduce(0) { sum, pair in
        s.sequences.reduce(sum) {
          $0
            + related(
              Array(s.hidden(s.student, pair.student)[$1]), Array(s.hidden(s.teacher, pair.teacher)[$1]),
              isAngle: isAngle) / s.tokens
        }
      }
    }
  }

  private static func ofLayers(isAngle: Bool) -> @Sendable (Scene) -> Double {
    { s in
      let pairs = s.layersWithEmbeddings
      return (0..<Int(s.tokens)).reduce(0) { sum, token in
        sum
          + related(
            pairs.map { s.hidden(s.student, $0.student)[token] },
            pairs.map { s.hidden(s.teacher, $0.teacher)[token] }, isAngle: isAngle)
          / (s.tokens * Double(pairs.count))
      }
    }
  }

  /// The cross entropy of each labelled row, a tenth of each label for all three classes alike.
  private static func smoothed(_ s: Scene) -> [Double] {
    zip(Scene.rows(s.student.logits), s.batch.targets).compactMap { logits, target in
      guard case .label(let label)? = target else { return nil }
      return zip(softmax(logits).indices, softmax(logits)).reduce(0) {
        $0 - ($1.0 == label ? 0.9 + 0.1 / 3 : 0.1 / 3) * log($1.1)
      }
    }
  }

  // MARK: The table

  static let cases: [Case] =
    [
      Case(kind: "labels") { s in
        let losses = smoothed(s)
        return losses.reduce(0, +) / Double(losses.count)
      },
      Case(kind: "kl", options: KLOptions(temperature: 3)) { s in
        let rows = zip(Scene.rows(s.student.logits), Scene.rows(s.teacher.logits))
        let values = rows.map { divergence(softmax($1.map { $0 / 3 }), softmax($0.map { $0 / 3 })) }
        return 9 * values.reduce(0, +) / Double(values.count)
      },
      Case(kind: "logits_mse") { s in
        let rows = zip(Scene.rows(s.student.logits), Scene.rows(s.teacher.logits))
        return rows.reduce(0) { $0 + square($1.0, $1.1) } / Double(s.sequences.count * 3)
      },
      // Nobody measured how sure the teacher is: all rows count alike.
      Case(kind: "uncertain_mse") { s in
        let rows = zip(Scene.rows(s.student.logits), Scene.rows(s.teacher.logits))
        return rows.reduce(0) { $0 + square($1.0, $1.1) } / Double(s.sequences.count * 3)
      },
      // Epoch 1 of 10 with τmax 4: 1/4.
      Case(kind: "annealed_mse", options: AnnealedMSEOptions(maxTemperature: 4)) { s in
        let rows = zip(Scene.rows(s.student.logits), Scene.rows(s.teacher.logits))
        return rows.reduce(0) { $0 + square($1.0, $1.1.map { $0 / 4 }) } / Double(s.sequences.count * 3)
      },
      // Epoch 1 of 10 is the paper's epoch 6 of 30: ψ = 6/40; τmax 5 gives φ = 1/5.
      Case(kind: "continuation", options: ContinuationOptions(maxTemperature: 5, margin: 2)) { s in
        let (own, other) = (Scene.rows(s.student.logits), Scene.rows(s.teacher.logits))
        let losses = smoothed(s)
        let margins = zip(own, other).map { max(0, square($0, $1.map { $0 / 5 }) - 2.0 / 5) }
        return 0.15 * losses.reduce(0, +) / Double(losses.count)
          + 0.85 * margins.reduce(0, +) / Double(margins.count)
      },
      Case(kind: "hidden_mse", formula: hidden { square($0, $1) / Double($0.count) }),
      Case(
        kind: "hidden_mse", options: HiddenOptions(project: true),
        formula: hidden { square($0, $1) / Double($0.count) }),
      Case(
        kind: "hidden_cosine", options: HiddenOptions(layers: .uniform),
        formula: hidden { 1 - dot(unit($0), unit($1)) }
      ),
      Case(
        kind: "hidden_cosine", options: HiddenOptions(layers: .uniform, project: true),
        formula: hidden { 1 - dot(unit($0), unit($1)) }),
      Case(kind: "pkd", options: PatientOptions(layers: .uniform)) { s in
        s.layers.reduce(0) { sum, pair in
          zip(
            s.projected(s.first(s.student, pair.student), "term.projection"), s.first(s.teacher, pair.teacher)
          )
          .reduce(sum) { $0 + square(unit($1.0), unit($1.1)) / Double(s.sequences.count) }
        }
      },
      Case(kind: "pkd", options: PatientOptions(layers: .uniform, normalize: false)) { s in
        s.layers.reduce(0) { sum, pair in
          zip(
            s.projected(s.first(s.student, pair.student), "term.projection"), s.first(s.teacher, pair.teacher)
          )
          .reduce(sum) { $0 + square($1.0, $1.1) / Double(s.sequences.count) }
        }
      },
      Case(kind: "attention_mse", formula: attention { $0.attentionProbabilities[$1] }),
      Case(kind: "attention_kl", formula: attention({ $0.attentionProbabilities[$1] }, isDivergence: true)),
      Case(kind: "attention_scores_mse", formula: attention { $0.attentionScores[$1] }),
      Case(
        kind: "relations", options: RelationOptions(relationHeads: 2),
        formula: relations([{ $0.query }, { $0.key }, { $0.value }], heads: 2)),
      Case(
        kind: "value_relations", options: RelationOptions(relationHeads: 4),
        formula: relations([{ $0.value }], heads: 4)),
      Case(kind: "alp") { s in
        (1...2).reduce(0) { sum, layer in
          let x = s.projected(s.first(s.student, layer), "term.projection")
          let targets = (1...5).map { s.first(s.teacher, $0) }
          return x.indices.reduce(sum) { sum, row in
            let shares = softmax(targets.map { dot(x[row], $0[row]) })
            let mix = x[row].indices.map { i in zip(shares, targets).reduce(0) { $0 + $1.0 * $1.1[row][i] } }
            return sum + square(x[row], mix) / Double(x.count * mix.count)
          }
        }
      },
      Case(kind: "rail", options: RandomLayersOptions(projectionSize: 6)) { s in
        // One student layer, 1 of 2, and the teacher layer that was drawn for the epoch.
        let drawn = s.teacher.hiddenStates.keys.sorted()
        return drawn.enumerated().reduce(0) { sum, layer in
          let own = s.sequences.map { mean(s.hidden(s.student, layer.offset + 1)[$0]) }
          let other = s.sequences.map { mean(s.hidden(s.teacher, layer.element)[$0]) }
          let x = s.projected(own, "term.student.\(layer.offset + 1)")
          let t = s.projected(other, "term.teacher.\(layer.offset + 1)")
          return zip(x, t).reduce(sum) { $0 + square(unit($1.0), unit($1.1)) / Double(x.count) }
        }
      },
      Case(
        kind: "rail", options: RandomLayersOptions(projectionSize: 6, form: .concatenated), studentLayers: 4
      ) { s in
        // Student layers 1 to 3 of 4 side by side, and the three teacher layers that were drawn for the epoch.
        let drawn = s.teacher.hiddenStates.keys.sorted()
        let own = s.sequences.map { tokens in (1...3).flatMap { mean(s.hidden(s.student, $0)[tokens]) } }
        let other = s.sequences.map { tokens in drawn.flatMap { mean(s.hidden(s.teacher, $0)[tokens]) } }
        let (x, t) = (s.projected(own, "term.student"), s.projected(other, "term.teacher"))
        return zip(x, t).reduce(0) { $0 + square(unit($1.0), unit($1.1)) / Double(x.count) }
      },
      Case(kind: "ckd") { s in
        // Teacher layers 1 to 5 in two buckets: 1 and 2, 3 to 5.
        [(1, [1, 2]), (2, [3, 4, 5])].reduce(0) { sum, bucket in
          let x = s.first(s.student, bucket.0)
          let joined = x.indices.map { row in bucket.1.flatMap { s.first(s.teacher, $0)[row] } }
          let target = s.projected(joined, "term.projection.\(bucket.0)")
          return zip(x, target).reduce(sum) { $0 + square($1.0, $1.1) / Double(x.count * $1.0.count) }
        }
      },
      Case(kind: "contextual", formula: words(isAngle: false)),
      Case(kind: "contextual_angles", formula: words(isAngle: true)),
      Case(kind: "contextual_layers", formula: ofLayers(isAngle: false)),
      Case(kind: "contextual_layer_angles", formula: ofLayers(isAngle: true)),
    ] + OrderFormulas.cases

  @Test func everyTermHasAFormula() {
    let formulas = Set(Self.cases.map(\.kind)).union(TextTermTests.kinds)
    #expect(formulas == Set(TermTable.standard.entries.map(\.kind)))
  }

  @Test(arguments: cases.indices, [true, false])
  func theValueIsThatOfTheFormula(index: Int, hasOtherShape: Bool) throws {
    let test = Self.cases[index]
    let student = BertConfig(
      vocabSize: 40, hiddenSize: 8, numHiddenLayers: test.studentLayers, numAttentionHeads: 2,
      intermediateSize: 16)
    var teacher = BertConfig(
      vocabSize: 40, hiddenSize: 12, numHiddenLayers: 5, numAttentionHeads: 3, intermediateSize: 16)
    if !hasOtherShape { (teacher.hiddenSize, teacher.numAttentionHeads) = (8, 2) }
    // The longest reaches past the window of angles.
    let batch = LabelledBatch(
      batch: Batch(inputIDs: [[1, 2, 3, 4], [5], [6, 7, 8], [9, 10], (11..<37).map { $0 }]),
      targets: [.label(1), nil, .label(0), .label(2), nil], rows: [3, 1, 4, 0, 2])
    let settings = test.options.map { TermSettings(test.kind, $0) } ?? TermSettings(test.kind)
    var setting = TermTable.Setting(
      student: student, teacher: teacher, isRegression: false, labelSmoothing: 0.1, seed: 5)
    setting.classVectors = OrderFormulas.vectors
    let term = try TermTable.standard.make(settings, name: "term", in: setting)
    let position = SchedulePosition(step: 30, stepCount: 300, epoch: 1, epochCount: 10)
    let own = RandomOutput(
      term.studentRequest, config: student, batch: batch.batch, labels: 3, seed: 1)
    let said = RandomOutput(
      term.teacherRequest(at: position) ?? OutputRequest(), config: teacher, batch: batch.batch, labels: 3,
      seed: 2)
    let slope = RandomOutput(
      term.studentRequest, config: student, batch: batch.batch, labels: 3, seed: 1, scale: 0)
    var layout = ParameterLayout()
    term.declareParameters(in: &layout)
    let parameters = ParameterStore(layout: layout)
    term.initialize(parameters, seed: 3)
    // A projection that begins as the identity would hide in which direction it is read.
    let random = CounterRandom(seed: 6, purpose: .init("projections"))
    for i in 0..<layout.count { parameters.values.base[i] = Float(random.normal(UInt64(i))) * 0.3 }
    let value = try term.evaluate(
      TermContext(
        student: own.output, teacher: said.output, batch: batch, position: position, weight: 1,
        gradient: slope.gradient, parameters: parameters, ownGradients: ParameterStore(layout: layout)))
    let exact = test.formula(
      Scene(
        batch: batch, student: own.output, teacher: said.output, parameters: parameters,
        layers: try LayerMap.uniform.resolved(student: 2, teacher: 5, embeddings: false),
        layersWithEmbeddings: try LayerMap.uniform.resolved(student: 2, teacher: 5, embeddings: true)))
    #expect(abs(value - exact) <= 2e-6 * abs(exact) + 1e-9, "\(value) and \(exact)")
    withExtendedLifetime((own, said, slope)) {}
  }
}
