"""Writes Tests/Goldens/heads: logits, losses and gradients of heads that transformers has no class for, by PyTorch.

usage: goldens_heads.py FOLDER [--seed 1]

Beside make_goldens.py, whose models, batches and libraries it takes; Tests/Goldens/heads was written by

  goldens/bin/python Tests/Scripts/goldens_heads.py Tests/Goldens --seed 1

  heads/student.config.json   the encoder of all heads, that of a BertForSequenceClassification
  heads/heads.safetensors     its weights and a batch of texts; classifiers of pairs, pair.* their first texts and
                              other.* their second ones; the logits of each head and the gradients of its loss
  heads/heads.json            the losses, each with its formula
"""
import argparse

import numpy
import torch
import torch.nn.functional as F
import transformers

from make_goldens import LABELS, STUDENT, Folder, batch, config_of, gradients_of, model, random


def pooled(encoder, inputs, pooling):
    """The state of the first token, or the mean of all that no padding is."""
    states = encoder(**inputs).last_hidden_state
    if pooling == "cls":
        return states[:, 0]
    mask = inputs["attention_mask"][..., None]
    return (states * mask).sum(1) / mask.sum(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = Folder(arguments.folder)
    draws = random(arguments.seed, "heads")
    student = model(transformers.BertForSequenceClassification, STUDENT, draws)
    inputs, pair, other = batch(draws), batch(draws), batch(draws)
    for one in (pair, other):
        one["token_type_ids"] = torch.zeros_like(one["token_type_ids"])
    labels = torch.from_numpy(draws.integers(0, LABELS, len(inputs["input_ids"])))
    scores = torch.from_numpy(draws.uniform(0, 5, len(labels)).astype(numpy.float32)).double()
    width = STUDENT["hidden_size"]

    def parameter(*shape):
        return torch.from_numpy((0.3 * draws.standard_normal(shape)).astype(numpy.float32)).double().requires_grad_()

    classes = [("classifier.weight", parameter(LABELS, 3 * width)), ("classifier.bias", parameter(LABELS))]
    cosines = [("classifier.weight", parameter(1, 1)), ("classifier.bias", parameter(1))]
    cases, tensors = {}, dict(labels=labels, scores=scores)
    for name, made in (("batch", inputs), ("pair", pair), ("other", other)):
        tensors.update({f"{name}.{key}": value for key, value in made.items()})
    tensors.update({f"student.{key}": value for key, value in student.named_parameters()})
    tensors.update({f"classes.{key}": value for key, value in classes})
    tensors.update({f"cosines.{key}": value for key, value in cosines})
    encoder = student.bert

    def keep(name, logits, loss, formula, own=()):
        tensors[f"{name}.logits"] = logits
        found = gradients_of(student, loss, own)
        tensors.update({f"{name}.grad.{key}": value for key, value in found.items()})
        cases[name] = dict(loss=loss.item(), formula=formula)

    mean = student.classifier(torch.tanh(encoder.pooler.dense(pooled(encoder, inputs, "mean"))))
    keep("mean", mean, F.cross_entropy(mean, labels), "cross entropy of classifier(tanh(pooler(mean of tokens)))")
    for pooling in ("mean", "cls"):
        u, v = pooled(encoder, pair, pooling), pooled(encoder, other, pooling)
        logits = torch.cat([u, v, (u - v).abs()], dim=1) @ classes[0][1].T + classes[1][1]
        keep(f"bi_classes_{pooling}", logits, F.cross_entropy(logits, labels),
             f"cross entropy of W (u, v, |u - v|) + b, u and v by {pooling}", classes)
        score = F.cosine_similarity(u, v, dim=1)[:, None] @ cosines[0][1].T + cosines[1][1]
        keep(f"bi_scores_{pooling}", score, F.mse_loss(score[:, 0], scores),
             f"squared error of w cos(u, v) + b, u and v by {pooling}", cosines)
    folder.json("heads/student.config.json", config_of(student))
    folder.tensors("heads/heads.safetensors", tensors)
    folder.json("heads/heads.json", cases)


main()
