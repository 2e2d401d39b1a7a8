"""Writes golden results of the terms of order and emphasis: what PyTorch computes, losses and gradients.

usage: goldens_order.py FOLDER [--seed 1]

Logits, states and classifier rows are made here from the seed, rounded to single precision; everything is computed in
double precision by autograd from the formulas of the papers, written out below. Tests/Goldens/order was written by

  goldens/bin/python Tests/Scripts/goldens_order.py Tests/Goldens/order --seed 1

with the libraries that Tests/Goldens/versions.json names.
"""
import argparse
import json
import pathlib

import numpy
import torch
import torch.nn.functional as F


def rounded(draws, *shape, scale=1.0):
    return torch.from_numpy((scale * draws.standard_normal(shape)).astype(numpy.float32)).double()


def divergence(q, logits):
    """KL(q || softmax(logits)), the mean over rows."""
    return F.kl_div(logits.log_softmax(-1), q, reduction="none").sum(-1).mean()


def gold(p, labels):
    """The gold class keeps its probability, the others share the rest."""
    kept = F.one_hot(labels, p.shape[1]).bool()
    share = (1 - p[kept]) / (p.shape[1] - 1)
    return torch.where(kept, p, share[:, None])


def top(p, count):
    """The largest keep their probabilities, the others share the rest."""
    kept = torch.zeros_like(p, dtype=torch.bool).scatter(1, p.topk(count).indices, True)
    share = (1 - torch.where(kept, p, 0.0).sum(-1)) / (p.shape[1] - count)
    return torch.where(kept, p, share[:, None])


def similar(vectors, power, temperature):
    cosine = F.normalize(vectors, dim=-1) @ F.normalize(vectors, dim=-1).T
    return (cosine.sign() * cosine.abs() ** power / temperature).softmax(-1)


def virtual(classes, labels, correct, temperature):
    p = torch.full((len(labels), classes), (1 - correct) / (classes - 1), dtype=torch.float64)
    p[range(len(labels)), labels] = correct
    return F.softmax(p.log() / temperature, dim=-1)


def spectral_norm(before, after, steps):
    """Power iteration on the formed matrix, from cos 0, cos 1, ..."""
    tokens = before.shape[0]
    g = before.T @ after / (tokens * (before.shape[1] * after.shape[1]) ** 0.5)
    y = torch.cos(torch.arange(after.shape[1], dtype=torch.float64))
    y = y / y.norm()
    for _ in range(steps):
        y = g.T @ (g @ y)
        y = y / y.norm()
    return (g @ y).norm()


def lipschitz(student, teacher, starts, ratio, decay, steps):
    total = 0
    for start, end in zip(starts, starts[1:]):
        blocks = len(student) - 1
        for block in range(blocks):
            own = spectral_norm(student[block][start:end], student[block + 1][start:end], steps)
            said = spectral_norm(teacher[block][start:end], teacher[block + 1][start:end], steps)
            distance = own / said - 1 if ratio else own - said
            total = total + decay ** (blocks - 1 - block) * distance**2
    return total / (len(starts) - 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    draws = numpy.random.default_rng([arguments.seed, *map(ord, "order")])
    rows, classes, width = 5, 4, 6
    teacher, vectors = rounded(draws, rows, classes, scale=2), rounded(draws, classes, width)
    logits = rounded(draws, rows, classes).requires_grad_()
    labels = torch.from_numpy(draws.integers(0, classes, rows))
    cases = {}

    def note(name, loss, inputs):
        slopes = torch.autograd.grad(loss, inputs)
        cases[name] = dict(loss=loss.item(), gradient=[slope.flatten().tolist() for slope in slopes])

    for t in (1, 3):
        p = (teacher / t).softmax(-1)
        note(f"kl_gold_T{t}", t * t * divergence(gold(p, labels), logits / t), [logits])
        note(f"kl_topk_T{t}", t * t * divergence(top(p, 2), logits / t), [logits])
    note("kl_similarity", divergence(similar(vectors, 0.5, 0.3)[labels], logits), [logits])
    note("virtual_teacher", divergence(virtual(classes, labels, 0.9, 20), logits), [logits])

    starts = [0, 5, 6, 13]
    student_states = [rounded(draws, starts[-1], 6).requires_grad_() for _ in range(3)]
    teacher_states = [rounded(draws, starts[-1], 9) for _ in range(3)]
    for ratio in (True, False):
        for steps in (1, 5):
            loss = lipschitz(student_states, teacher_states, starts, ratio, 0.5, steps)
            note(f"lipschitz_{'ratio' if ratio else 'difference'}_{steps}", loss, student_states)

    folder = pathlib.Path(arguments.folder)
    folder.mkdir(parents=True, exist_ok=True)
    made = dict(
        classes=classes, labels=labels.tolist(), student=logits.flatten().tolist(), teacher=teacher.flatten().tolist(),
        vectors=vectors.tolist(), starts=starts, student_states=[x.flatten().tolist() for x in student_states],
        teacher_states=[x.flatten().tolist() for x in teacher_states], cases=cases)
    (folder / "terms.json").write_text(json.dumps(made) + "\n", encoding="utf-8")


main()
