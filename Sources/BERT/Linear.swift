import Tensors

/// y = x Wᵀ + b, forward and backward: every matrix product of the encoder and its heads.
///
/// Several layers over one input whose parameters lie side by side (query, key and value) are one of these.
struct Linear {
  private let weights: [Slot]
  private let biases: [Slot]
  /// The columns of y.
  let outputs: Int
  /// The columns of x.
  let inputs: Int

  /// The layer called `name`, with its bias.
  init(_ name: String, in layout: ParameterLayout) {
    self.init(weights: [layout.slot(name + ".weight")], biases: [layout.slot(name + ".bias")])
  }

  /// A layer whose weights, and whose biases if it has any, lie one after the other.
  init(weights: [Slot], biases: [Slot]) {
    (self.weights, self.biases) = (weights, biases)
    outputs = weights.reduce(0) { $0 + $1.entry.shape[0] }
    inputs = weights[0].entry.shape[1]
  }

  /// The weights as a product reads them.
  private func weight(_ parameters: ParameterStore) -> any LinearWeight { parameters.weights(weights) }

  /// Where the bias lies.  // [outputs]
  func bias(_ parameters: ParameterStore) -> UnsafePointer<Float> {
    UnsafePointer(parameters.pointer(biases[0]))
  }

  /// y = x Wᵀ + b.  // [rows, inputs] to [rows, outputs]
  func forward(_ x: Matrix, into y: Matrix, _ parameters: ParameterStore, scratch: Arena) {
    let bias = bias(parameters)
    weight(parameters).multiply(x, into: y, scratch: scratch) { rows, columns in
      RowKernels.addBias(bias + columns.lowerBound, to: y.rows(rows).columns(columns))
    }
  }

  /// y = activation(x Wᵀ + b); `slope`, of y's shape, receives the derivative.
  func forward(
    _ x: Matrix, activation: Activation, into y: Matrix, slope: Matrix?, _ parameters: ParameterStore,
    scratch: Arena
  ) {
    let (bias, weight) = (bias(parameters), weight(parameters))
    let kind = weight.isCoarse && slope == nil ? activation.kind.coarse : activation.kind
    weight.multiply(x, into: y, scratch: scratch) { rows, columns in
      RowKernels.activate(
        kind, y.rows(rows).columns(columns), bias: bias + columns.lowerBound,
        slope: slope.map { $0.rows(rows).columns(columns).base })
    }
  }

  /// y = x Wᵀ, the bias left to what follows.
  func product(_ x: Matrix, into y: Matrix, _ parameters: ParameterStore, scratch: Arena) {
    weight(parameters).multiply(x, into: y, scratch: scratch, then: nil)
  }

  /// x = y W: the rows of W, mixed by the weights in y.
  func mix(_ y: Matrix, into x: Matrix, _ parameters: ParameterStore) {
    weight(parameters).multiplyTransposed(y, into: x, accumulate: false)
  }

  /// The gradient of x, from that of y: dx = dy W, or that added to dx.
  func inputGradient(
    _ dy: Matrix, into dx: Matrix, accumulate: Bool = false, _ parameters: ParameterStore
  ) {
    weight(parameters).multiplyTransposed(dy, into: dx, accumulate: accumulate)
  }

  /// Adds the gradient of W: (dy)ᵀ x, of the rows as the product read them.
  ///
  /// Where it rounds both, the rounding counts as if it were none (the straight-through estimator, Bengio and others 2013).
  func addWeightGradient(
    _ dy: Matrix, _ x: Matrix, _ parameters: ParameterStore, to gradients: GradientStore?, scratch: Arena
  ) {
    guard let gradients else { return }
    let (sum, accumulate) = gradients.weights(weights)
    weight(parameters).weightGradient(dy, x, into: sum, accumulate: accumulate, scratch: scratch)
  }

  /// Adds the gradient of W to which rows of it were mixed: yᵀ (dx).
  func addMixtureGradient(_ y: Matrix, _ dx: Matrix, to gradients: GradientStore) {
    let (sum, accumulate) = gradients.weights(weights)
    GEMM.product(y, transposeA: true, dx, into: sum, accumulate: accumulate)
  }

  /// The gradient of the weights that rows of W were mixed by: (dx) Wᵀ.
  func mixtureGradient(_ dx: Matrix, into dy: Matrix, _ parameters: ParameterStore, scratch: Arena) {
    weight(parameters).multiplyGradient(dx, into: dy, scratch: scratch)
  }

  /// Writes the gradient of W, or of some rows of it, or adds it: (dy)ᵀ x.
  static func weightGradient(
    _ dy: Matrix, _ x: Matrix, into sum: Matrix, accumulate: Bool = false,
    in precision: ProductPrecision = .float32
  ) {
    GEMM.product(dy, transposeA: true, x, into: sum, accumulate: accumulate, in: precision)
  }

  /// Adds the gradient of b: the column sums of dy.
  func addBiasGradient(_ dy: Matrix, to gradients: GradientStore?, scratch: Arena) {
    guard let sums = biasSums(gradients) else { return }
    RowKernels.columnSums(
      dy, into: sums,
      scratch: scratch.floats(RowKernels.sumScratch(rows: dy.rows, columns: dy.columns)))
  }

  /// Where the gradient of b is added to; nil where none is wanted.
  func biasSums(_ gradients: GradientStore?) -> UnsafeMutablePointer<Float>? {
    gradients?.sums(of: biases)
  }

  /// The whole way back: adds the gradients of W and b, and writes that of x, or adds it.
  func backward(
    _ dy: Matrix, _ x: Matrix, into dx: Matrix, accumulate: Bool = false, _ parameters: ParameterStore,
    _ gradients: GradientStore?, scratch: Arena
  ) {
    addWeightGradient(dy, x, parameters, to: gradients, scratch: scratch)
    addBiasGradient(dy, to: gradients, scratch: scratch)
    inputGradient(dy, into: dx, accumulate: accumulate, parameters)
  }
}

/// Float32 weights are read where they lie.
extension Matrix: LinearWeight {
  var isCoarse: Bool { false }

  func multiply(
    _ x: Matrix, into y: Matrix, scratch: Arena,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  ) {
    GEMM.rows(x, self, transposed: true, into: y, then: then)
  }

  func multiplyTransposed(_ y: Matrix, into x: Matrix, accumulate: Bool) {
    GEMM.rows(y, self, transposed: false, into: x, accumulate: accumulate)
  }
}

/// A float32 weight matrix whose products are in bfloat16, forward and backward: what they read is rounded as it is read.
struct BFloat16Weight: LinearWeight {
  let values: Matrix

  var isCoarse: Bool { false }

  func multiply(
    _ x: Matrix, into y: Matrix, scratch: Arena,
    then: ((_ rows: Range<Int>, _ columns: Range<Int>) -> Void)?
  ) {
    GEMM.rows(x, values, transposed: true, into: y, in: .bfloat16, then: then)
  }

  func multiplyTransposed(_ y: Matrix, into x: Matrix, accumulate: Bool) {
    GEMM.rows(y, values, transposed: false, into: x, accumulate: accumulate, in: .bfloat16)
  }

  func weightGradient(_ dy: Matrix, _ x: Matrix, into sum: Matrix, accumulate: Bool, scratch: Arena) {
    Linear.weightGradient(dy, x, into: sum, accumulate: accumulate, in: .bfloat16)
  }
}
