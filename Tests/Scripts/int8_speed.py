#!/usr/bin/env python3
"""How fast a fine-tuned model answers in 8 bits here, beside OpenVINO with NNCF's static quantization of the same model.

    int8_speed.py ANNEAL MODEL --data DIR [--task SST-2] [--rows 640] [--rounds 5]

MODEL is a folder of a task with one text a row. The same rows, sorted by length in batches of 32, one thread each, in turn: OpenVINO in
float32 and in 8 bits (300 training rows for calibration, its preset for transformers), then `anneal benchmark infer --precision
int8`, which puts float32 beside it. Prints rows a second of each round, the medians, and how many answers quantization changes
there. Needs openvino, nncf, tokenizers and numpy, from PyPI. The machine must have nothing else to do.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import nncf
import numpy as np
import openvino
from tokenizers import BertWordPieceTokenizer

BATCH, CALIBRATION, LENGTH = 32, 300, 128

parser = argparse.ArgumentParser()
parser.add_argument("anneal", type=pathlib.Path)
parser.add_argument("model", type=pathlib.Path)
parser.add_argument("--data", type=pathlib.Path, required=True)
parser.add_argument("--task", default="SST-2")
parser.add_argument("--rows", type=int, default=640)
parser.add_argument("--rounds", type=int, default=5)
chosen = parser.parse_args()
anneal = str(chosen.anneal.resolve())
folder = chosen.model / "model" if (chosen.model / "model").is_dir() else chosen.model


def lines(split):
    return (chosen.data / chosen.task / f"{split}.tsv").read_text().splitlines()


def batches(rows, size, names):
    """Padded inputs of rows of a task's table, the shortest first."""
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    ids = sorted((tokenizer.encode(row.split("\t")[0]).ids[:LENGTH] for row in rows), key=len)
    for start in range(0, len(ids), size):
        part = ids[start : start + size]
        table = np.zeros((len(part), max(map(len, part))), np.int64)
        mask = np.zeros_like(table)
        for row, own in enumerate(part):
            table[row, : len(own)], mask[row, : len(own)] = own, 1
        yield {name: {"input_ids": table, "attention_mask": mask}.get(name, np.zeros_like(table)) for name in names}


def answers(model, inputs):
    """What a compiled model answers, and rows a second."""
    request, found = model.create_infer_request(), []
    start = time.perf_counter()
    for batch in inputs:
        found.append(next(iter(request.infer(batch).values())).copy())
    return np.concatenate(found), chosen.rows / (time.perf_counter() - start)


with tempfile.TemporaryDirectory() as place:
    work = pathlib.Path(place)
    subprocess.run([anneal, "export", str(folder), "--output", str(work / "model.onnx"), "--quiet"], check=True)
    # A task whose training rows are the ones to answer.
    dev = lines("dev")[: chosen.rows + 1]
    (work / chosen.task).mkdir()
    for name in ("train", "dev"):
        (work / chosen.task / f"{name}.tsv").write_text("\n".join(dev) + "\n")
    core = openvino.Core()
    model = core.read_model(work / "model.onnx")
    names = [each.get_any_name() for each in model.inputs]
    calibration = nncf.Dataset(list(batches(lines("train")[1 : CALIBRATION + 1], 1, names)))
    quantized = nncf.quantize(model, calibration, model_type=nncf.ModelType.TRANSFORMER, subset_size=CALIBRATION)
    settings = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
    compiled = [core.compile_model(each, "CPU", settings) for each in (model, quantized)]
    inputs = list(batches(dev[1:], BATCH, names))
    found = [answers(each, inputs)[0] for each in compiled]
    rates = {"OpenVINO float32": [], "OpenVINO int8": [], "Anneal float32": [], "Anneal int8": []}
    for number in range(chosen.rounds):
        own = json.loads(
            subprocess.check_output(
                [anneal, "benchmark", "infer", "--model", str(folder), "--task", chosen.task, "--data", str(work), "--examples",
                 str(chosen.rows), "--batch-size", str(BATCH), "--max-length", str(LENGTH), "--sort", "--threads", "1",
                 "--precision", "int8", "--json", "--quiet"]))
        for name, rate in zip(rates, [*(answers(each, inputs)[1] for each in compiled), own["float32_examples_per_s"],
                                      own["examples_per_s"]]):
            rates[name].append(rate)
        print(f"round {number + 1}: " + ", ".join(f"{name} {each[-1]:.0f}" for name, each in rates.items()), flush=True)
    print("medians, rows a second: " + ", ".join(f"{name} {statistics.median(each):.0f}" for name, each in rates.items()))
    print(f"answers of OpenVINO that quantization changes: {int((found[0].argmax(1) != found[1].argmax(1)).sum())} of {chosen.rows}")
