import Synchronization

/// A request to stop after the step at hand; safe to raise from a signal handler.
public final class StopFlag: Sendable {
  private let raised = Atomic<Bool>(false)

  /// A flag that is down.
  public init() {}

  /// Asks for the stop.
  public func raise() { raised.store(true, ordering: .relaxed) }

  /// Whether somebody asked.
  public var isRaised: Bool { raised.load(ordering: .relaxed) }
}
