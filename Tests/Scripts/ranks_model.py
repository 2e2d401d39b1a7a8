#!/usr/bin/env python3
"""What ranks over a network would cost, by the formula of the page *More than one machine*, and that formula held against
two ranks with a slow cable between them.

    ranks_model.py ANNEAL --data DIR [--model DIR] [--task MRPC] [--threads 2]
    ranks_model.py ANNEAL --data DIR --model DIR --check

Without --check: measures a training step of MiniLM-L6 (--model), BERT-base and BERT-large (random weights) with
`anneal benchmark finetune`, and prints the efficiency of 2 to 64 nodes for networks of 1 to 100 Gbit/s, each node with 32 rows
a step of its own, and the rows that each must have for 80 %.
With --check (as root; ANNEAL built with MPI): two network namespaces as hosts, joined by a cable whose rate `tc tbf` sets;
prints the seconds of a step beside what the formula makes of the step over a cable without a limit.
"""

import argparse
import json
import math
import os
import pathlib
import re
import statistics
import subprocess
import tempfile

NODES = (2, 4, 8, 16, 32, 64)
# Gbit/s, and seconds from the one program to the other, as such networks usually have them.
NETWORKS = ((1, 50e-6), (10, 30e-6), (25, 20e-6), (100, 10e-6))
SHAPES = {"BERT-base": "12x768x12", "BERT-large": "24x1024x16"}
ROWS = 32
OPEN_MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


