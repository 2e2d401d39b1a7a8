"""Whether ONNX Runtime answers real rows with an exported model in 8 bits as near as Anneal does.

    Tests/Scripts/onnx_int8_check.py ANNEAL MODEL ROWS.tsv COLUMN [THREADS]

ANNEAL is the program, MODEL a classifier of single texts in float32, COLUMN the texts of ROWS.tsv. The model is quantized, both
are exported, and all rows are answered four times. Ours in 8 bits differs from its own weights in float32 (quantize --undo) by
what cutting rows to 8 bits does, c (the root of the mean square over all logits); ONNX Runtime has the same weights and cuts
rows in other places. Its answers may be as far from those weights as ours are, so both may be 2 c apart: more is an error. Also
printed: how far 8 bits move our answers at all, answers that flip, bytes of the files and rows a processor-second of ONNX
Runtime on batches of 32 by length. Exits with 1 where the bound is passed, or the file is more than 0.3 of that in float32. Needs
onnxruntime and numpy, from PyPI.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime


def lines(*command):
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def answers(session, rows):
    """The logits of rows of ids in batches of 32 by length, and the processor seconds that they took."""
    order = sorted(range(len(rows)), key=lambda row: len(rows[row]))
    logits, start = [None] * len(rows), time.process_time()
    for first in range(0, len(order), 32):
        places = order[first : first + 32]
        length = max(len(rows[place]) for place in places)
        ids = np.zeros((len(places), length), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, place in enumerate(places):
            ids[row, : len(rows[place])] = rows[place]
            mask[row, : len(rows[place])] = 1
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        for place, found in zip(places, session.run(["logits"], inputs)[0]):
            logits[place] = found
    return np.array(logits, dtype=np.float64), time.process_time() - start


def check(anneal, model, table, column, threads):
    with tempfile.TemporaryDirectory() as folder:
        small, exact = f"{folder}/int8", f"{folder}/undone"
        run = lambda *words: subprocess.run([anneal, *words], check=True, capture_output=True)
        run("quantize", model, "--output", small)
        run("quantize", small, "--undo", "--output", exact)
        run("export", model, "--output", f"{folder}/float32.onnx")
        run("export", small, "--output", f"{folder}/int8.onnx")
        run("export", model, "--precision", "int8", "--output", f"{folder}/direct.onnx")
        with open(f"{folder}/int8.onnx", "rb") as one, open(f"{folder}/direct.onnx", "rb") as other:
            same = one.read() == other.read()
        ours = {}
        for name, path in (("float32", model), ("int8", small), ("undone", exact)):
            found = lines(anneal, "predict", "--model", path, table, "--column", column, "--json", "--quiet")
            ours[name] = np.array([row["logits"] for row in found], dtype=np.float64)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        sessions = {
            name: onnxruntime.InferenceSession(
                f"{folder}/{name}.onnx", options, providers=["CPUExecutionProvider"])
            for name in ("float32", "int8")
        }
        length = sessions["int8"].get_modelmeta().custom_metadata_map["max_length"]
        rows = [
            row["ids"]
            for row in lines(
                anneal, "tokenize", table, "--column", column, "--model", small, "--format", "jsonl",
                "--max-length", length)
        ]
        theirs, seconds = {}, {name: [] for name in sessions}
        for _ in range(5):
            for name, session in sessions.items():
                theirs[name], taken = answers(session, rows)
                seconds[name].append(taken)
        sizes = {name: os.path.getsize(f"{folder}/{name}.onnx") for name in sessions}
    distance = lambda a, b: float(np.sqrt(np.mean((a - b) ** 2)))
    flips = lambda a, b: int(np.sum(a.argmax(1) != b.argmax(1)))
    cut = distance(ours["int8"], ours["undone"])
    apart = distance(theirs["int8"], ours["int8"])
    alone = distance(theirs["int8"], ours["undone"])
    share = sizes["int8"] / sizes["float32"]
    sound = apart <= 2 * cut and share <= 0.3 and same
    print(f"{len(rows)} rows; float32 files {distance(theirs['float32'], ours['float32']):.1e} from ours")
    print(f"cutting rows moves ours by c = {cut:.4f}, ONNX Runtime's by {alone:.4f}; the two are {apart:.4f} apart, "
          f"{2 * cut:.4f} allowed")
    print(f"8 bits move ours by {distance(ours['int8'], ours['float32']):.4f}, deviation of logits "
          f"{float(ours['float32'].std(axis=0).mean()):.2f}; other answers than in float32: ours "
          f"{flips(ours['int8'], ours['float32'])}, ONNX Runtime's {flips(theirs['int8'], ours['float32'])}")
    print(f"bytes: float32 {sizes['float32']:,}, int8 {sizes['int8']:,} ({share:.3f})"
          + ("" if same else "; the folder and --precision int8 give other files"))
    rates = {name: len(rows) / statistics.median(taken) for name, taken in seconds.items()}
    print(f"ONNX Runtime {onnxruntime.__version__}, {threads} threads: float32 {rates['float32']:.0f} rows a processor-second, int8 "
          f"{rates['int8']:.0f} ({rates['int8'] / rates['float32']:.2f} times): {'sound' if sound else 'NOT sound'}")
    return sound


if __name__ == "__main__":
    program, folder, table, column, *rest = sys.argv[1:]
    sys.exit(0 if check(program, folder, table, column, int(rest[0]) if rest else 1) else 1)
