import Files
import Foundation
import TestSupport
import Testing

/// Equal settings give equal bytes, twice and with any number of threads, for every command that computes.
@Suite(.serialized) struct DeterminismTests {
  /// Runs a command with one thread, with one again and with two, and compares the files that it leaves.
  private func expectEqual(_ files: [String], in folder: String, _ arguments: (String) -> [String]) throws {
    var expected: [String]?
    for (index, threads) in ["1", "1", "2"].enumerated() {
      let output = "\(folder)/out-\(index)"
      let outcome = try Program.run(arguments(output) + ["--threads", threads, "--quiet"])
      #expect(outcome.status == 0, "\(outcome.error)")
      let paths = files.map { $0.isEmpty ? output : output + "/" + $0 }
      #expect(try paths.allSatisfy { try MappedFile($0).bytes.count > 0 })
      let found = try paths.map { try SHA256.hexadecimal(ofFile: $0) }
      if let expected { #expect(found == expected, "run \(index), \(threads) threads") }
      expected = expected ?? found
    }
  }

  @Test func finetune() throws {
    try withTemporaryDirectory { folder in
      try expectEqual(["model/model.safetensors", "predictions/dev.tsv"], in: folder) { output in
        [
          "finetune", "--task", "RTE", "--shape", "2x24x2", "--vocab", "vocab/vocab.txt", "--limit", "64",
          "--epochs", "2", "--max-length", "48", "--seed", "5", "--output", output,
        ]
      }
    }
  }

  @Test func distill() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      try expectEqual(["model/model.safetensors", "predictions/dev.tsv"], in: folder) { output in
        [
          "distill", "--task", "RTE", "--teacher", teacher, "--student", "1x16x2", "--method",
          "annealing-intermediate", "--stage-epochs", "1,1", "--limit", "64", "--max-length", "48",
          "--output",
          output,
        ]
      }
    }
  }

  @Test func tokenize() throws {
    try withTemporaryDirectory { folder in
      try expectEqual([""], in: folder) { output in
        [
          "tokenize", "tasks/SST-2/train.tsv", "--vocab", "vocab/vocab.txt", "--format", "binary", "--output",
          output,
        ]
      }
    }
  }

  @Test func vocabTrain() throws {
    try withTemporaryDirectory { folder in
      try expectEqual([""], in: folder) { output in
        ["vocab", "train", "tasks/SST-2/train.tsv", "--size", "400", "--output", output]
      }
    }
  }

  @Test(arguments: [false, true]) func twoRunsThatShareATeacherCacheAreBothRight(keepsStates: Bool) throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      func arguments(_ output: String, cache: String? = nil) -> [String] {
        let method = keepsStates ? "annealing-intermediate" : "annealing"
        let keeping = keepsStates ? ["--cache-states"] : []
        return [
          "distill", "--task", "RTE", "--teacher", teacher, "--student", "1x16x2", "--method", method,
          "--epochs", "2", "--limit", "64", "--max-length", "48", "--quiet", "--output",
          folder + "/" + output,
        ] + (cache.map { ["--teacher-cache", "\(folder)/\($0)"] + keeping } ?? [])
      }
      // States in half precision are not those of a teacher that runs along.
      #expect(try Program.run(arguments("alone", cache: keepsStates ? "own" : nil)).status == 0)
      let runs = try ["first", "second"].map { try Program.start(arguments($0, cache: "cache")) }
      for run in runs {
        run.waitUntilExit()
        #expect(run.terminationStatus == 0)
      }
      // One that finds the cache complete.
      #expect(try Program.run(arguments("third", cache: "cache")).status == 0)
      let expected = try SHA256.hexadecimal(ofFile: folder + "/alone/model/model.safetensors")
      for name in ["first", "second", "third"] {
        #expect(
          try SHA256.hexadecimal(ofFile: "\(folder)/\(name)/model/model.safetensors") == expected, "\(name)")
      }
      let cached = try Files.list(folder + "/cache")
      #expect(
        cached.count == (keepsStates ? 2 : 1) && cached.allSatisfy { $0.hasSuffix(".safetensors") },
        "\(cached)")
    }
  }
}
