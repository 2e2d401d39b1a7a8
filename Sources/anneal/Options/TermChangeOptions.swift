public import ArgumentParser
public import Distillation

extension LayerMap: ExpressibleByArgument {
  /// Reads the written form.
  public init?(argument: String) { try? self.init(argument) }
}

/// What changes the terms of a method, whether of a task or of text.
struct TermChangeOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Replaces the temperature of every term that has one.", valueName: "t"))
  var temperature: Double?

  @Option(
    help: ArgumentHelp(
      "Which teacher layer each student layer learns from: uniform, last, skip, or pairs such as 1:2,2:4.",
      valueName: "map"))
  var layerMap: LayerMap?

  @Option(
    name: .customLong("weight"),
    help: ArgumentHelp("Replaces the weight of a term; may be given several times.", valueName: "term=value"))
  var weights: [TermWeight] = []

  func validate() throws {
    if let temperature, !(temperature > 0 && temperature.isFinite) {
      throw ValidationError("--temperature must be a number above 0, not \(temperature).")
    }
  }

  /// Sets what these options say in the places of a run's settings.
  func apply(temperature: inout Double?, layerMap: inout LayerMap?, weights: inout [String: Double]) {
    temperature = self.temperature ?? temperature
    layerMap = self.layerMap ?? layerMap
    for weight in self.weights { weights[weight.term] = weight.value }
  }
}

/// A term's name and its weight, written `name=value`.
struct TermWeight: ExpressibleByArgument {
  let term: String
  let value: Double

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, let value = Double(parts[1]), value.isFinite else { return nil }
    term = String(parts[0])
    self.value = value
  }
}
