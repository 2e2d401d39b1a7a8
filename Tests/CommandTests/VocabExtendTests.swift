import BERT
import Files
import Foundation
import TestSupport
import Testing

/// `anneal vocab extend`.
@Suite struct VocabExtendTests {
  private static let words =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "film", "##s"] + (7..<40).map { "w\($0)" }

  private func withModel(_ head: Head, _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      try TinyModels.model(head: head).save(to: folder + "/model")
      try Files.write(Self.words.joined(separator: "\n") + "\n", to: folder + "/model/vocab.txt")
      try Files.write("Films\nw7\nno word\n\nw8\u{301}\nnew\n", to: folder + "/words.txt")
      try body(folder)
    }
  }

  private func extend(_ folder: String, _ options: [String]) throws -> Program.Outcome {
    try Program.run(["vocab", "extend", "--add", "words.txt"] + options, in: folder)
  }

  @Test(arguments: [Head.sequenceClassification(labels: 2), .none]) func aModelTakesWords(head: Head) throws {
    try withModel(head) { folder in
      let outcome = try extend(folder, ["--model", "model", "--output", "more"])
      #expect(
        outcome.status == 0 && outcome.output == "more: 2 words added, 3 left out, 42 tokens\n", "\(outcome)")
      for said in [
        "words.txt:2: 'w7' is left out: it is in the vocabulary",
        "words.txt:3: 'no word' is left out: it holds white space",
        "words.txt:5: 'w8\u{301}' is left out: it is read as 'w8', which is in",
        "1 words were unknown and begin as that: new",
      ] { #expect(outcome.error.contains(said), "\(outcome.error)") }
      let ids = try Program.run(["tokenize", "--model", "more"], input: "films new film\n", in: folder).output
      #expect(ids == "2 40 41 5 3\n")
      #expect(try BertConfig(file: folder + "/more/config.json").vocabSize == 42)
      let again = try extend(folder, ["--model", "model", "--output", "more"])
      #expect(again.status == 1 && again.error.contains("there is something already"))
      if head == .none { return }
      #expect(try Program.run(["verify", "more"], in: folder).status == 0)
      let predicted = try Program.run(["predict", "--model", "more"], input: "films\n", in: folder)
      #expect(predicted.status == 0)
    }
  }

  @Test func aVocabularyAloneTakesWords() throws {
    try withModel(.none) { folder in
      let outcome = try extend(
        folder, ["--vocab", "model/vocab.txt", "--output", "v.txt", "--json", "--quiet"])
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
      #expect(object["added"] as? [String] == ["films", "new"] && object["tokens"] as? Int == 42)
      #expect((object["left_out"] as? [[String: Any]])?.compactMap { $0["line"] as? Int } == [2, 3, 5])
      let lines = String(decoding: try Files.read(folder + "/v.txt"), as: UTF8.self).split(separator: "\n")
      #expect(lines.map(String.init) == Self.words + ["films", "new"])
      let cased = try extend(
        folder, ["--vocab", "model/vocab.txt", "--output", "c.txt", "--cased", "--quiet"])
      #expect(cased.output.hasPrefix("c.txt: 3 words added"), "\(cased)")
      let other = try extend(folder, ["--vocab", "v.txt", "--model", "model", "--output", "x"])
      #expect(other.status == 1 && other.error.contains("not the vocabulary of model"))
      for options in [["--output", "x"], ["--model", "model", "--cased", "--output", "x"]] {
        #expect(try extend(folder, options).status == 64)
      }
    }
  }
}
