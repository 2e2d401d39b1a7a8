import CKernels

/// AdamW (Loshchilov and Hutter 2019) on runs of parameters, in the order of operations of `torch.optim.AdamW`.
public struct AdamKernel: Sendable {
  private let settings: ck_adam_settings

  /// The decays of the mean of gradients and of the mean of squares, and what is added to the root of the latter.
  public init(beta1: Double, beta2: Double, epsilon: Double) {
    settings = ck_adam_settings(
      firstRest: Float(1 - beta1), beta2: Float(beta2), secondRest: Float(1 - beta2), epsilon: Float(epsilon))
  }

  /// The constants of one step.
  public struct Step: Sendable {
    var kernel: ck_adam_step

    /// Step number `number`, counted from 1, at a learning rate; `weightDecay` is 0 for what does not decay.
    public init(number: Int, learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double) {
      kernel = ck_adam_step(
        decay: Float(1 - learningRate * weightDecay),
        stepSize: Float(learningRate / (1 - Self.power(beta1, number))),
        correction: Float((1 - Self.power(beta2, number)).squareRoot()))
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
      var (result, square, rest) = (1.0, base, exponent)
      while rest > 0 {
        if rest & 1 == 1 { result *= square }
        square *= square
        rest >>= 1
      }
      return result
    }
  }

  /// One step of `count` parameters on the calling thread; gradients count `gradientScale` times.
  public func step(
    _ parameters: UnsafeMutablePointer<Float>, gradients: UnsafePointer<Float>,
    mean: UnsafeMutablePointer<Float>, squares: UnsafeMutablePointer<Float>, count: Int, _ step: Step,
    gradientScale: Float = 1
  ) {
    withUnsafePointer(to: step.kernel) { step in
      withUnsafePointer(to: settings) { settings in
        ck_adam(count, parameters, gradients, mean, squares, gradientScale, settings, step)
      }
    }
  }

  /// Steps whose gradients are zero, to the last bit what one `step` after the other would give: lets rows that
  /// no batch touches wait until one does.
  public func replay(
    _ parameters: UnsafeMutablePointer<Float>, mean: UnsafeMutablePointer<Float>,
    squares: UnsafeMutablePointer<Float>, count: Int, _ steps: UnsafeBufferPointer<Step>
  ) {
    steps.withMemoryRebound(to: ck_adam_step.self) { steps in
      withUnsafePointer(to: settings) { settings in
        ck_adam_replay(count, parameters, mean, squares, settings, steps.baseAddress, steps.count)
      }
    }
  }
}
