import Glibc

/// Labels that hold or do not, each by itself, in double precision.
public enum Bernoulli {
  /// `log σ(logit)`, without overflow: `-log(1 + e^-z)`.
  public static func logProbability(_ logit: Double) -> Double {
    min(logit, 0) - log1p(exp(-abs(logit)))
  }

  /// `σ(logit / temperature)`.
  public static func probability(_ logit: Double, temperature: Double = 1) -> Double {
    exp(logProbability(logit / temperature))
  }
}
