"""Writes the golden results of lessons that move more than a student: what PyTorch's autograd computes.

usage: goldens_learners.py FOLDER [--seed 1]

Goes with make_goldens.py, whose models and draws it uses, and writes FOLDER/learners:

  mate.*   the generator's gradient of minus the divergence of student and teacher on text that it makes, straight through
           the Gumbel-softmax and both models' word embeddings (Rashid and others 2021)
  meta.*   the teacher's gradient of the student's loss on a quiz after a step of its teaching, by differentiating through
           that step (Zhou and others 2022), for both distances
"""
import argparse

import numpy
import torch
import torch.nn.functional as F
import transformers

from make_goldens import LABELS, STUDENT, TEACHER, VOCABULARY, Folder, divergence, gradients_of, model, random

SPECIAL = 5


def rows(draws, count, width=7):
    """Sequences of one length between [CLS] and [SEP], of ids that are not special."""
    ids = torch.from_numpy(draws.integers(SPECIAL, VOCABULARY, (count, width)))
    ids[:, 0], ids[:, -1] = 2, 3
    return ids


def weights(name, made):
    return {f"{name}.{key}": value for key, value in made.named_parameters()}


def write_mate(folder, seed):
    draws = random(seed, "mate")
    student = model(transformers.BertForSequenceClassification, STUDENT, draws)
    teacher = model(transformers.BertForSequenceClassification, TEACHER, draws)
    generator = model(transformers.BertForMaskedLM, STUDENT, draws)
    ids = rows(draws, 4)
    hidden = torch.from_numpy(draws.random(ids.shape) < 0.4) & (ids >= SPECIAL)
    hidden[0, 1] = True
    places = torch.nonzero(hidden)
    noise = torch.from_numpy(draws.gumbel(size=(len(places), VOCABULARY)).astype(numpy.float32)).double()
    temperature, heat = 1.3, 1.7
    logits = generator(input_ids=torch.where(hidden, 4, ids)).logits[places[:, 0], places[:, 1]]
    logits = logits.index_fill(1, torch.arange(SPECIAL), -torch.inf)
    soft = ((logits + noise) / temperature).softmax(-1)
    hard = F.one_hot(soft.argmax(-1), VOCABULARY).double()
    chosen = hard - soft.detach() + soft

    def answers(made):
        words = made.bert.embeddings.word_embeddings.weight
        embedded = words[ids].index_put((places[:, 0], places[:, 1]), chosen @ words)
        return made(inputs_embeds=embedded).logits

    apart = heat**2 * divergence((answers(teacher) / heat).softmax(-1), (answers(student) / heat).softmax(-1)).mean()
    tensors = dict(ids=ids, hidden=hidden, noise=noise, filled=soft.argmax(-1))
    for name, made in (("student", student), ("teacher", teacher), ("generator", generator)):
        tensors.update(weights(name, made))
    tensors.update({f"grad.{name}": value for name, value in gradients_of(generator, -apart).items()})
    folder.tensors("learners/mate.safetensors", tensors)
    folder.json("learners/mate.json", dict(
        divergence=apart.item(), temperature=heat, gumbel_temperature=temperature,
        formula="T^2 KL(teacher || student) of softmax(logits / T), mean of rows; the gradient is of minus that"))


def write_meta(folder, seed):
    draws = random(seed, "meta")
    student = model(transformers.BertForSequenceClassification, STUDENT, draws)
    teacher = model(transformers.BertForSequenceClassification, TEACHER, draws)
    ids, quiz = rows(draws, 5), rows(draws, 4)
    labels, asked = (torch.from_numpy(draws.integers(0, LABELS, len(batch))) for batch in (ids, quiz))
    rate, alpha, heat = 0.05, 0.6, 1.7
    tensors = dict(ids=ids, labels=labels, quiz=quiz, quiz_labels=asked)
    for name, made in (("student", student), ("teacher", teacher)):
        tensors.update(weights(name, made))
    found = {}
    for distance in ("kl", "mse"):
        own, taught = student(input_ids=ids).logits, teacher(input_ids=ids).logits
        if distance == "kl":
            apart = heat**2 * divergence((taught / heat).softmax(-1), (own / heat).softmax(-1)).mean()
        else:
            apart = ((own - taught) ** 2).mean()
        loss = alpha * apart + (1 - alpha) * F.cross_entropy(own, labels)
        named = dict(student.named_parameters())
        slopes = torch.autograd.grad(loss, list(named.values()), create_graph=True)
        moved = {name: value - rate * slope for (name, value), slope in zip(named.items(), slopes)}
        answer = torch.func.functional_call(student, moved, kwargs=dict(input_ids=quiz)).logits
        asking = F.cross_entropy(answer, asked)
        found[distance] = dict(loss=loss.item(), quiz_loss=asking.item())
        tensors.update({f"{distance}.grad.{name}": value for name, value in gradients_of(teacher, asking).items()})
    folder.tensors("learners/meta.safetensors", tensors)
    folder.json("learners/meta.json", dict(
        pilot_learning_rate=rate, alpha=alpha, temperature=heat, cases=found,
        formula="alpha D + (1 - alpha) CE, one step of gradient descent, CE on the quiz; D is T^2 KL or the squared "
        "error of logits"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    folder = Folder(options.folder)
    write_mate(folder, options.seed)
    write_meta(folder, options.seed)


if __name__ == "__main__":
    main()
