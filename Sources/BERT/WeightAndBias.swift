/// Weight and bias of a LayerNorm.
struct WeightAndBias {
  let weight: Slot
  let bias: Slot

  init(_ name: String, in layout: ParameterLayout) {
    weight = layout.slot(name + ".weight")
    bias = layout.slot(name + ".bias")
  }
}
