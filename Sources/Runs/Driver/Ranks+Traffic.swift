import Files
import Ranks

extension Ranks {
  /// What this rank sent and waited for, in words; nil where it took no step with others.
  var trafficNote: String? {
    if isAlone || traffic.sums == 0 { return nil }
    let (steps, seconds) = (max(traffic.steps, 1), traffic.waitedSeconds)
    return "rank \(rank) of \(size) sent \(ByteCount.text(traffic.sentBytes / steps)) a step and waited "
      + "\((seconds * 100).rounded() / 100) s for sums in \(steps) steps"
  }
}
