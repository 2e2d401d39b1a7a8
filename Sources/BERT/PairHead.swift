import Tensors

/// The head of a bi-encoder over the vectors u and v of a pair's texts (Reimers and Gurevych 2019, section 3).
///
/// Classes: `W (u, v, |u - v|) + b`. A score: `w cos(u, v) + b`, where w and b begin as the range of the scores and are
/// learnt. Nothing is dropped in it, as in Sentence-BERT.
struct PairHead {
  private let hidden: Int
  private let labels: Int
  private let isCosine: Bool
  private let classifier: Linear

  /// What the way back needs.
  struct Kept {
    /// u and v of each pair, one below the other.  // [2 pairs, hidden]
    let vectors: Matrix
    /// What the classifier reads.  // [pairs, 3 hidden], or [pairs, 1]
    let features: Matrix
  }

  init(config: BertConfig, labels: Int, layout: ParameterLayout) {
    (hidden, self.labels, isCosine) = (config.hiddenSize, labels, config.comparesByCosine(labels: labels))
    classifier = Linear("classifier", in: layout)
  }

  /// The logits of pairs of vectors.  // [pairs, labels]
  func forward(_ vectors: Matrix, _ parameters: ParameterStore, arena: Arena) -> (logits: Matrix, kept: Kept)
  {
    let pairs = vectors.rows / 2
    let features = arena.matrix(pairs, classifier.inputs)
    for pair in 0..<pairs {
      let (u, v) = (vectors.row(2 * pair), vectors.row(2 * pair + 1))
      if isCosine {
        features[pair, 0] = Float(Cosine(u, v).value)
        continue
      }
      let row = features.row(pair)
      for i in 0..<hidden {
        (row[i], row[hidden + i], row[2 * hidden + i]) = (u[i], v[i], abs(u[i] - v[i]))
      }
    }
    let logits = arena.matrix(pairs, labels)
    classifier.forward(features, into: logits, parameters, scratch: arena)
    return (logits, Kept(vectors: vectors, features: features))
  }

  /// The way back: the gradient of the vectors.  // [2 pairs, hidden]
  ///
  /// `|a|` has the slope sign(a), 0 at 0, as PyTorch has it.
  func backward(
    _ gradient: Matrix, kept: Kept, _ parameters: ParameterStore, into gradients: GradientStore?,
    scratch: Arena
  ) -> Matrix {
    let (features, vectors) = (kept.features, kept.vectors)
    let change = scratch.matrix(features.rows, features.columns)
    classifier.backward(gradient, features, into: change, parameters, gradients, scratch: scratch)
    let result = scratch.matrix(vectors.rows, hidden)
    for pair in 0..<features.rows {
      let (u, v) = (vectors.row(2 * pair), vectors.row(2 * pair + 1))
      let (du, dv) = (result.row(2 * pair), result.row(2 * pair + 1))
      if isCosine {
        let (cosine, slope) = (Cosine(u, v), Double(change[pair, 0]))
        for i in 0..<hidden {
          let (a, b) = (Double(u[i]) / cosine.lengths.0, Double(v[i]) / cosine.lengths.1)
          du[i] = Float(slope * (b - cosine.value * a) / cosine.lengths.0)
          dv[i] = Float(slope * (a - cosine.value * b) / cosine.lengths.1)
        }
        continue
      }
      let row = change.row(pair)
      for i in 0..<hidden {
        let sign: Float = u[i] > v[i] ? 1 : u[i] < v[i] ? -1 : 0
        let far = sign * row[2 * hidden + i]
        (du[i], dv[i]) = (row[i] + far, row[hidden + i] - far)
      }
    }
    return result
  }

  /// The cosine of two vectors, in double precision; lengths are 1e-8 at least, as torch's `cosine_similarity` has it.
  private struct Cosine {
    let value: Double
    let lengths: (Double, Double)

    init(_ u: UnsafeMutableBufferPointer<Float>, _ v: UnsafeMutableBufferPointer<Float>) {
      var (dot, left, right) = (0.0, 0.0, 0.0)
      for (a, b) in zip(u, v) {
        dot += Double(a) * Double(b)
        left += Double(a) * Double(a)
        right += Double(b) * Double(b)
      }
      lengths = (max(left.squareRoot(), 1e-8), max(right.squareRoot(), 1e-8))
      value = dot / (lengths.0 * lengths.1)
    }
  }
}
