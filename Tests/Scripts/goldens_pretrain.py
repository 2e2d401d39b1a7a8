"""Writes the golden results of losses on text and on sentence vectors: what PyTorch and transformers compute.

usage: goldens_pretrain.py FOLDER [--seed 1]

Beside make_goldens.py, whose models, batches and libraries it takes; Tests/Goldens/pretrain was written by

  goldens/bin/python Tests/Scripts/goldens_pretrain.py Tests/Goldens --seed 1

  pretrain/language.safetensors   a student and a teacher with masked-language heads, a batch, the tokens to predict; the
                                  gradients of the losses in language.json
  pretrain/vectors.safetensors    states and logits of both, and gradients of the losses in vectors.json with respect to the
                                  student's
"""
import argparse

import numpy
import torch
import torch.nn.functional as F
import transformers

from make_goldens import (
    STUDENT, TEACHER, VOCABULARY, Folder, batch, config_of, divergence, gradients_of, model, random)


def write_language(folder, seed):
    draws = random(seed, "pretrain", "language")
    student = model(transformers.BertForMaskedLM, dict(STUDENT, num_hidden_layers=1), draws)
    teacher = model(transformers.BertForMaskedLM, dict(TEACHER, num_hidden_layers=1), draws)
    inputs = batch(draws)
    real = inputs["attention_mask"].bool()
    chosen = torch.from_numpy(draws.random(real.shape) < 0.3) & real
    chosen[0, 0] = True
    labels = torch.where(chosen, torch.from_numpy(draws.integers(0, VOCABULARY, real.shape)), -100)
    shape = (TEACHER["hidden_size"], STUDENT["hidden_size"])
    projection = torch.from_numpy((0.3 * draws.standard_normal(shape)).astype(numpy.float32)).double().requires_grad_()
    with torch.no_grad():
        taught = teacher(**inputs, output_hidden_states=True)
    said = student(**inputs, output_hidden_states=True)
    temperature = 2
    soft = divergence((taught.logits / temperature).softmax(-1), (said.logits / temperature).softmax(-1))[chosen]
    language = F.cross_entropy(said.logits.view(-1, VOCABULARY), labels.view(-1))
    cosine = F.cosine_similarity((said.hidden_states[-1] @ projection.T)[real], taught.hidden_states[-1][real], dim=-1)
    kl = temperature**2 * soft.mean()
    cases = {
        "mlm": (language, "-log softmax(student)[label], mean of the tokens with a label"),
        "vocabulary_kl_T2": (kl, "T^2 KL(teacher || student) of softmax(logits / T), mean of the tokens with a label, T = 2"),
        "distilbert": (2 * language + 5 * kl + (1 - cosine).mean(),
                       "2 mlm + 5 vocabulary_kl + 1 - cos(s P^T, t) of last states, mean of tokens"),
    }
    tensors = dict(inputs, mlm_labels=labels, projection=projection)
    for name, made in (("student", student), ("teacher", teacher)):
        folder.json(f"pretrain/{name}.config.json", config_of(made))
        tensors.update({f"{name}.{key}": value for key, value in made.named_parameters()})
    for name, (loss, _) in cases.items():
        found = gradients_of(student, loss, [("projection", projection)])
        tensors.update({f"{name}.grad.{key}": value for key, value in found.items()})
    folder.tensors("pretrain/language.safetensors", tensors)
    folder.json("pretrain/language.json", {name: dict(loss=loss.item(), formula=text) for name, (loss, text) in cases.items()})


def write_vectors(folder, seed):
    draws = random(seed, "pretrain", "vectors")

    def numbers(*shape):
        return torch.from_numpy(draws.standard_normal(shape).astype(numpy.float32)).double()

    lengths = [3, 1, 5, 2]
    student, teacher = numbers(sum(lengths), 8).requires_grad_(), numbers(sum(lengths), 8)
    logits, answers = numbers(len(lengths), 3).requires_grad_(), numbers(len(lengths), 3)

    def means(states):
        return torch.stack([part.mean(0) for part in states.split(lengths)])

    def firsts(states):
        return torch.stack([part[0] for part in states.split(lengths)])

    def alike(x):
        return F.cosine_similarity(x[:, None], x[None, :], dim=-1)

    pairs = torch.triu_indices(len(lengths), len(lengths), 1)
    apart = (alike(means(student)) - alike(means(teacher)))[pairs[0], pairs[1]]
    cases = {
        "vector_l1_mean": (F.l1_loss(means(student), means(teacher)), student, "|s - t| of mean states, mean of rows and width"),
        "vector_mse_cls": (F.mse_loss(firsts(student), firsts(teacher)), student,
                           "(s - t)^2 of first states, mean of rows and width"),
        "vector_cosine_mean": ((1 - F.cosine_similarity(means(student), means(teacher), dim=-1)).mean(), student,
                               "1 - cos(s, t) of mean states, mean of rows"),
        "similarity_mean": ((apart**2).mean(), student, "(cos_s - cos_t)^2 of mean states, mean of the pairs of rows"),
        "logits_l1": ((logits - answers).abs().sum() / len(lengths), logits, "|s - t| summed over classes, mean of rows"),
    }
    tensors = dict(lengths=torch.tensor(lengths), student=student, teacher=teacher, logits=logits, answers=answers)
    for name, (loss, of, _) in cases.items():
        tensors[f"{name}.grad"] = torch.autograd.grad(loss, of, retain_graph=True)[0]
    folder.tensors("pretrain/vectors.safetensors", tensors)
    folder.json("pretrain/vectors.json", {name: dict(loss=loss.item(), formula=text) for name, (loss, _, text) in cases.items()})


def main():
    parser = argparse.ArgumentParser(description="Writes golden results of losses on text and sentence vectors.")
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder = Folder(arguments.folder)
    write_language(folder, arguments.seed)
    write_vectors(folder, arguments.seed)


if __name__ == "__main__":
    main()
