extension ParameterLayout {
  /// The place of a parameter that must be there.
  func slot(_ name: String) -> Slot {
    guard let index = entries.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("no parameter \(name)")
    }
    return Slot(index: index, entry: entries[index])
  }

  fileprivate mutating func linear(_ name: String, _ outputs: Int, _ inputs: Int) {
    append(name + ".weight", shape: [outputs, inputs], decays: true)
    append(name + ".bias", shape: [outputs], decays: false)
  }

  fileprivate mutating func norm(_ name: String, _ size: Int) {
    append(name + ".weight", shape: [size], decays: false)
    append(name + ".bias", shape: [size], decays: false)
  }

  /// Weights of query, key and value stand one after the other, so that one product can take all three.
  fileprivate mutating func layer(_ name: String, _ config: BertConfig) {
    let (hidden, inner) = (config.hiddenSize, config.intermediateSize)
    for part in ["query", "key", "value"] {
      append("\(name).attention.self.\(part).weight", shape: [hidden, hidden], decays: true)
    }
    for part in ["query", "key", "value"] {
      append("\(name).attention.self.\(part).bias", shape: [hidden], decays: false)
    }
    linear("\(name).attention.output.dense", hidden, hidden)
    norm("\(name).attention.output.LayerNorm", hidden)
    linear("\(name).intermediate.dense", inner, hidden)
    linear("\(name).output.dense", hidden, inner)
    norm("\(name).output.LayerNorm", hidden)
  }
}

extension BertModel {
  /// The parameters of a model under the names that Hugging Face gives them.
  ///
  /// The pooler is there unless the head is masked language modelling, as in `transformers`. The output
  /// embedding of that head is the word embedding and has no entry of its own.
  public static func layout(config: BertConfig, head: Head) -> ParameterLayout {
    let hidden = config.hiddenSize
    var layout = ParameterLayout()
    layout.append(wordEmbeddings, shape: [config.vocabSize, hidden], decays: true)
    layout.append(
      "bert.embeddings.position_embeddings.weight", shape: [config.maxPositionEmbeddings, hidden],
      decays: true)
    layout.append(
      "bert.embeddings.token_type_embeddings.weight", shape: [config.typeVocabSize, hidden], decays: true)
    layout.norm("bert.embeddings.LayerNorm", hidden)
    for layer in 0..<config.numHiddenLayers { layout.layer("bert.encoder.layer.\(layer)", config) }
    if head != .maskedLM { layout.linear("bert.pooler.dense", hidden, hidden) }
    switch head {
    case .none: break
    case .sequenceClassification(let labels):
      layout.linear("classifier", labels, config.classifierWidth(labels: labels))
    case .maskedLM:
      layout.linear("cls.predictions.transform.dense", hidden, hidden)
      layout.norm("cls.predictions.transform.LayerNorm", hidden)
      layout.append("cls.predictions.bias", shape: [config.vocabSize], decays: false)
    }
    return layout
  }

  /// From where on the way back a parameter gets nothing more, as `backward` counts it: 0 for the embeddings, a layer's
  /// number from 1, the largest number for what stands behind the layers.
  public static func level(of parameter: String) -> Int {
    if parameter.hasPrefix("bert.embeddings.") { return 0 }
    let prefix = "bert.encoder.layer."
    guard parameter.hasPrefix(prefix),
      let layer = Int(parameter.dropFirst(prefix.count).prefix { $0 != "." })
    else { return .max }
    return layer + 1
  }

  /// The name of the one table of which a batch touches only some rows.
  public static let wordEmbeddings = "bert.embeddings.word_embeddings.weight"
}
