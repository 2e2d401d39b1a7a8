"""Holds a model of several labels a row against transformers' BertForSequenceClassification and ONNX Runtime.

usage: multi_label_check.py MODEL TRAIN_TSV RUN ONNX

MODEL is a model of the embedded task aspects that `anneal finetune` wrote, TRAIN_TSV the rows of that task. RUN was made
from it by

  anneal finetune --task aspects --model MODEL --limit 32 --epochs 40 --learning-rate 5e-5 --eval-steps 1000 --dropout 0

and ONNX by `anneal export RUN`. The loss of each of the 40 steps must be the one that transformers computes by itself
from the problem_type in config.json, and the logits of RUN must be the same in transformers and in ONNX Runtime.
"""
import json
import sys

import numpy
import onnxruntime
import torch
from transformers import BertForSequenceClassification, BertTokenizerFast, get_linear_schedule_with_warmup

model_folder, tsv, run, onnx = sys.argv[1:5]
steps = [event for event in map(json.loads, open(f"{run}/events.jsonl")) if event["event"] == "step"]
ours = [(step["loss"], step["gradient_norm"]) for step in steps]

_, *rows = [line.rstrip("\n").split("\t") for line in open(tsv, encoding="utf-8")][:33]
tokenizer = BertTokenizerFast.from_pretrained(model_folder)
inputs = tokenizer([row[0] for row in rows], truncation=True, max_length=128, padding=True, return_tensors="pt")

model = BertForSequenceClassification.from_pretrained(
    model_folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0).train()
assert model.config.problem_type == "multi_label_classification"
names = [model.config.id2label[i] for i in range(model.config.num_labels)]
holds = torch.tensor([[float(name in row[1].split("|")) for name in names] for row in rows])
plain = ("bias", "LayerNorm.weight")
groups = [
    dict(params=[p for name, p in model.named_parameters() if name.endswith(plain) == bare], weight_decay=decay)
    for bare, decay in ((False, 0.01), (True, 0.0))]
optimizer = torch.optim.AdamW(groups, lr=5e-5)
schedule = get_linear_schedule_with_warmup(optimizer, int(0.1 * len(ours)), len(ours))
theirs = []
for _ in ours:
    loss = model(**inputs, labels=holds).loss
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    theirs.append((loss.item(), norm.item()))

failed = False
for place, name in enumerate(("loss", "gradient norm")):
    worst = max(abs(x[place] - y[place]) / max(y[place], 1) for x, y in zip(ours, theirs))
    print(f"{name}: {len(ours)} steps, from {ours[0][place]:.6f} to {ours[-1][place]:.6f}, greatest difference {worst:.1e}")
    failed |= worst > (2e-6 if place == 0 else 5e-5)

stored = BertForSequenceClassification.from_pretrained(f"{run}/model").eval()
with torch.no_grad():
    logits = stored(**inputs).logits.numpy()
session = onnxruntime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
feeds = {name: inputs[name].numpy() for name in ("input_ids", "attention_mask", "token_type_ids")}
difference = float(numpy.abs(session.run(["logits"], feeds)[0] - logits).max())
properties = session.get_modelmeta().custom_metadata_map
print(f"logits of {len(rows)} rows in transformers and ONNX Runtime: greatest difference {difference:.1e}; "
      f"{properties['problem_type']}, labels {properties['labels'].split()}")
failed |= difference > 1e-5 or properties["labels"].split() != names
sys.exit("they differ" if failed else 0)
