"""Whether two builds of the program train alike: every kind of run by both, byte-equal models, equal event logs.

    Tests/Scripts/compare_builds.py OLD NEW [PATTERN]

OLD and NEW are two `anneal` programs; only runs whose name contains PATTERN are compared. The runs are small ones on the
embedded tasks: fine-tuning, every method, teachers in number, chains, caches, rows without labels, batches of tokens, a
sweep, and runs that are interrupted in every stage and gone on with, also by the other build. Event logs are compared
without times and without where the folders lie. Exits with 1 if anything differs.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SHAPE = ["--shape", "2x32x2", "--vocab", "vocab/vocab.txt", "--learning-rate", "1e-3"]
STUDENT = ["--student", "1x32x2", "--learning-rate", "1e-3"]
ROWS = ["--limit", "200", "--max-length", "48", "--quiet"]
LIMITS = [*ROWS, "--batch-size", "16"]
TIMES = {"seconds", "training_seconds", "total_seconds", "examples_per_second", "sentences_per_second", "folder", "teacher",
         "path"}
METHODS = ["annealing-intermediate", "labels", "kd", "annealing", "continuation", "pkd", "tinybert", "minilm", "alp",
           "rail", "distilbert"]


def run(program, arguments, **options):
    done = subprocess.run([program, *arguments], capture_output=True, text=True, **options)
    if done.returncode != 0:
        raise SystemExit(f"{program} {' '.join(arguments)}\n{done.stderr}")


def without_times(value):
    if isinstance(value, dict):
        return {key: without_times(each) for key, each in value.items() if key not in TIMES}
    return [without_times(each) for each in value] if isinstance(value, list) else value


def fingerprints(folder):
    """What must be equal, by file: hashes of weights and predictions, event logs without times."""
    found = {}
    for place, _, files in os.walk(folder):
        for name in files:
            path = os.path.join(place, name)
            key = os.path.relpath(path, folder)
            if "checkpoints/" in key or "teacher-cache" in key:
                continue
            if name == "events.jsonl":
                with open(path) as file:
                    found[key] = [without_times(json.loads(line)) for line in file]
            elif name.endswith((".safetensors", ".tsv")) and name != "table.tsv":
                with open(path, "rb") as file:
                    found[key] = hashlib.sha256(file.read()).hexdigest()
    return found


def interrupted(program, other, arguments, folder, stage):
    """Begins a run, stops it in a stage, and lets `other` go on with it."""
    process = subprocess.Popen([program, *arguments, "--save-steps", "3"], stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    log = os.path.join(folder, "events.jsonl")
    while process.poll() is None:
        text = open(log).read() if os.path.exists(log) else ""
        starts = text.split('"event":"stage_started"')
        if len(starts) > stage and starts[stage].count('"event":"step"') > 1:
            process.send_signal(signal.SIGKILL)
            break
        time.sleep(0.002)
    if process.wait() == 0:
        return
    run(other, ["resume", folder, "--quiet"])


def cases():
    """Every run by name: what it needs done first, and how it is begun."""
    teacher = ["finetune", "--task", "SST-2", *SHAPE, *LIMITS, "--epochs", "3"]
    yield "finetune", teacher
    yield "finetune, scores", ["finetune", "--task", "STS-B", *SHAPE, *LIMITS, "--epochs", "2"]
    yield "finetune, batches of tokens, accumulated, no dropout", [
        "finetune", "--task", "SST-2", *SHAPE, *ROWS, "--epochs", "3", "--batch-tokens", "200", "--gradient-accumulation-steps", "3", "--dropout", "0", "--eval-steps", "3",
        "--patience", "3"]
    distill = ["distill", "--task", "SST-2", "--teacher", "{teacher}", *STUDENT, *LIMITS]
    for method in METHODS:
        yield method, [*distill, "--method", method, "--epochs", "4"]
    scores = ["distill", "--task", "STS-B", "--teacher", "{scores}", *STUDENT, *LIMITS, "--epochs", "4"]
    yield "kd, scores", [*scores, "--method", "kd"]
    yield "annealing, scores", [*scores, "--method", "annealing"]
    yield "takd", [*distill, "--method", "takd", "--assistants", "2x32x2", "--epochs", "2"]
    yield "annealing over a chain", [*distill, "--method", "annealing", "--assistants", "1+2", "--epochs", "4"]
    yield "two teachers", [*distill, "--teacher", "{other}", "--teacher-weights", "1,2", "--method", "kd", "--epochs", "3"]
    yield "states kept", [*distill, "--teacher-cache", "{cache}", "--cache-states", "--epochs", "4"]
    yield "rows without labels", [*distill, "--method", "annealing", "--unlabelled", "{texts}", "--epochs", "2"]
    yield "layers of the teacher", ["distill", "--task", "SST-2", "--teacher", "{teacher}", "--student-layers", "2", *LIMITS,
                                    "--method", "minilm", "--epochs", "2"]


def main():
    old, new = (os.path.abspath(path) for path in sys.argv[1:3])
    pattern = sys.argv[3] if len(sys.argv) > 3 else ""
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    differing = []
    with tempfile.TemporaryDirectory() as folder:
        places = {}
        for name, task, seed in [("teacher", "SST-2", "1"), ("other", "SST-2", "2"), ("scores", "STS-B", "1")]:
            places[name] = os.path.join(folder, name)
            run(old, ["finetune", "--task", task, *SHAPE, *LIMITS, "--epochs", "3", "--seed", seed, "--output", places[name]])

        places["texts"] = os.path.join(folder, "texts.tsv")
        with open("tasks/CoLA/train.tsv") as rows, open(places["texts"], "w") as texts:
            texts.writelines(row.split("\t")[3] for row in list(rows)[:100])

        def compare(name, begin):
            if pattern not in name:
                return
            results = []
            for side, program in (("old", old), ("new", new)):
                places["cache"] = os.path.join(folder, "cache-" + side)
                output = os.path.join(folder, "run-" + side)
                begin(program, output)
                results.append(fingerprints(output))
                subprocess.run(["rm", "-rf", output])
            if results[0] == results[1] and results[0]:
                print(f"equal    {name} ({len(results[0])} files)", flush=True)
            else:
                differing.append(name)
                wrong = sorted(key for key in results[0].keys() | results[1].keys()
                               if results[0].get(key) != results[1].get(key))
                print(f"DIFFERS  {name}: {', '.join(wrong)}", flush=True)

        def filled(arguments, output):
            return [each.format(**places) for each in arguments] + ["--output", output]

        for name, arguments in cases():
            compare(name, lambda program, output: run(program, filled(arguments, output)))
        stages = dict(cases())
        for name, stage in [("finetune", 1), ("annealing-intermediate", 1), ("annealing-intermediate", 2), ("tinybert", 1),
                            ("tinybert", 2), ("rail", 1), ("rows without labels", 2)]:
            compare(f"{name}, killed in stage {stage} and gone on with",
                    lambda program, output: interrupted(program, program, filled(stages[name], output), output, stage))
            compare(f"{name}, killed in stage {stage}, gone on with by the other build",
                    lambda program, output: interrupted(program, new if program == old else old,
                                                        filled(stages[name], output), output, stage))
        sweep = os.path.join(folder, "sweep.yaml")
        with open(sweep, "w") as file:
            file.write("output: unset\nseeds: [1, 2]\nteacher: {shape: 2x32x2, vocab: vocab/vocab.txt, limit: 120}\n"
                       "settings: {limit: 120, training: {num_train_epochs: 2, max_length: 48}}\ntasks: {SST-2: {}, RTE: {}}\n"
                       "students: {small: {student: 1x32x2}}\nmethods: {labels: {}, kd: {}, annealing: {}}\n")
        compare("sweep", lambda program, output: run(program, ["sweep", sweep, "--output", output, "--quiet"]))
    print(f"{len(differing)} runs differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
