/// The many spellings of one parameter's name, brought to the one that a layout uses.
enum WeightNames {
  /// The name with its `bert.` prefix, `weight` and `bias` instead of `gamma` and `beta`; DistilBERT's
  /// names become those of the BERT parameters that do the same.
  static func canonical(_ name: String) -> String {
    var name = name
    if name.hasPrefix("distilbert.") { name.removeFirst("distilbert.".count) }
    if name.hasPrefix("transformer.layer.") { name = distilbertLayer(name) }
    for (theirs, ours) in distilbertHead where name.hasPrefix(theirs) {
      name = ours + name.dropFirst(theirs.count)
    }
    for (old, new) in [(".gamma", ".weight"), (".beta", ".bias")] where name.hasSuffix("LayerNorm" + old) {
      name = name.dropLast(old.count) + new
    }
    for prefix in ["embeddings.", "encoder.", "pooler."] where name.hasPrefix(prefix) {
      name = "bert." + name
    }
    return name
  }

  /// Whether a tensor is no parameter: a table of positions or segments that old versions saved.
  static func isBuffer(_ canonical: String) -> Bool {
    canonical == "bert.embeddings.position_ids" || canonical == "bert.embeddings.token_type_ids"
  }

  private static let distilbertHead = [
    ("vocab_transform.", "cls.predictions.transform.dense."),
    ("vocab_layer_norm.", "cls.predictions.transform.LayerNorm."),
    ("vocab_projector.bias", "cls.predictions.bias"),
    ("vocab_projector.weight", "cls.predictions.decoder.weight"),
  ]

  private static let distilbertParts = [
    ("attention.q_lin.", "attention.self.query."), ("attention.k_lin.", "attention.self.key."),
    ("attention.v_lin.", "attention.self.value."), ("attention.out_lin.", "attention.output.dense."),
    ("sa_layer_norm.", "attention.output.LayerNorm."), ("ffn.lin1.", "intermediate.dense."),
    ("ffn.lin2.", "output.dense."), ("output_layer_norm.", "output.LayerNorm."),
  ]

  private static func distilbertLayer(_ name: String) -> String {
    let parts = name.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return name }
    let rest = String(parts[3])
    for (theirs, ours) in distilbertParts where rest.hasPrefix(theirs) {
      return "encoder.layer.\(parts[2]).\(ours)\(rest.dropFirst(theirs.count))"
    }
    return name
  }
}
