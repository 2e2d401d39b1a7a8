import Glibc
import Runs
import Synchronization
import Training

/// Ctrl-C and TERM during a run: the first asks for a stop after the step at hand, the second leaves at once.
enum Interruption {
  /// The flag that runs look at.
  static let flag = StopFlag()
  /// The signal that asked for the stop; 0 before.
  private static let received = Atomic<Int32>(0)
  private static let isQuiet = Atomic<Bool>(false)

  /// Starts to listen; a closed standard error or output does not end a run from here on.
  static func listen(isQuiet quiet: Bool = false) {
    isQuiet.store(quiet, ordering: .relaxed)
    // Made before a handler can need them.
    _ = flag
    received.store(0, ordering: .relaxed)
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number) { received in
        if Interruption.flag.isRaised {
          signal(received, SIG_DFL)
          raise(received)
          return
        }
        Interruption.received.store(received, ordering: .relaxed)
        Interruption.flag.raise()
        if Interruption.isQuiet.load(ordering: .relaxed) { return }
        let text: StaticString = "\nanneal: finishing this step, then saving; once more leaves at once\n"
        _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
      }
    }
  }

  /// Makes the signals arrive by which a program is ended, which a program that started this one may have blocked.
  static func unblock() {
    var heard = sigset_t()
    sigemptyset(&heard)
    for number in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&heard, number) }
    pthread_sigmask(SIG_UNBLOCK, &heard, nil)
  }

  /// Ends the program by the signal that asked for the stop, as it ends a program that does not listen: who started
  /// it sees one status whatever the command was doing.
  static func end() -> Never {
    let number = received.load(ordering: .relaxed)
    if number != 0 {
      signal(number, SIG_DFL)
      raise(number)
    }
    exit(1)
  }
}
