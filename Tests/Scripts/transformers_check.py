"""Loads a folder that Anneal wrote with transformers and compares the logits.

usage: transformers_check.py MODEL_DIR EXPECTED.json [--tolerance 1e-4]

EXPECTED.json is a list of objects with `input_ids`, `token_type_ids` and `logits`: a row of numbers for a classifier,
a list of rows (one a token) for masked language modelling, or `last_hidden_state` in place of `logits` for an encoder
without a head. Needs torch and transformers. Exit status 1 if anything differs, or if transformers had to make a
weight up or leave one out.
"""
import argparse
import json
import sys

import torch
import transformers

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("expected")
parser.add_argument("--tolerance", type=float, default=1e-4)
arguments = parser.parse_args()

config = transformers.AutoConfig.from_pretrained(arguments.model, local_files_only=True)
architecture = getattr(transformers, config.architectures[0])
model, info = architecture.from_pretrained(
    arguments.model, local_files_only=True, output_loading_info=True, attn_implementation="eager")
model.eval()
problems = {key: sorted(map(str, value)) for key, value in info.items() if value}
worst = 0.0
with open(arguments.expected, encoding="utf-8") as file:
    rows = json.load(file)
for row in rows:
    with torch.no_grad():
        output = model(
            input_ids=torch.tensor([row["input_ids"]]), token_type_ids=torch.tensor([row["token_type_ids"]]))
    name = "logits" if "logits" in row else "last_hidden_state"
    found = output[name][0]
    expected = torch.tensor(row[name])
    if found.shape != expected.shape:
        sys.exit(f"{name}: expected shape {tuple(found.shape)}, found {tuple(expected.shape)}")
    worst = max(worst, (found - expected).abs().max().item())
labels = [config.id2label[i] for i in range(config.num_labels)]
print(f"{config.architectures[0]}: {len(rows)} rows, largest difference {worst:.2e}, labels {labels}")
if problems:
    sys.exit(f"weights that do not fit: {problems}")
if not worst <= arguments.tolerance:
    sys.exit(f"expected a difference of at most {arguments.tolerance}, found {worst}")
