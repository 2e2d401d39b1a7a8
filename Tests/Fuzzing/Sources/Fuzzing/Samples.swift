import BERT
import Distillation
import GLUE
import Glibc
import Runs
import Tensors
import Tokenization
import Training

/// Sound files, from which libFuzzer begins.
enum Samples {
  /// Tasks of every layout.
  static let tasks = ["CoLA", "SST-2", "STS-B", "MNLI", "QQP", "own"]

  static let tokens = [
    "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "##b", "film", "##s", "é", "e", "字", "!", "##!", "the",
    "##m",
  ]

  /// A tokenizer with memory to work in; libFuzzer calls on one thread.
  nonisolated(unsafe) static let tokenizer = Result {
    let tokenizer = try Tokenizer(vocabulary: Vocabulary(tokens: tokens))
    return (tokenizer, TokenizerWorkspace(tokenizer))
  }

  /// A model of a few hundred weights.
  static func model() throws -> BertModel {
    var config = BertConfig(
      vocabSize: 7, hiddenSize: 4, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 5)
    config.maxPositionEmbeddings = 6
    return try BertModel(config: config, head: .sequenceClassification(labels: 2), seed: 1)
  }

  static let tokenizerJSON = """
    {"version": "1.0", "added_tokens": [{"id": 0, "content": "[PAD]", "special": true, "normalized": false}],
     "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
     "strip_accents": null, "lowercase": true},
     "pre_tokenizer": {"type": "BertPreTokenizer"}, "model": {"type": "WordPiece", "unk_token": "[UNK]",
     "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
     "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5, "##b": 6, "caf\\u00e9": 7}}}
    """
}

extension Format {
  /// Writes sound files of this format into a folder.
  func writeSeeds(to folder: String) throws {
    func add(_ name: String, _ text: String) { overwrite(folder + "/" + name, with: Array(text.utf8)) }
    mkdir(folder, 0o777)
    switch self {
    case .safetensors, .config:
      try Samples.model().save(to: folder)
      unlink(folder + (self == .config ? "/model.safetensors" : "/config.json"))
    case .vocab: add("vocab", Samples.tokens.joined(separator: "\n") + "\n")
    case .tokenizer: add("tokenizer", Samples.tokenizerJSON)
    case .text:
      add("text", "A film’s FILMS!! é e\u{301} 字\u{200D}\u{FFFD} the\u{A0}mmm\tab [MASK] ﬁlm\u{AD}s\r\n")
    case .tsv:
      // The first byte is the task's number times two.
      add("CoLA", "\u{0}c\t1\t\ta film .\nc\t0\t*\tfilm a .\n")
      add("SST-2", "\u{2}sentence\tlabel\na fine film\t1\na dull film\t0\n")
      func header(_ count: Int) -> String { String(repeating: "h\t", count: count - 1) + "h\n" }
      add("STS-B", "\u{4}" + header(10) + "0\tg\tf\ty\t0\tn\tn\ta\tb\t2.5\n")
      add("MNLI", "\u{6}" + header(12) + "0\t1\te\tg\tb\tp\tq\tr\ta\tb\tneutral\tneutral\n")
      add("own", "\u{A}id\ttext1\ttext2\tlabel\n1\ta film\tb\tfine\n2\tthe film\tm\tdull\n")
      add("score", "\u{A}sentence\tscore\na film\t2.5\nfilms\t-1\n")
      add("QQP", "\u{8}id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate\n0\t1\t2\ta?\tb?\t1\n")
      add("quoted", "\u{3}sentence\tlabel\n\"a \"\"b\"\"\"\t1\n\"c\nd\"\t0\n\"e\tf\"\t1\n")
      // `sentence` and `label` in gzip, its block stored.
      let packed: [UInt8] =
        [
          2, 0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1, 19, 0, 236, 255,
        ] + Array("sentence\tlabel\na\t1\n".utf8) + [213, 130, 139, 33, 19, 0, 0, 0]
      overwrite(folder + "/gzip", with: packed)
    case .csv:
      add("semicolons", "text;label\n\"a;b\";x\nc;y\n")
      add("csv", "id,text,label\r\n1,\"a, \"\"b\"\"\",x\r\n2,\"d\r\ne\",y\r\n")
    case .jsonl:
      add("jsonl", "{\"text\": \"a \\\"b\\\"\", \"label\": 1}\n{\"label\": \"2\", \"text\": \"\\u00e9\"}\n")
    case .quoted:
      add("quoted", "id\ttext1\ttext2\tlabel\n1\t\"a \"\"b\"\"\"\tc\tx\n2\t\"d\te\nf\"\tg\ty\n3\th\ti\ty\n")
    case .several:
      add("bars", "text\tlabels\na\tx|y\nb\t[]\nc\ty|z\nd\tz\n")
      add("commas", "sentence1\tsentence2\tlabels\na\tb\tx, y\nc\td\tx\n")
    case .flags: add("flags", "l:x,text,l:y\n1,a,0\n0,\"b,\",1\ntrue,c,1.0\n")
    case .soft:
      add("shares", "text\tp:x\tp:y\na\t0.25\t0.75\nb\t1\t0\n")
      add("votes", "p:ham\ttext\tp:spam\n4\ta\t1\n0\tb\t7\n")
    case .parts:
      add("lists", "{\"text\": \"a\", \"labels\": [\"x\", \"y\"]}\n{\"text\": \"b\", \"labels\": []}\n")
      add(
        "shares",
        "{\"text\": \"a\", \"label\": {\"x\": 0.5, \"y\": 0.5}}\n{\"text\": \"b\", \"label\": {\"y\": 1}}\n")
    case .golden:
      add(
        "golden",
        "{\"format_version\":1,\"labels\":[\"x\",\"y\"],\"max_length\":6,\"precision\":\"float32\",\"program\":\"1\","
          + "\"tolerance\":0.0001}\n{\"input_ids\":[2,5,3],\"logits\":[0.5,-1],\"pair\":\"b\",\"text\":\"a\","
          + "\"token_type_ids\":[0,0,1],\"window\":0}\n")
    case .predictions: add("predictions", "index\tprediction\n0\t2.500\n1\t5.000\n")
    case .archive:
      var submission = Submission()
      for part in Submission.parts {
        let task = try GLUETask.named(part.task)
        let answer = task.label("1") ?? .index(0)
        try submission.add(Predictions([answer], task: task, split: part.split), officialCounts: false)
      }
      try submission.write(to: folder + "/archive")
    case .settings:
      var settings = DistillSettings(task: "RTE", output: "run")
      settings.recipe = try Recipe.named("annealing-intermediate")
      (settings.student, settings.teacher, settings.stageEpochs) = ("2x16x2", "teacher", [3, 2])
      add("settings", try SettingsFile.text(settings))
    case .sweep: add("aliases", "settings: &all {limit: 1}\ntasks: {CoLA: {settings: *all}}\n")
    }
  }
}
