import Glibc

/// Seconds of a clock that only goes forward.
public enum Clock {
  /// Now, from an arbitrary start.
  public static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}

/// Laps of that clock.
struct Stopwatch {
  private var last = Clock.now()

  /// Seconds since the last lap, or since the start.
  mutating func lap() -> Double {
    let now = Clock.now()
    defer { last = now }
    return now - last
  }
}
