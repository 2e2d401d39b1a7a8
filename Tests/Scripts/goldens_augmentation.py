"""Writes Tests/Goldens/augmentation: what PyTorch and transformers offer in the place of words, and a weighted loss.

usage: goldens_augmentation.py FOLDER [--seed 1]

The libraries are those of make_goldens.py. FOLDER is a folder of goldens such as Tests/Goldens.

  augmentation/model/           a masked-language model of random weights, in Hugging Face's layout
  augmentation/candidates.json  of texts and pairs: each word of letters, with the model's best words for its place (one
                                piece), or the words of the nearest embeddings (several pieces)
  augmentation/scores.json      predicted scores with their mean absolute error
  augmentation/weighted.json    a squared error whose rows count by the teacher's variance, with its gradient
"""
import argparse
import json
import pathlib

import numpy
import sklearn.metrics
import tokenizers
import torch
import transformers

COUNT = 5
WORDS = ("the a of and film story plot actor music scene good bad fine poor slow fast quiet loud old new never always "
         "very much says sees makes gives ends begins river house night winter stone paper light water").split()
PIECES = ["##s", "##er", "##ly", "##ing", "un", "re"]
TEXTS = [
    ("the film ends slowly", None),
    ("A quiet story, never much of a plot.", None),
    ("rewater the old house and unlight stone", None),
    ("The actor says nothing new", "an actor gives the scene a fine light"),
    ("winter begins", "the riverer ends in paper nights"),
]


def make_model(folder, seed):
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused1]", "?", ",", ".", "7"] + WORDS + PIECES
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": true}\n', encoding="utf-8")
    config = transformers.BertConfig(
        vocab_size=len(tokens), hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37,
        max_position_embeddings=40, hidden_dropout_prob=0.1, attention_probs_dropout_prob=0.1,
        attn_implementation="eager")
    model = transformers.BertForMaskedLM(config).eval()
    draws = numpy.random.default_rng([seed, 20])
    with torch.no_grad():
        for name, value in sorted(dict(model.named_parameters()).items()):
            numbers = draws.standard_normal(tuple(value.shape))
            if name.endswith("LayerNorm.weight"):
                numbers = 1 + 0.2 * numbers
            value.copy_(torch.from_numpy((0.7 * numbers if "LayerNorm" not in name else numbers).astype(numpy.float32)))
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    return model.double(), tokenizers.BertWordPieceTokenizer(
        str(folder / "vocab.txt"), lowercase=True)


def best(values, allowed):
    """The ids of the largest values; throws where the order hangs on rounding."""
    order = sorted(allowed, key=lambda token: -values[token])
    gaps = [values[order[i]] - values[order[i + 1]] for i in range(COUNT)]
    assert min(gaps) > 1e-4, gaps
    return order[:COUNT]


def candidates(model, tokenizer):
    tokens = [tokenizer.id_to_token(i) for i in range(tokenizer.get_vocab_size())]
    words = [i for i, token in enumerate(tokens) if token.isalpha()]
    embeddings = model.bert.embeddings.word_embeddings.weight
    units = torch.nn.functional.normalize(embeddings, dim=-1)
    made = []
    for first, second in TEXTS:
        encoding = tokenizer.encode(first, second)
        ids, types = torch.tensor([encoding.ids]), torch.tensor([encoding.type_ids])
        groups = {}
        for place, (word, text) in enumerate(zip(encoding.word_ids, encoding.sequence_ids)):
            if word is not None:
                groups.setdefault((text, word), []).append(place)
        found = []
        for (text, _), places in groups.items():
            start = encoding.offsets[places[0]][0]
            end = encoding.offsets[places[-1]][1]
            written = (first, second)[text][start:end]
            if not written.isalpha():
                continue
            pieces = [ids[0][place].item() for place in places]
            if len(places) == 1:
                masked = ids.clone()
                masked[0, places[0]] = tokens.index("[MASK]")
                with torch.no_grad():
                    values = model(input_ids=masked, token_type_ids=types).logits[0, places[0]]
                chosen = best(values.tolist(), [i for i in words if i != pieces[0]])
            else:
                query = torch.nn.functional.normalize(embeddings[pieces].mean(0), dim=-1)
                chosen = best((units @ query).tolist(), words)
            found.append(dict(word=written, text=text, pieces=len(places), candidates=[tokens[i] for i in chosen]))
        made.append(dict(first=first, second=second, words=found))
    return dict(count=COUNT, texts=made)


def weighted(seed):
    draws = numpy.random.default_rng([seed, 21])
    student = torch.tensor(draws.standard_normal((6, 1)), requires_grad=True)
    teacher = torch.tensor(draws.standard_normal((6, 1)))
    samples = torch.tensor(draws.standard_normal((8, 6, 1)) * draws.uniform(0.1, 2, (1, 6, 1)))
    variance = samples.var(0, unbiased=True).mean(-1)
    beta = 1.5
    weights = (1 + beta) / (1 + beta * variance / variance.mean())
    loss = (weights[:, None] * (student - teacher) ** 2).mean()
    loss.backward()
    return dict(
        discount=beta, student=student.detach()[:, 0].tolist(), teacher=teacher[:, 0].tolist(),
        uncertainties=(variance / variance.mean()).tolist(), weights=weights.tolist(), loss=loss.item(),
        gradient=student.grad[:, 0].tolist())


def scores(seed):
    draws, made = numpy.random.default_rng([seed, 22]), []
    for count in (2, 40, 77):
        targets = draws.uniform(0, 5, count).round(1)
        predictions = (targets + draws.normal(0, 1, count)).round(3)
        made.append(dict(
            targets=targets.tolist(), predictions=predictions.tolist(),
            mae=float(sklearn.metrics.mean_absolute_error(targets, predictions))))
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    folder = pathlib.Path(arguments.folder) / "augmentation"
    model, tokenizer = make_model(folder / "model", arguments.seed)
    with torch.no_grad():
        found = candidates(model, tokenizer)
    (folder / "candidates.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    (folder / "scores.json").write_text(json.dumps(scores(arguments.seed), indent=1) + "\n", encoding="utf-8")
    (folder / "weighted.json").write_text(json.dumps(weighted(arguments.seed), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
