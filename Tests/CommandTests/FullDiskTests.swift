import Files
import Foundation
import TestSupport
import Testing

/// Disks that are full and folders that cannot be written: one line, and what was there stays.
@Suite(.serialized) struct FullDiskTests {
  /// Whether a small file system can be mounted here, which takes the rights of root.
  private static let canMount: Bool = {
    let mounted = try? withTemporaryDirectory { folder in
      let outcome = try Program.shell("mount -t tmpfs -o size=64k tmpfs \(folder) && umount \(folder)")
      return outcome.status == 0
    }
    return mounted ?? false
  }()

  /// Calls `body` with a folder on a file system of `kilobytes`.
  private func withSmallDisk(kilobytes: Int, _ body: (String) throws -> Void) throws {
    try withTemporaryDirectory { folder in
      let disk = folder + "/disk"
      try Files.makeDirectory(disk)
      #expect(try Program.shell("mount -t tmpfs -o size=\(kilobytes)k tmpfs \(disk)").status == 0)
      defer { _ = try? Program.shell("umount \(disk)") }
      try body(disk)
    }
  }

  @Test(.enabled(if: canMount)) func aDiskThatFillsDuringACheckpointKeepsTheOneBefore() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let whole = try Program.run(SurvivalTests.distill(folder + "/whole", teacher: teacher))
      #expect(whole.status == 0, "\(whole.error)")
      // Room for one checkpoint of four times the model, and not for two.
      let model = try Files.read(folder + "/whole/model/model.safetensors").count
      try withSmallDisk(kilobytes: model * 6 / 1024) { disk in
        let run = disk + "/run"
        let outcome = try Program.run(SurvivalTests.distill(run, teacher: teacher))
        #expect(outcome.status == 1)
        #expect(outcome.errorLines.count == 1 && outcome.error.contains("No space left on device"))
        #expect(
          outcome.error.contains("; with room, anneal resume \(run) goes on from \(run)/checkpoints/step-"))
        let checkpoints = try Files.list(run + "/checkpoints")
        #expect(checkpoints.count == 1 && checkpoints.allSatisfy { $0.hasPrefix("step-") }, "\(checkpoints)")
        #expect(!Files.exists(run + "/model/model.safetensors"))
        #expect(try Program.shell("mount -o remount,size=\(model / 16)k \(disk)").status == 0)
        let resumed = try Program.run(["resume", run, "--quiet"])
        #expect(resumed.status == 0, "\(resumed.error)")
        let expected = try SurvivalTests.result(of: folder + "/whole")
        let found = try SurvivalTests.result(of: run)
        #expect(found.model == expected.model && found.events == expected.events)
      }
    }
  }

  /// Every place where a disk can fill during a run without checkpoints: the weights are kept, and named.
  @Test(.enabled(if: canMount)) func aDiskThatFillsTakesNoWeights() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let never = ["--save-steps", "1000000"]
      let whole = try Program.run(SurvivalTests.distill(folder + "/whole", teacher: teacher) + never)
      #expect(whole.status == 0, "\(whole.error)")
      let expected = try SHA256.hexadecimal(ofFile: folder + "/whole/model/model.safetensors")
      var (lost, saved) = (0, 0)
      // The first leaves no room for the first line of the log, the last none for the last file.
      for rest in [2, 6, 30, 150, 270, 290] {
        try withSmallDisk(kilobytes: 4000) { disk in
          let run = disk + "/run"
          // The run fits as it begins; then something else takes the room.
          let process = try Program.shell(
            """
            mkdir -p \(folder)/kept
            TMPDIR=\(folder)/kept "$ANNEAL" \((SurvivalTests.distill(run, teacher: teacher) + never).joined(separator: " ")) &
            until [ -e \(run)/settings.yaml ]; do sleep 0.002; done
            head -c $((($(stat -f -c %a \(disk)) * 4 - \(rest)) * 1024)) /dev/zero > \(disk)/ballast
            wait $!
            """)
          if process.status == 0 { return }
          #expect(process.status == 1 && process.errorLines.count == 1, "\(process)")
          #expect(process.error.contains("No space left on device; "), "\(process.error)")
          if process.error.contains("the model is saved in \(run)/model") {
            saved += 1
            #expect(try SHA256.hexadecimal(ofFile: run + "/model/model.safetensors") == expected)
          } else {
            lost += 1
            let place = try #require(process.error.firstMatch(of: /is kept in ([^;\n]+)/)).1
            #expect(place.hasPrefix(folder + "/kept/anneal-kept-"))
            let use = try Program.run(["evaluate", "--task", "RTE", "--model", String(place)])
            #expect(use.status == 0, "\(use.error)")
          }
        }
      }
      #expect(lost > 0 && lost + saved > 1, "\(lost) \(saved)")
    }
  }

  /// The same of a run on text: what fills up is said, and with room it ends with the bytes of one that was never stopped.
  @Test(.enabled(if: canMount)) func aDiskThatFillsWhilePretrainingKeepsTheCheckpointBefore() throws {
    try withTemporaryDirectory { folder in
      func pretrain(_ run: String) -> [String] {
        [
          "pretrain", "--text", Program.repository + "/tasks/SST-2/train.tsv", "--vocab",
          Program.repository + "/vocab/vocab.txt", "--shape", "1x32x2", "--max-length", "32", "--max-steps",
          "40",
          "--save-steps", "10", "--quiet", "--output", run,
        ]
      }
      let whole = try Program.run(pretrain(folder + "/whole"))
      #expect(whole.status == 0, "\(whole.error)")
      let model = try Files.read(folder + "/whole/model/model.safetensors").count
      // Room for one checkpoint of four times the model, and not for two.
      try withSmallDisk(kilobytes: model * 6 / 1024) { disk in
        let run = disk + "/run"
        let outcome = try Program.run(pretrain(run))
        #expect(outcome.status == 1 && outcome.errorLines.count == 1, "\(outcome.error)")
        #expect(
          outcome.error.contains("No space left on device")
            && outcome.error.contains("anneal resume \(run) goes on from \(run)/checkpoints/step-000000010"),
          "\(outcome.error)")
        #expect(try Program.shell("mount -o remount,size=\(model / 16)k \(disk)").status == 0)
        let resumed = try Program.run(["resume", run, "--quiet"])
        #expect(resumed.status == 0, "\(resumed.error)")
        #expect(
          try Files.read(run + "/model/model.safetensors")
            == Files.read(folder + "/whole/model/model.safetensors"))
      }
    }
  }

  @Test(.enabled(if: canMount)) func aDiskWithoutRoomIsSaidBeforeTheFirstStep() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      try withSmallDisk(kilobytes: 128) { disk in
        let arguments = SurvivalTests.distill(disk + "/run", teacher: teacher).filter { $0 != "--quiet" }
        let refused = try Program.run(arguments)
        #expect(refused.status == 1 && refused.output.isEmpty)
        #expect(
          refused.errorLines.last?.contains("/run: the run needs about ") == true
            && refused.error.contains("for its model and report, and its disk has "), "\(refused.error)")
        #expect(!Files.exists(disk + "/run/run.json"))
        let check = try Program.run(["check"] + arguments)
        #expect(check.status == 0 && check.output.contains("the run needs about "), "\(check)")
        #expect(check.output.contains("\ndisk        ") && check.output.contains(" are free\n"))
      }
      // Room for the model, and not for its checkpoints.
      try withSmallDisk(kilobytes: 900) { disk in
        let arguments = SurvivalTests.distill(disk + "/run", teacher: teacher) + ["--save-steps", "1000"]
        let said = try Program.run(arguments.filter { $0 != "--quiet" })
        #expect(said.status == 0 && said.error.contains("it cannot save where it stands"), "\(said.error)")
      }
    }
  }

  @Test(.enabled(if: canMount)) func aDiskWithoutRoomForStatesIsSaidBeforeTheyAreComputed() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let keeping = ["--cache-states", "--teacher-cache"]
      try withSmallDisk(kilobytes: 64) { disk in
        let outcome = try Program.run(
          SurvivalTests.distill(folder + "/run", teacher: teacher) + keeping + [disk])
        #expect(outcome.status == 1)
        #expect(
          outcome.errorLines.count == 1 && outcome.error.contains("and the disk has"), "\(outcome.error)")
        #expect(try Files.list(disk).allSatisfy { $0.hasPrefix("logits-") })
      }
      // A limit that nobody could see before.
      let command = SurvivalTests.distill(folder + "/run", teacher: teacher) + keeping + [folder + "/cache"]
      let full = try Program.shell(
        "trap '' XFSZ; ulimit -f 64; exec \"$ANNEAL\" " + command.joined(separator: " "))
      #expect(full.status == 1)
      #expect(full.errorLines.count == 1 && full.error.contains("File too large"), "\(full.error)")
      #expect(try Files.list(folder + "/cache").allSatisfy { $0.hasPrefix("logits-") })
      #expect(!Files.exists(folder + "/run/run.json"))
    }
  }

  @Test func aFullDiskDuringReportAndPredictionLeavesWhatWasThere() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      let report = folder + "/teacher/report.html"
      let before = try Files.read(report)
      #expect(before.count > 4096)
      let refused = try Program.shell("trap '' XFSZ; ulimit -f 4; exec $ANNEAL report \(folder)/teacher")
      #expect(refused.status == 1)
      #expect(refused.errorLines.count == 1 && refused.error.contains("File too large"), "\(refused.error)")
      #expect(try Files.read(report) == before)
      #expect(try Files.list(folder + "/teacher").allSatisfy { !$0.contains(".part-") })

      let predict = "\"$ANNEAL\" predict --model \(teacher) --task RTE"
      let full = try Program.shell("exec \(predict) > /dev/full")
      #expect(full.status == 1)
      #expect(full.errorLines.count == 1 && full.error.contains("No space left"), "\(full.error)")
      let zip = folder + "/glue.zip"
      let submit = "exec \"$ANNEAL\" submit \(folder)/teacher --any-count --fill --output \(zip)"
      let unsent = try Program.shell("trap '' XFSZ; ulimit -f 1; \(submit)")
      #expect(unsent.status == 1 && unsent.errorLines.count == 1, "\(unsent.error)")
      #expect(!Files.exists(zip))
    }
  }

  /// A folder stands where the report belongs, which no rename replaces.
  @Test func aReportThatCannotBeWrittenTakesNothingFromTheRun() throws {
    try withTemporaryDirectory { folder in
      _ = try SurvivalTests.makeTeacher(in: folder)
      let run = folder + "/teacher"
      let (model, report) = (
        try SHA256.hexadecimal(ofFile: run + "/model/model.safetensors"), run + "/report.html"
      )
      try Files.remove(report)
      try Files.write("in the way", to: report + "/file")
      // As if it had been killed at its end, so that it comes there again.
      let record = String(decoding: try Files.read(run + "/run.json"), as: UTF8.self)
      try Files.write(
        record.replacing("\"status\" : \"finished\"", with: "\"status\" : \"running\""), to: run + "/run.json"
      )
      let outcome = try Program.run(["resume", run, "--quiet"])
      #expect(outcome.status == 0 && outcome.output.contains("accuracy"), "\(outcome.output)")
      #expect(outcome.errorLines.count == 1)
      #expect(outcome.error.contains("its model is saved in \(run)/model"), "\(outcome.error)")
      #expect(outcome.error.contains("anneal report \(run)"))
      #expect(try SHA256.hexadecimal(ofFile: run + "/model/model.safetensors") == model)
      #expect(try Program.run(["report", run]).status == 1)
      #expect(try Files.list(run).allSatisfy { !$0.contains(".part-") })
      try Files.remove(report)
      #expect(try Program.run(["report", run]).output == report + "\n")
      #expect(try Files.read(report).count > 4096)
    }
  }

  /// Root may write where it is forbidden, so a file system mounted for reading stands in for the folder there.
  @Test(.enabled(if: canMount)) func aFolderForReadingIsSaidBeforeTheFirstStep() throws {
    try withTemporaryDirectory { folder in
      let teacher = try SurvivalTests.makeTeacher(in: folder)
      try withSmallDisk(kilobytes: 64) { disk in
        #expect(try Program.shell("mount -o remount,ro \(disk)").status == 0)
        let outcome = try Program.run(SurvivalTests.distill(disk + "/run", teacher: teacher))
        #expect(outcome.status == 1)
        #expect(outcome.errorLines.count == 1 && outcome.error.contains("Read-only"), "\(outcome.error)")
        #expect(try Files.list(disk).isEmpty)
      }
    }
  }
}
