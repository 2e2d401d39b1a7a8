import BERT
import Files
import GLUE
import Tensors
import TestSupport
import Testing
import Training

@testable import Augmentation

/// Words that models offer: against PyTorch, and as rows are made of them.
@Suite(.serialized) struct ModelTests {
  private static let folder = GoldenFolder.own.path + "/augmentation/model"

  private struct Golden: Decodable {
    struct Text: Decodable {
      struct Word: Decodable, Equatable {
        let word: String
        let text: Int
        let pieces: Int
        let candidates: [String]
      }
      let first: String
      let second: String?
      let words: [Word]
    }
    let count: Int
    let texts: [Text]
  }

  @Test func goldenCandidatesAreThoseOfPyTorch() throws {
    let golden = try GoldenFolder.own.decode(Golden.self, from: "augmentation/candidates.json")
    let model = try WordModel(directory: Self.folder, isMaskedLM: true)
    var step = AugmentationStep(.maskedLM)
    step.candidates = golden.count
    let maker = ReplacedRows(
      step: step, place: 0, seed: 1, rows: [], model: model,
      nearest: NearestWords(model, count: golden.count),
      common: CommonWords([]), isMaskedLM: true)
    let found = try maker.candidates(golden.texts.map { Example(first: $0.first, second: $0.second) })
    for (text, words) in zip(golden.texts, found) {
      let own = words.map {
        Golden.Text.Word(
          word: $0.word.text, text: $0.word.isInSecond ? 1 : 0, pieces: $0.word.tokens.count,
          candidates: $0.candidates)
      }
      #expect(own == text.words, "\(text.first)")
    }
    #expect(golden.texts.contains { $0.words.contains { $0.pieces > 1 } })
  }

  private static let rows = [
    Example(first: "the film ends slowly, sees 7!", second: "A quiet story never ends"),
    Example(first: "good paper in winter", second: "the old house"),
    Example(first: "The actor", second: "bad music, fine light"),
  ]

  private func make(
    _ kind: AugmentationKind, seed: UInt64 = 1, rows: [Example] = rows, folder: String = folder,
    _ change: (inout AugmentationStep) -> Void = { _ in }
  ) throws -> [MadeRow] {
    var step = AugmentationStep(kind, rows: 6)
    step.model = folder
    change(&step)
    let corpus = AugmentationCorpus(task: try GLUETask.named("MRPC"), rows: rows, heldOut: [])
    return try Augmenter(AugmentationRecipe(seed: seed, steps: [step]), of: corpus).rows().rows
  }

  @Test(arguments: [AugmentationKind.maskedLM, .nearest, .rewritten])
  func neitherThreadsNorTheRowsBesideMatter(kind: AugmentationKind) throws {
    defer { Parallel.configure(threads: 0) }
    Parallel.configure(threads: 1)
    let one = try make(kind)
    Parallel.configure(threads: 3)
    #expect(try make(kind) == one && one.count > 8)
    #expect(try make(kind, seed: 2) != one)
    let alone = try make(kind, rows: [Self.rows[0]])
    #expect(Array(one.prefix(alone.count)) == alone)
  }

