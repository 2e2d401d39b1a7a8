import Tensors

extension BertModel {
  /// The same model, its very parameters in float32, whose passes compute as its quantized self would.
  ///
  /// Weights are rounded for each output channel, or row of a table, and rows for each token, by the kernels of the model that
  /// ``quantized(to:keeping:)`` makes of the same parameters; without a way back, a pass gives its very bytes. Nothing is
  /// copied.
  ///
  /// The way back goes straight through the rounding (Bengio and others 2013, Jacob and others 2018): with Q for rounding and
  /// y = Q(x) Q(W)ᵀ, the gradient of W is dyᵀ Q(x), that of x is dy Q(W), also at the ends of a range, where nothing is cut off
  /// by more than its rounding. What learns is W; `save` writes it. Who writes to the parameters calls
  /// ``ParameterStore/noteChange(ofTableRows:)``.
  ///
  /// Throws `ModelError` for a format or a module that there is not, and where the model is not in float32.
  public func quantizationAware(_ format: String = "int8", keeping kept: Set<String> = []) throws -> BertModel
  {
    let format = try WeightFormats.named(format)
    try requireFloat32(for: "rounding weights in training")
    try requireModules(kept)
    var simulated: [Int: any ReadableWeight] = [:]
    for (place, entry) in parameters.layout.entries.enumerated() {
      guard let module = Self.module(of: entry), !kept.contains(module) else { continue }
      try format.check(entry)
      simulated[place] = format.simulation(
        of: parameters.matrix(entry.name).owned(by: parameters.values),
        use: Self.use(of: entry.name, head: head), changes: parameters.changes)
    }
    return try BertModel(
      config: config, head: head, parameters: ParameterStore(sharing: parameters, simulated: simulated))
  }

  /// Whether passes round what they read of the parameters, as ``quantizationAware(_:keeping:)`` makes them.
  public var isQuantizationAware: Bool { !parameters.simulated.isEmpty }

  /// The same model as `save` writes it: its very parameters, read as they are.
  public func withoutRounding() throws -> BertModel {
    if !isQuantizationAware { return self }
    return try BertModel(
      config: config, head: head, parameters: ParameterStore(sharing: parameters, simulated: [:]))
  }
}
