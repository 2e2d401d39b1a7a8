import ArgumentParser
import Files
import Runs

/// What is to be reached, in the place of how.
struct GoalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Find how the student keeps this share of its teacher's metric, such as 98%: methods, epochs, learning rate and made \
      text are tried on the last fifth of the training rows, from the cheapest up.
      """,
      valueName: "share"))
  var keep: Share?

  @Option(
    help: ArgumentHelp(
      "The hours for all of that; without --keep, the best there is in them is found.", valueName: "hours"))
  var hours: Double?

  @Option(
    name: .customLong("max-ms"),
    help: ArgumentHelp(
      "The most milliseconds that --student auto may take for one sentence of 32 tokens on this machine.",
      valueName: "ms"))
  var maxMilliseconds: Double?

  @Option(
    name: .customLong("max-mb"),
    help: ArgumentHelp("The most megabytes that the weights of --student auto may have.", valueName: "mb"))
  var maxMegabytes: Double?

  @Option(
    help: ArgumentHelp(
      """
      Hold this share of the training rows, the last of each class, out of training, and measure on them instead of dev. \
      (default: 0.2 with --keep or --hours)
      """,
      valueName: "share"))
  var heldOutShare: Double?

  func validate() throws {
    if let keep, !(keep.value > 0 && keep.value <= 1) {
      throw ValidationError(
        "--keep must be above 0% and at most 100%, such as 98% or 0.98, not \(keep.text.onOneLine).")
    }
    for (name, value) in [
      ("--hours", hours), ("--max-ms", maxMilliseconds), ("--max-mb", maxMegabytes),
    ] {
      if let value, !(value > 0 && value.isFinite) {
        throw ValidationError("\(name) must be a number above 0, not \(value).")
      }
    }
    if let heldOutShare, !(heldOutShare > 0 && heldOutShare < 1) {
      throw ValidationError("--held-out-share must be between 0 and 1, not \(heldOutShare).")
    }
  }

  /// The options with whether they are given, for what takes none of them.
  var given: [(name: String, isGiven: Bool)] {
    [
      ("--keep", keep != nil), ("--hours", hours != nil), ("--max-ms", maxMilliseconds != nil),
      ("--max-mb", maxMegabytes != nil), ("--held-out-share", heldOutShare != nil),
    ]
  }

  /// Sets what these options say; `method` is the one that was given beside them, which alone is tried then.
  func apply(to settings: inout DistillSettings, method: String?) {
    if let heldOutShare { settings.heldOutShare = heldOutShare }
    let isGiven = keep != nil || hours != nil || maxMilliseconds != nil || maxMegabytes != nil
    guard isGiven || settings.goal != nil || settings.student == Goal.anyShape else { return }
    var goal = settings.goal ?? Goal()
    if let keep { goal.keep = keep.value }
    if let hours { goal.hours = hours }
    if let maxMilliseconds { goal.maxMilliseconds = maxMilliseconds }
    if let maxMegabytes { goal.maxMegabytes = maxMegabytes }
    if let method { goal.methods = [method] }
    settings.goal = goal
  }
}

/// A share, written `98%` or `0.98`.
struct Share: ExpressibleByArgument {
  /// As it was written.
  let text: String
  let value: Double

  init?(argument: String) {
    let isPercent = argument.hasSuffix("%")
    guard let number = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
    (text, value) = (argument, isPercent ? number / 100 : number)
  }
}
