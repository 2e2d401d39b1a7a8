#!/usr/bin/env python3
"""How well two ranks of one thread use two processors, beside one process of two threads.

    ranks_efficiency.py ANNEAL --model DIR --data DIR [--task MRPC] [--limit 640] [--rounds 3]

ANNEAL was built with MPI (make mpi). Fine-tunes the model on a task, then distils what came out into some of its layers:
by one process of two threads, by two ranks with sums overlapped, and without, in turn, for some rounds. Prints the median
seconds of a step of each, the ratio to one process, and what a rank sent and waited for, as the runs say it. The machine must
have nothing else to do.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

WAYS = {
    "one process, 2 threads": (1, ["--threads", "2"]),
    "2 ranks, overlapped": (2, ["--threads", "1", "--overlap-comm"]),
    "2 ranks, not overlapped": (2, ["--threads", "1", "--no-overlap-comm"]),
}
MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
    "OMPI_MCA_btl_vader_single_copy_mechanism": "none",
}


def run(anneal, ranks, arguments, output):
    """Runs one run; returns the seconds of its steps, without the first two, and what it said of its sums."""
    launcher = ["mpirun", "--bind-to", "none", "-n", str(ranks)] if ranks > 1 else []
    done = subprocess.run(
        launcher + [anneal, *arguments, "--output", str(output)],
        env={**os.environ, **MPI}, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)}: {done.stderr}")
    events = [json.loads(line) for line in (output / "events.jsonl").read_text().splitlines()]
    seconds = [event["seconds"] for event in events if event.get("event") == "step"]
    said = re.search(r"rank 0 of .*", done.stderr)
    return seconds[2:], said.group(0) if said else ""


def compare(anneal, name, arguments, rounds, folder):
    """Prints the median step of each way, in turn for some rounds; returns the folder of the last run of one process."""
    steps, notes = {way: [] for way in WAYS}, {}
    for number in range(rounds):
        for place, (way, (ranks, options)) in enumerate(WAYS.items()):
            output = folder / f"{name}-{number}-{place}"
            seconds, said = run(anneal, ranks, arguments + options, output)
            steps[way] += seconds
            if said:
                notes[way] = said
    whole = statistics.median(steps["one process, 2 threads"])
    for way, seconds in steps.items():
        median = statistics.median(seconds)
        print(f"{name:9} {way:24} {median:.4f} s a step of {len(seconds)}, efficiency {whole / median:.3f}  "
              f"{notes.get(way, '')}", flush=True)
    return folder / f"{name}-{rounds - 1}-0"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("anneal")
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--task", default="MRPC")
    parser.add_argument("--limit", default="640")
    parser.add_argument("--layers", default="1,3,5")
    parser.add_argument("--method", default="kd")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    anneal = str(pathlib.Path(options.anneal).resolve())
    common = ["--task", options.task, "--data", options.data, "--limit", options.limit, "--epochs", "1"]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        teacher = compare(
            anneal, "finetune", ["finetune", *common, "--model", options.model], options.rounds, folder)
        compare(
            anneal, "distill",
            ["distill", *common, "--teacher", str(teacher), "--student-layers", options.layers, "--method", options.method],
            options.rounds, folder)


if __name__ == "__main__":
    main()
