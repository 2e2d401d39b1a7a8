@testable import Runs
@testable import Training

/// A short made-up run of two stages that tests log, draw and report.
enum SampleEvents {
  static let steps = 20

  static let description = RunDescription(
    kind: "distill", folder: "runs/sample", task: "SST-2", method: "annealing", shape: "2x64x2x256",
    parameters: 1_234_567, teacher: "runs/teacher/model", teacherShape: "4x128x4x512", trainingRows: 640,
    devRows: 100, selectionMetric: "accuracy", baseline: ["accuracy": 0.52], stages: ["annealed", "labels"],
    stepCount: 2 * steps, threads: 2, seed: 7)

  static func step(_ number: Int, stage: String, loss: Double, terms: [String: Double], scale: Double?)
    -> StepRecord
  {
    StepRecord(
      stage: stage, step: number, stepCount: steps, epoch: Double(number) / 10, loss: loss, terms: terms,
      learningRate: 5e-5 * Double(steps - number) / Double(steps), gradientNorm: 1.5, annealingScale: scale,
      examples: 32, tokens: 400, seconds: 0.04)
  }

  static let result = RunResult(
    folder: "runs/sample", task: "SST-2", selectionMetric: "accuracy", metrics: ["accuracy": 0.87],
    stages: [], parameters: 1_234_567, modelBytes: 4_938_268, trainingRows: 640, trainingSeconds: 12.5,
    totalSeconds: 15, examplesPerSecond: 800, sentencesPerSecond: 2400)

  static let all: [RunEvent] = {
    var events: [RunEvent] = [.started(description), .note("a note")]
    for (index, stage) in ["annealed", "labels"].enumerated() {
      events.append(
        .stageStarted(
          StageRecord(
            stage: stage, number: index + 1, stageCount: 2, epochs: 2, stepCount: steps, learningRate: 5e-5)))
      for number in 1...steps {
        let loss = 1 / Double(number)
        events.append(
          .step(
            step(
              number, stage: stage, loss: loss,
              terms: index == 0 ? ["logits": loss * 0.75, "hidden": loss * 0.25] : ["labels": loss],
              scale: index == 0 ? 0.5 : nil)))
        if number % 10 == 0 {
          events.append(
            .evaluated(
              EvaluationRecord(
                stage: stage, step: number, epoch: Double(number) / 10, split: "dev",
                metrics: ["accuracy": 0.7 + 0.004 * Double(number)], isBest: true, rows: 100, seconds: 0.1)))
        }
      }
    }
    events.append(.finished(result))
    return events
  }()
}
