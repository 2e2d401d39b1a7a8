import BERT
import Tensors
import TestSupport
import Testing

/// Logits of a masked-language head for some tokens only.
@Suite struct ChosenTokensTests {
  private let batch = TinyModels.batch([5, 1, 17, 9])
  private let tokens = [20, 0, 3, 31]

  private func request(_ tokens: [Int]?) -> OutputRequest {
    var request = OutputRequest()
    request.logitTokens = tokens
    return request
  }

  @Test func theirLogitsAreThoseOfAllTokens() throws {
    let model = try TinyModels.model(head: .maskedLM)
    for mode in [ForwardMode.evaluation, .differentiable] {
      let whole = try #require(try model.forward(batch, mode: mode, workspace: Workspace()).logits)
      let some = try #require(
        try model.forward(batch, request: request(tokens), mode: mode, workspace: Workspace()).logits)
      #expect(whole.rows == 32 && some.rows == 4 && some.columns == 40)
      for (place, token) in tokens.enumerated() { #expect(Array(some.row(place)) == Array(whole.row(token))) }
      let none = try model.forward(batch, request: request([]), mode: mode, workspace: Workspace())
      #expect(none.logits?.rows == 0)
    }
  }

  /// The gradient of some logits is that of all where the others' is 0; that one is held against differences.
  @Test(arguments: [[20, 0, 3, 31], [], [7, 7]]) func gradients(tokens: [Int]) throws {
    let model = try TinyModels.model(head: .maskedLM)
    func gradients(_ request: OutputRequest, _ row: (Int) -> [Int]) throws -> (ParameterStore, [Float]) {
      let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
      _ = try model.forward(batch, request: request, mode: .differentiable, workspace: workspace)
      let gradient = model.makeGradient(for: request, workspace: workspace)
      let slope = try #require(gradient.logits)
      for place in tokens.indices {
        let stream = CounterRandom(seed: 5, purpose: .init("loss"), step: UInt64(place))
        for target in row(place) {
          for column in 0..<40 { slope[target, column] += Float(stream.normal(UInt64(column))) }
        }
      }
      let input = model.backward(gradient, workspace: workspace, into: gradients).wordEmbeddings
      return (gradients.store, (0..<input.count).map { input.base[$0] })
    }
    let (some, someInput) = try gradients(request(tokens)) { [$0] }
    let (whole, wholeInput) = try gradients(request(nil)) { [tokens[$0]] }
    func compare(_ a: [Float], _ b: [Float], _ name: String) {
      let size = b.reduce(0) { max($0, abs($1)) }
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 2e-6 * size }, "\(name)")
    }
    compare(someInput, wholeInput, "input")
    // A key's bias moves all scores of a query alike: its gradient is 0, and what there is of it is rounding.
    for entry in some.layout.entries where !entry.name.hasSuffix("key.bias") {
      func values(_ store: ParameterStore) -> [Float] {
        (0..<entry.count).map { store.values.base[entry.offset + $0] }
      }
      compare(values(some), values(whole), entry.name)
    }
    #expect(tokens.isEmpty == someInput.allSatisfy { $0 == 0 })
  }

  /// Logits of some words are those columns of all, and their gradient is that of all where the others' is 0, touching
  /// no other row of the word embeddings.
  @Test func someWordsAlone() throws {
    let model = try TinyModels.model(head: .maskedLM)
    let columns: [Int32] = [0, 3, 9, 38, 39]
    func run(_ columns: [Int32]?, _ place: (Int) -> Int) throws -> (logits: Matrix, GradientStore, Workspace)
    {
      var request = request([20, 0, 3])
      request.logitColumns = columns
      let (workspace, gradients) = (Workspace(), GradientStore(layout: model.parameters.layout))
      let output = try model.forward(batch, request: request, mode: .differentiable, workspace: workspace)
      let gradient = model.makeGradient(for: request, workspace: workspace)
      let slope = try #require(gradient.logits)
      let stream = CounterRandom(seed: 5, purpose: .init("loss"))
      for row in 0..<3 {
        for index in 0..<5 { slope[row, place(index)] = Float(stream.normal(UInt64(row * 5 + index))) }
      }
      model.backward(gradient, workspace: workspace, into: gradients)
      return (try #require(output.logits), gradients, workspace)
    }
    let (some, ownGradients, firstWorkspace) = try run(columns) { $0 }
    let (whole, gradients, secondWorkspace) = try run(nil) { Int(columns[$0]) }
    #expect(some.rows == 3 && some.columns == 5)
    for row in 0..<3 {
      for (place, column) in columns.enumerated() {
        #expect(abs(some[row, place] - whole[row, Int(column)]) < 1e-5)
      }
    }
    withExtendedLifetime((firstWorkspace, secondWorkspace)) {}
    let touched = Set(ownGradients.touchedRows)
    #expect(touched == Set(columns + batch.inputIDs) && gradients.touchedRows.count == 40)
    let (own, all) = (ownGradients.store, gradients.store)
    for entry in own.layout.entries where !entry.name.hasSuffix("key.bias") {
      let values = (0..<entry.count).map {
        (own.values.base[entry.offset + $0], all.values.base[entry.offset + $0])
      }
      let size = values.reduce(0) { max($0, abs($1.1)) }
      #expect(size > 0 && values.allSatisfy { abs($0.0 - $0.1) <= 2e-6 * size }, "\(entry.name)")
    }
  }

  @Test(arguments: [[-1], [40], [3, 3], [4, 2]]) func wordsThatAreNotThereAreRefused(_ columns: [Int32])
    throws
  {
    let model = try TinyModels.model(head: .maskedLM)
    var request = OutputRequest()
    request.logitColumns = columns
    let wanted = request
    #expect(throws: ModelError.self) {
      _ = try model.forward(batch, request: wanted, workspace: Workspace())
    }
  }

  @Test func requestsTogetherAskForBoth() {
    let states: OutputRequest = [.hiddenStates(1)]
    #expect(request([3, 1]).union(request([2, 3])).logitTokens == [1, 2, 3])
    #expect(request([3, 1]).union(request(nil)).logitTokens == nil)
    #expect(request([3, 1]).union(states).logitTokens == [3, 1])
    #expect(states.union(request([3, 1])).logitTokens == [3, 1])
    var (some, others) = (OutputRequest(), OutputRequest())
    (some.logitColumns, others.logitColumns) = ([1, 4], [2, 4])
    #expect(some.union(others).logitColumns == [1, 2, 4] && some.union(OutputRequest()).logitColumns == nil)
    #expect(states.union(some).logitColumns == [1, 4])
  }

  @Test func tokensThatHaveNoLogitsAreRefused() throws {
    func complaint(_ head: Head, _ tokens: [Int]) throws -> String {
      let model = try TinyModels.model(head: head)
      do {
        _ = try model.forward(batch, request: request(tokens), workspace: Workspace())
        return "answered"
      } catch { return "\(error)" }
    }
    let subject = "a request for the logits of some tokens: expected "
    #expect(try complaint(.maskedLM, [32]) == subject + "tokens 0 to 31, found 32")
    #expect(try complaint(.maskedLM, [3, -1]) == subject + "tokens 0 to 31, found -1")
    #expect(try complaint(.none, [3]) == subject + "a masked-language head, found none")
  }
}
