"""Trains beside Anneal with PyTorch and transformers: the same weights, rows, schedule and optimizer.

usage: training_check.py MODEL TRAIN_TSV RUN [--dropout]

MODEL is a model of MRPC or STS-B that `anneal finetune` or `anneal distill` wrote, TRAIN_TSV the rows of that task. RUN
was made from it by one of

  anneal finetune --task MRPC --model MODEL --limit 32 --epochs 40 --learning-rate 5e-5 --eval-steps 1000 --dropout 0
  anneal finetune --task MRPC --model MODEL --limit 32 --epochs 120 --learning-rate 1e-12 --eval-steps 1000

Without dropout every step's loss and gradient norm must agree. With dropout (--dropout, weights standing still) two
generators cannot agree step by step: the means of loss and gradient norm must, within four standard errors.
"""
import json
import sys
from statistics import mean, stdev

import torch
from transformers import BertForSequenceClassification, BertTokenizerFast, get_linear_schedule_with_warmup

model_folder, tsv, run = sys.argv[1:4]
with_dropout = "--dropout" in sys.argv
steps = [event for event in map(json.loads, open(f"{run}/events.jsonl")) if event["event"] == "step"]
ours = [(step["loss"], step["gradient_norm"]) for step in steps]

header, *rows = [line.rstrip("\r\n").split("\t") for line in open(tsv, encoding="utf-8-sig")][:33]
is_regression = "score" in header
first, second, target = (7, 8, 9) if is_regression else (3, 4, 0)
tokenizer = BertTokenizerFast.from_pretrained(model_folder)
inputs = tokenizer(
    [row[first] for row in rows], [row[second] for row in rows], truncation=True, max_length=128, padding=True,
    return_tensors="pt")
labels = torch.tensor([float(row[target]) if is_regression else int(row[target]) for row in rows])

torch.manual_seed(1)
off = {} if with_dropout else dict(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model = BertForSequenceClassification.from_pretrained(model_folder, **off).train()
plain = ("bias", "LayerNorm.weight")
groups = [
    dict(params=[p for name, p in model.named_parameters() if name.endswith(plain) == bare], weight_decay=decay)
    for bare, decay in ((False, 0.01), (True, 0.0))]
optimizer = torch.optim.AdamW(groups, lr=0 if with_dropout else 5e-5)
schedule = get_linear_schedule_with_warmup(optimizer, int(0.1 * len(ours)), len(ours))

theirs = []
for _ in ours:
    logits = model(**inputs).logits
    loss = torch.nn.functional.mse_loss(logits[:, 0], labels) if is_regression else torch.nn.functional.cross_entropy(
        logits, labels)
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    theirs.append((loss.item(), norm.item()))

failed = False
for place, name in enumerate(("loss", "gradient norm")):
    a, b = [step[place] for step in ours], [step[place] for step in theirs]
    if with_dropout:
        error = (stdev(a) ** 2 / len(a) + stdev(b) ** 2 / len(b)) ** 0.5
        print(f"{name}: {mean(a):.5f} here, {mean(b):.5f} there, standard error {error:.5f}; "
              f"deviations {stdev(a):.5f}, {stdev(b):.5f}")
        failed |= abs(mean(a) - mean(b)) > 4 * error
    else:
        worst = max(abs(x - y) / max(y, 1) for x, y in zip(a, b))
        print(f"{name}: {len(a)} steps, greatest difference {worst:.1e}, relative where more than 1")
        failed |= worst > (2e-6 if place == 0 else 5e-5)
sys.exit("they differ" if failed else 0)
