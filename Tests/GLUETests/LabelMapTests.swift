import GLUE
import Testing

@Suite struct LabelMapTests {
  @Test func labelsAreMatchedByName() throws {
    let mnli = try GLUETask.named("MNLI")
    let map = try LabelMap(task: mnli, modelLabels: ["contradiction", "entailment", "neutral"])
    #expect(map.toModel == [1, 2, 0] && map.toTask == [2, 0, 1] && map.note == nil && !map.isIdentity)
    let shouting = try LabelMap(task: mnli, modelLabels: ["CONTRADICTION", "NEUTRAL", "ENTAILMENT"])
    #expect(shouting.toModel == [2, 1, 0])
    let qnli = try LabelMap(task: .named("QNLI"), modelLabels: ["not-entailment", "Entailment"])
    #expect(qnli.toModel == [1, 0])
    let sst = try LabelMap(task: .named("SST-2"), modelLabels: ["POSITIVE", "NEGATIVE"])
    #expect(sst.toModel == [1, 0])
    #expect(try LabelMap(task: .named("SST-2"), modelLabels: ["0", "1"]).isIdentity)
    // WNLI's 0 is no entailment: the same names mean the other order in QNLI.
    let wnli = try LabelMap(task: .named("WNLI"), modelLabels: ["entailment", "not_entailment"])
    #expect(wnli.toModel == [1, 0])
  }

  @Test func namelessLabelsAreTakenInOrderAndSaid() throws {
    let map = try LabelMap(task: .named("RTE"), modelLabels: ["LABEL_0", "LABEL_1"])
    #expect(map.isIdentity)
    #expect(
      map.note
        == "the model's labels have no names (LABEL_0, LABEL_1): taken in the order entailment, not_entailment"
    )
    #expect(try LabelMap(task: .named("RTE"), modelLabels: nil).note != nil)
    #expect(throws: GLUEError.self) {
      try LabelMap(task: .named("RTE"), modelLabels: ["LABEL_1", "LABEL_0"])
    }
  }

  @Test func otherLabelsAreRefusedNamingBothSets() throws {
    #expect(
      throws: GLUEError(
        expected: "a model with the labels of MNLI: entailment, neutral, contradiction",
        found: "entailment, not_entailment")
    ) { try LabelMap(task: .named("MNLI"), modelLabels: ["entailment", "not_entailment"]) }
    for labels in [["0", "2"], ["0"], [], ["0", "1", "2"], ["0", "0"], ["positive", "1"]] {
      #expect(throws: GLUEError.self) { try LabelMap(task: .named("SST-2"), modelLabels: labels) }
    }
    #expect(throws: GLUEError.self) { try LabelMap(task: .named("STS-B"), modelLabels: ["LABEL_0"]) }
    let own = try LabelMap(taskLabels: ["sport", "news"], modelLabels: ["news", "sport"])
    #expect(own.toModel == [1, 0])
  }
}
