public import ArgumentParser
import Tokenization
import Training

extension TextWindows.Pooling: ExpressibleByArgument {}

/// Windows of a stride, or none.
enum WindowChoice: ExpressibleByArgument, Equatable, CustomStringConvertible {
  case none
  case stride(Int)

  init?(argument: String) {
    if argument == "none" {
      self = .none
    } else if let stride = Int(argument) {
      self = .stride(stride)
    } else {
      return nil
    }
  }

  var description: String { if case .stride(let stride) = self { String(stride) } else { "none" } }

  /// What each window shares with the one before it; nil for none.
  var stride: Int? { if case .stride(let stride) = self { stride } else { nil } }
}

/// How texts are read that are longer than a model takes.
struct WindowOptions: ParsableArguments {
  @Option(
    defaultAsFlag: WindowChoice.stride(32),
    help: ArgumentHelp(
      "Read longer texts in windows that share so many tokens with the one before them; none cuts them.",
      valueName: "stride"))
  var windows: WindowChoice?

  @Option(
    help: "How the answers to windows are joined: the mean of each logit, or the largest. (default: mean)")
  var windowPooling: TextWindows.Pooling?

  /// Arguments in which the stride is one of its own: the parser takes `--windows=8` for `--windows` without a value.
  static func separated(_ arguments: [String]) -> [String] {
    arguments.flatMap { argument in
      argument.hasPrefix("--windows=")
        ? ["--windows", String(argument.dropFirst("--windows=".count))] : [argument]
    }
  }

  func validate() throws {
    if let stride = windows?.stride, !(0...TrainingSettings.largestCount).contains(stride) {
      throw ValidationError("--windows must be none, or 0 or more tokens, not \(stride).")
    }
    if windows == WindowChoice.none && windowPooling != nil {
      throw ValidationError("--window-pooling joins windows, and --windows none has none.")
    }
  }

  /// Sets what these options say of a run.
  func apply(to settings: inout TrainingSettings) {
    if let windows { settings.windows = windows.stride }
    if windows == WindowChoice.none { settings.windowPooling = nil }
    if let windowPooling { settings.windowPooling = windowPooling }
  }
}
