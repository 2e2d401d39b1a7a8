import Runs
import Testing
import Training

@testable import Reporting

@Suite struct ProgressTests {
  /// What a reporter writes for the sample run when each event takes `seconds`.
  private func written(on terminal: Terminal, secondsAnEvent seconds: Double) -> String {
    var text = ""
    var now = 0.0
    let reporter = ProgressReporter(terminal: terminal, write: { text += $0 }, clock: { now })
    for event in SampleEvents.all {
      reporter.handle(event)
      now += seconds
    }
    return text
  }

  @Test func aLogGetsPlainLinesOnceInAWhile() {
    let text = written(on: Terminal(isInteractive: false, usesColour: false, width: 80), secondsAnEvent: 0.5)
    #expect(!text.contains("\r") && !text.contains("\u{1B}"))
    let lines = text.split(separator: "\n")
    // 46 events of half a second each, one line in 5 seconds.
    #expect(lines.filter { $0.contains("examples/s") }.count == 4)
    #expect(lines.contains { $0.contains("annealed (1/2)") && $0.contains("loss") && $0.contains("hidden") })
    #expect(lines.contains { $0.contains("dev accuracy 0.7400 (best so far)") })
    #expect(lines.contains("a note"))
    #expect(lines.first?.contains("accuracy 0.5200") == true)
    #expect(lines.last?.contains("accuracy 0.8700") == true)
  }

  @Test func aTerminalGetsOneLineThatFits() {
    for width in [40, 80, 160] {
      let text = written(
        on: Terminal(isInteractive: true, usesColour: false, width: width), secondsAnEvent: 0.5)
      let drawn = text.split(separator: "\r").filter { $0.contains("━") || $0.contains("╌") }
        .map { $0.prefix { $0 != "\u{1B}" } }
      #expect(drawn.count > 20)
      #expect(drawn.allSatisfy { $0.count < width })
    }
  }

  @Test func linesBreakBetweenWordsOnATerminalAlone() {
    let text = "Error: one two three\n  four fivesix /a/path/that/is/longer/than/the/line seven\n\nlast"
    let narrow = Terminal(isInteractive: true, usesColour: false, width: 14)
    #expect(
      narrow.wrapped(text)
        == "Error: one two\nthree\n  four fivesix\n  /a/path/that/is/longer/than/the/line\n  seven\n\nlast")
    #expect(Terminal(isInteractive: false, usesColour: false, width: 14).wrapped(text) == text)
    #expect(Terminal(isInteractive: true, usesColour: false, width: 80).wrapped(text) == text)
    var written = ""
    ProgressReporter(terminal: narrow, write: { written += $0 }, clock: { 0 }).say("one two three four")
    #expect(written == "one two three\nfour\n")
  }

  @Test func aWideTerminalShowsEverything() {
    let text = written(on: Terminal(isInteractive: true, usesColour: false, width: 200), secondsAnEvent: 0.5)
    for part in ["loss", "logits", "hidden", "lr ", "scale 0.50", "examples/s", "tokens/s", "left", "10/20"] {
      #expect(text.contains(part), "\(part) is missing")
    }
  }

  @Test func coloursAreOnlyWhereTheyAreWanted() {
    let plain = written(on: Terminal(isInteractive: true, usesColour: false, width: 80), secondsAnEvent: 0.5)
    let coloured = written(
      on: Terminal(isInteractive: true, usesColour: true, width: 80), secondsAnEvent: 0.5)
    #expect(!plain.contains("\u{1B}[36m"))
    #expect(coloured.contains("\u{1B}[36m"))
  }

  @Test func whatComesBeforeTheFirstStepIsShownWithItsPace() {
    for isInteractive in [true, false] {
      var text = ""
      var now = 0.0
      let reporter = ProgressReporter(
        terminal: Terminal(isInteractive: isInteractive, usesColour: false, width: 80), write: { text += $0 },
        clock: { now })
      for done in stride(from: 500, through: 30_000, by: 500) {
        now += 1
        reporter.handle(
          .preparing(
            PreparationRecord(
              what: "the teacher's logits", done: done, count: 30_000, unit: "rows", seconds: now)))
      }
      let lines = text.split { $0 == "\r" || $0 == "\n" }.map { $0.prefix { $0 != "\u{1B}" } }
      #expect(lines.count == (isInteractive ? 60 : 11))
      let line = lines.first { $0.contains("15,000/30,000") } ?? lines.first { $0.contains("15,500/30,000") }
      #expect(line?.hasPrefix("the teacher's logits ") == true, "\(lines)")
      #expect(line?.contains("s left  500 rows/s") == true, "\(lines)")
      #expect(lines.allSatisfy { $0.count < 80 && ($0.contains("━") || $0.contains("╌")) == isInteractive })
    }
  }

  @Test func timeLeftCountsTheStagesToCome() throws {
    var state = ProgressState()
    var now = 0.0
    for event in SampleEvents.all {
      if case .step = event { now += 2 }
      state.take(event, now: now)
      if case .step(let record) = event, record.stage == "annealed", record.step == 10 { break }
    }
    #expect(try #require(state.secondsLeft(now: now)) == 60)  // 30 steps of 2 seconds
  }
}
