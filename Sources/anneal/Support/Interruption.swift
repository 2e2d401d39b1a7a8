import Glibc
import Runs
import Training

/// Ctrl-C and TERM during a run: the first asks for a stop after the step at hand, the second leaves at once.
enum Interruption {
  /// The flag that runs look at.
  static let flag = StopFlag()

  /// Starts to listen; a closed standard error or output does not end a run from here on.
  static func listen() {
    _ = flag  // made before a handler can need it
    signal(SIGPIPE, SIG_IGN)
    for number in [SIGINT, SIGTERM] {
      signal(number) { received in
        if Interruption.flag.isRaised { _exit(128 + received) }
        Interruption.flag.raise()
        let text: StaticString = "\nanneal: finishing this step, then saving; once more leaves at once\n"
        _ = write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount)
      }
    }
    // A program that started this one may have blocked them.
    var heard = sigset_t()
    sigemptyset(&heard)
    for number in [SIGINT, SIGTERM] { sigaddset(&heard, number) }
    pthread_sigmask(SIG_UNBLOCK, &heard, nil)
  }
}
