import ArgumentParser
import Glibc
import Ranks

/// A command that a launcher of MPI may start several times: its processes share the work.
protocol SpreadCommand {}

/// Several processes of one command.
enum Spread {
  /// Throws where a launcher started several processes of what each of them would do whole.
  static func refuse(_ what: String) throws {
    if Launch.size > 1 {
      throw RankError.unusable(
        "\(what) by one process, and a launcher started \(Launch.size): leave it out, or give finetune, distill, pretrain, "
          + "resume or sweep")
    }
  }

  /// Throws where a command is started several times that does not share its work.
  static func check(_ command: any ParsableCommand) throws {
    if !(command is any SpreadCommand) { try refuse("this command is done") }
  }

  /// Lets the first rank say first what all have to say: its end ends the others.
  static func waitForFirst() {
    if Launch.rank > 0 { sleep(2) }
  }
}
