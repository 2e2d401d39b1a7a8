"""Writes the golden results of answers that are more than one class: several labels, probabilities.

usage: goldens_labels.py FOLDER [--seed 1]

Everything that goes in is drawn here from the seed; what comes out is what scikit-learn and PyTorch compute in double
precision. Tests/Goldens/labels was written by

  goldens/bin/python Tests/Scripts/goldens_labels.py Tests/Goldens --seed 1

in the environment that make_goldens.py tells of, with the libraries that labels/versions.json names.

  labels/metrics.json  micro F1, macro F1 and subset accuracy of sets of labels
  labels/losses.json   value and gradient of binary cross entropy over labels (plain, with smoothed targets, with
                       pos_weight), of cross entropy with probabilities (plain, smoothed, with weights), and of the
                       divergence of each label's yes and no at temperatures, from one teacher and from two
"""
import argparse
import json
import pathlib
import platform

import numpy
import sklearn
import sklearn.metrics
import torch
import torch.nn.functional as F

ROWS, LABELS = 5, 4


def metrics(draws):
    made = []
    for count, labels, share in ((40, 5, 0.3), (61, 3, 0.5), (17, 7, 0.15), (6, 4, 0.0), (12, 4, 0.4)):
        gold = (draws.random((count, labels)) < share).astype(int)
        answers = numpy.where(draws.random((count, labels)) < 0.8, gold, 1 - gold)
        if labels == 7:
            gold[:, 2], answers[:, 2] = 0, 0
            answers[:, 4] = 0
        f1 = {
            average: float(sklearn.metrics.f1_score(gold, answers, average=average, zero_division=0))
            for average in ("micro", "macro")}
        made.append(dict(
            label_count=labels, labels=[numpy.flatnonzero(row).tolist() for row in gold],
            predictions=[numpy.flatnonzero(row).tolist() for row in answers], micro_f1=f1["micro"],
            macro_f1=f1["macro"], subset_accuracy=float(sklearn.metrics.accuracy_score(gold, answers))))
    return made


def bernoulli(temperature, student, wanted):
    """tau^2 times the mean over rows and labels of the divergence of yes and no, from probabilities."""
    own = student / temperature
    yes, no = F.logsigmoid(own), F.logsigmoid(-own)
    cells = wanted * (wanted.log() - yes) + (1 - wanted) * ((1 - wanted).log() - no)
    return temperature ** 2 * cells.mean()


def losses(draws):
    def tensor(values):
        # Single precision goes in, as the library reads it.
        return torch.tensor(numpy.float32(values).astype(float))

    student, first, second = (tensor(3 * draws.normal(size=(ROWS, LABELS))) for _ in range(3))
    holds = tensor(draws.integers(0, 2, (ROWS, LABELS)))
    shares = tensor(draws.dirichlet([0.7] * LABELS, ROWS))
    weights = torch.tensor([0.5, 2.0, 1.25, 3.0], dtype=torch.double)
    smoothing, parts = 0.2, (0.25, 0.75)

    def mixed(temperature):
        return sum(part * torch.sigmoid(each / temperature) for part, each in zip(parts, (first, second)))

    kinds = {
        "bce": lambda z: F.binary_cross_entropy_with_logits(z, holds),
        "bce_smoothed": lambda z: F.binary_cross_entropy_with_logits(z, (1 - smoothing) * holds + smoothing / 2),
        "bce_weighted": lambda z: F.binary_cross_entropy_with_logits(z, holds, pos_weight=weights),
        "soft": lambda z: F.cross_entropy(z, shares),
        "soft_smoothed": lambda z: F.cross_entropy(z, shares, label_smoothing=smoothing),
        "soft_weighted": lambda z: F.cross_entropy(z, shares, weight=weights),
        "kl_1": lambda z: bernoulli(1, z, torch.sigmoid(first)),
        "kl_4": lambda z: bernoulli(4, z, torch.sigmoid(first / 4)),
        "kl_votes": lambda z: bernoulli(2, z, mixed(2)),
    }
    made = dict(
        student=student.tolist(), teacher=first.tolist(), other=second.tolist(), parts=parts, holds=holds.tolist(),
        shares=shares.tolist(), weights=weights.tolist(), smoothing=smoothing, losses={})
    for name, loss_of in kinds.items():
        logits = student.clone().requires_grad_()
        loss = loss_of(logits)
        loss.backward()
        made["losses"][name] = dict(loss=loss.item(), gradient=logits.grad.tolist())
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder) / "labels"
    folder.mkdir(parents=True, exist_ok=True)
    draws = numpy.random.default_rng([arguments.seed, 19])
    libraries = (torch, numpy, sklearn)
    for name, value in (
            ("metrics", metrics(draws)), ("losses", losses(draws)),
            ("versions", dict(seed=arguments.seed, python=platform.python_version(),
                              **{each.__name__: each.__version__ for each in libraries}))):
        (folder / f"{name}.json").write_text(json.dumps(value, indent=None) + "\n", encoding="utf-8")


main()