  @Test(arguments: [AugmentationKind.maskedLM, .nearest, .rewritten])
  func wordsChangeAndAllElseStays(kind: AugmentationKind) throws {
    let words = Set(
      try Files.read(Self.folder + "/vocab.txt").split(separator: 0x0A).map {
        String(decoding: $0, as: UTF8.self)
      })
    func parts(_ text: String) -> [Substring] { text.split { $0.isLetter } }
    for made in try make(kind) {
      let source = try #require(
        Self.rows.first {
          parts($0.first) == parts(made.first) && parts($0.second ?? "") == parts(made.second ?? "")
        })
      let old = "\(source.first) \(source.second ?? "")".split { !$0.isLetter }
      let new = made.line.split { !$0.isLetter }
      #expect(old.count == new.count)
      for (a, b) in zip(old, new) where a != b {
        #expect(words.contains(String(b)) && b.allSatisfy(\.isLetter))
      }
    }
  }

  @Test func theShareSaysHowManyWordsAreReplaced() throws {
    for source in Self.rows {
      let old = "\(source.first) \(source.second ?? "")".split { !$0.isLetter }
      let all = try make(.maskedLM, rows: [source]) { $0.share = 1 }
      #expect(all.count > 2)
      for made in all {
        #expect(
          zip(old, made.line.split { !$0.isLetter }).allSatisfy { $0.lowercased() != $1.lowercased() },
          "\(made)")
      }
      let some = try make(.maskedLM, rows: [source]) { $0.share = 0.2 }
      #expect(
        some.contains { made in
          zip(old, made.line.split { !$0.isLetter }).contains { $0.lowercased() == $1.lowercased() }
        })
    }
  }

  /// Not the best word alone stands in a word's place, and what is rewritten is rewritten as often as is said.
  @Test func candidatesAndRoundsCount() throws {
    for kind in [AugmentationKind.maskedLM, .nearest, .rewritten] {
      let best = try make(kind) {
        ($0.candidates, $0.share, $0.rounds) = (1, 0.5, kind == .rewritten ? 1 : nil)
      }
      let some = try make(kind) {
        ($0.candidates, $0.share, $0.rounds) = (12, 0.5, kind == .rewritten ? 1 : nil)
      }
      // The same draws choose the words to replace; a model that is sure seldom draws another word than its best.
      let others = Set(some.map(\.line)).subtracting(best.map(\.line)).count
      #expect(others > (kind == .rewritten ? 0 : some.count / 3), "\(kind)")
    }
    let rounds = try [1, 4].map { count in try make(.rewritten) { $0.rounds = count } }
    func changed(_ made: [MadeRow]) -> Int {
      made.reduce(0) { sum, row in
        let words = row.line.split { !$0.isLetter }.map { $0.lowercased() }
        let old = Self.rows.map {
          "\($0.first) \($0.second ?? "")".split { !$0.isLetter }.map { $0.lowercased() }
        }
        return sum
          + (old.filter { $0.count == words.count }.map { zip($0, words).count { $0 != $1 } }.min() ?? 0)
      }
    }
    #expect(changed(rounds[1]) * rounds[0].count > changed(rounds[0]) * rounds[1].count)
  }

  @Test func commonWordsAreLeftAlone() throws {
    let rows = (0..<40).map { Example(first: "the film \($0)", second: $0 == 0 ? "music" : "7") }
    for made in try make(.maskedLM, rows: rows, { $0.share = 1 }) {
      #expect(made.first == "the film 0" && made.second != "music", "\(made)")
    }
  }

  @Test func whatHasNoMaskedLanguageHeadIsRefused() throws {
    let encoder = GoldenFolder.own.path + "/model"
    do {
      _ = try make(.maskedLM, folder: encoder)
      Issue.record("it was taken")
    } catch { #expect("\(error)".contains("expected a masked-language model"), "\(error)") }
    #expect(
      try make(.nearest, rows: [Example(first: "good film", second: "bad film")], folder: encoder).count >= 0)
    #expect(
      throws: TrainingError.settings(
        "the made rows 'nearest' need a model: the folder of an encoder (--embeddings DIR)")
    ) {
      try AugmentationRecipe(steps: [AugmentationStep(.nearest)]).check(for: GLUETask.named("RTE"))
    }
    #expect(throws: (any Error).self) { try make(.rewritten, folder: "nowhere") }
  }

  @Test func modelsGoToTheStepsThatNeedThem() {
    var recipe = AugmentationRecipe(steps: [AugmentationStep(.corrupted), AugmentationStep(.rewritten)])
    recipe.use(maskedLM: "a", embeddings: "b")
    #expect(recipe.steps.map(\.kind) == [.corrupted, .rewritten, .nearest])
    #expect(recipe.steps.map(\.model) == [nil, "a", "b"])
  }
}