def call(*command, **more):
    """The output of a command and what it says beside it; ends where the command fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: {done.stderr or done.stdout}")
    return done.stdout, done.stderr


def weights(folder):
    """How many weights a checkpoint has beside its word embeddings, and the width of a row of those."""
    with open(folder / "model.safetensors", "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    shapes = {name: entry["shape"] for name, entry in header.items() if name != "__metadata__"}
    table = next(shape for name, shape in shapes.items() if name.endswith("word_embeddings.weight"))
    return sum(math.prod(shape) for shape in shapes.values()) - math.prod(table), table[1]


def measure(options, model, examples):
    """Seconds of a step of 32 rows, and of those the seconds that do not become fewer with fewer rows."""
    out, said = call(
        options.anneal, "benchmark", "finetune", "--model", model, "--data", options.data, "--task", options.task,
        "--examples", examples, "--batch-size", ROWS, "--threads", options.threads, "--json")
    step = ROWS / json.loads(out)["examples_per_s"]
    share = re.search(r"norm and AdamW (\d+) %", said)
    return step, step * int(share.group(1)) / 100


def exchange(size, nodes, gigabits, latency):
    """Seconds in which so many bytes are added up by recursive halving and doubling."""
    return 2 * size * (nodes - 1) / nodes / (gigabits * 1.25e8) + 2 * math.log2(nodes) * latency


def table(options, name, model, examples):
    step, fixed = measure(options, model, examples)
    count, width = weights(model)
    # Of the word embeddings the rows of a step: at most one for each of about 50 tokens of a row.
    size = 4 * (count + 50 * ROWS * width)
    print(f"\n{name}: {step:.2f} s a step of {ROWS} rows with {options.threads} threads, {fixed:.2f} s of it norm and "
          f"AdamW; {size / 1e6:.0f} MB of gradients\n")
    print("| nodes |" + "".join(f" {g} Gbit/s |" for g, _ in NETWORKS))
    print("|---|" + "---|" * len(NETWORKS))
    for nodes in NODES:
        cells = []
        for gigabits, latency in NETWORKS:
            lost = exchange(size, nodes, gigabits, latency)
            efficiency = step / (step + lost)
            # (C r + O) / (C r + O + lost) = 0.8
            need = math.ceil((4 * lost - fixed) / ((step - fixed) / ROWS))
            cells.append(f"{100 * efficiency:.0f} %" + (f" ({need} rows)" if efficiency < 0.8 else ""))
        print(f"| {nodes} | " + " | ".join(cells) + " |")


def tables(options, folder):
    table(options, "MiniLM-L6", options.model, 320)
    for name, shape in SHAPES.items():
        model = folder / name
        call(options.anneal, "finetune", "--task", options.task, "--data", options.data, "--shape", shape, "--vocab",
             options.model / "vocab.txt", "--limit", 32, "--epochs", 1, "--output", model, "--quiet")
        table(options, name, model / "model", 96)


class Hosts:
    """Two network namespaces, joined by a cable."""

    def __init__(self, folder):
        self.name, self.folder = f"anneal-{os.getpid()}", folder
        self.ends = {side: f"an{os.getpid()}{side}" for side in "ab"}

    def __enter__(self):
        for side in "ab":
            call("ip", "netns", "add", f"{self.name}-{side}")
        call("ip", "link", "add", self.ends["a"], "netns", f"{self.name}-a", "type", "veth", "peer", "name",
             self.ends["b"], "netns", f"{self.name}-b")
        for number, side in enumerate("ab", 1):
            inside = ["ip", "netns", "exec", f"{self.name}-{side}", "ip"]
            call(*inside, "link", "set", "lo", "up")
            call(*inside, "addr", "add", f"10.78.0.{number}/24", "dev", self.ends[side])
            call(*inside, "link", "set", self.ends[side], "up")
        agent = self.folder / "agent"
        agent.write_text(
            f'#!/bin/sh\nside=$1; shift\nexec ip netns exec "{self.name}-$side" unshare -u sh -c "hostname $side; exec $*"\n')
        agent.chmod(0o755)
        self.launcher = [
            "ip", "netns", "exec", f"{self.name}-a", "unshare", "-u", "sh", "-c", 'hostname a; exec "$@"', "sh", "mpirun",
            "--bind-to", "none", "--mca", "plm_rsh_agent", str(agent), "--mca", "btl", "tcp,self", "--mca",
            "btl_tcp_if_include", "10.78.0.0/24", "--mca", "oob_tcp_if_include", "10.78.0.0/24", "--host", "a,b", "-n", "2"]
        return self

    def limit(self, megabits):
        """Sets what the cable carries in each direction; None for whatever it can."""
        for side in "ab":
            tc = ["ip", "netns", "exec", f"{self.name}-{side}", "tc", "qdisc"]
            subprocess.run([*tc, "del", "dev", self.ends[side], "root"], capture_output=True)
            if megabits:
                # As much at once as passes in 5 ms, so that the rate is that of the queue and not of its clock.
                call(*tc, "add", "dev", self.ends[side], "root", "tbf", "rate", f"{megabits}mbit", "burst",
                     str(max(65536, megabits * 625)), "latency", "100ms")

    def __exit__(self, *_):
        for side in "ab":
            subprocess.run(["ip", "netns", "del", f"{self.name}-{side}"])


def check(options, folder):
    def step(hosts, name, megabits, more):
        hosts.limit(megabits)
        output = folder / f"{name}-{megabits}"
        _, said = call(
            *hosts.launcher, options.anneal, "finetune", "--model", options.model, "--task", options.task, "--data",
            options.data, "--limit", 320, "--epochs", 1, "--batch-size", ROWS, "--threads", 1, "--output", output, *more,
            env={**os.environ, **OPEN_MPI})
        events = [json.loads(line) for line in (output / "events.jsonl").read_text().splitlines()]
        seconds = [event["seconds"] for event in events if event.get("event") == "step"]
        sent = re.search(r"sent ([\d.]+) MB a step", said)
        return statistics.median(seconds[2:]), float(sent.group(1)) * 1e6

    print("| | Mbit/s | sent a step | measured | formula |\n|---|---|---|---|---|")
    with Hosts(folder) as hosts:
        for name, more in (("waiting", ["--no-overlap-comm"]), ("overlapped", ["--overlap-comm"])):
            free, sent = step(hosts, name, None, more)
            print(f"| {name} | no limit | {sent / 1e6:.0f} MB | {free:.3f} s | |", flush=True)
            for megabits in (2000, 1000, 500, 200, 100):
                found, sent = step(hosts, name, megabits, more)
                print(f"| {name} | {megabits} | {sent / 1e6:.0f} MB | {found:.3f} s | {free + sent * 8e-6 / megabits:.3f} s |",
                      flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("anneal", type=pathlib.Path)
parser.add_argument("--model", type=pathlib.Path, required=True)
parser.add_argument("--data", type=pathlib.Path, required=True)
parser.add_argument("--task", default="MRPC")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--check", action="store_true")
chosen = parser.parse_args()
chosen.anneal = chosen.anneal.resolve()
with tempfile.TemporaryDirectory() as place:
    (check if chosen.check else tables)(chosen, pathlib.Path(place))
