"""Writes the golden results of this project: what PyTorch, transformers, tokenizers, scikit-learn and SciPy compute.

usage: make_goldens.py FOLDER [--seed 1]

Everything that goes in is made here from the seed: sentences, a vocabulary, small models with random weights. What comes
out is computed in double precision and stored in single, so that a test knows the right value and not another rounding
of it. Tests/Goldens was written by

  python3 -m venv goldens && goldens/bin/pip install torch transformers tokenizers safetensors numpy scipy scikit-learn
  goldens/bin/python Tests/Scripts/make_goldens.py Tests/Goldens --seed 1

with the libraries that its versions.json names. Any other folder of this script passes the same tests; folders beside
Tests/Goldens are named in an environment variable, parted by colons:

  ANNEAL_GOLDENS=two:three swift test --filter '[Gg]olden'

  model/       an encoder in Hugging Face's layout, with its vocabulary
  encoder/     hidden states, attention and pooled output of that encoder
  gradients/   loss and gradients of every loss between a student and a teacher, of masked language modelling, and of
               tokens that are mixtures of the vocabulary
  optimizer/   twelve steps of AdamW with warm-up, decay and clipping
  tokenizer/   ids and offsets of texts, pairs that are cut, and scalars of Unicode between two letters
  metrics/     accuracy, F1, Matthews, Pearson and Spearman
"""
import argparse
import json
import math
import pathlib
import platform
import string

import numpy
import safetensors
import safetensors.torch
import scipy.stats
import sklearn
import sklearn.metrics
import tokenizers
import torch
import torch.nn.functional as F
import transformers

VOCABULARY, WIDTH, LABELS = 61, 13, 3
STUDENT = dict(hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=37)
TEACHER = dict(hidden_size=28, num_hidden_layers=4, num_attention_heads=7, intermediate_size=41)
ENCODER = dict(hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=52)


class Folder:
    """Where files go: tensors as float32 or int32, JSON with its keys as they were given."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def file(self, name):
        (self.path / name).parent.mkdir(parents=True, exist_ok=True)
        return self.path / name

    def tensors(self, name, tensors):
        def stored(value):
            value = torch.as_tensor(value).detach()
            return value.to(torch.float32 if value.is_floating_point() else torch.int32).contiguous().clone()

        self.file(name).write_bytes(safetensors.torch.save({key: stored(value) for key, value in tensors.items()}))

    def json(self, name, value):
        self.file(name).write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")

    def lines(self, name, values):
        self.file(name).write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")


def random(seed, *purpose):
    """A generator for one purpose, which no other purpose's draws move."""
    return numpy.random.default_rng([seed, *map(ord, "/".join(map(str, purpose)))])


# Models and batches


def model(kind, shape, draws, vocabulary=VOCABULARY, positions=WIDTH + 6):
    """A model of transformers in double precision, whose weights are random and numbers of single precision."""
    config = transformers.BertConfig(
        vocab_size=vocabulary, max_position_embeddings=positions, num_labels=LABELS, hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0, attn_implementation="eager", **shape)
    made = kind(config).double().train()
    with torch.no_grad():
        for name, value in made.named_parameters():
            numbers = draws.standard_normal(tuple(value.shape))
            if name.endswith("LayerNorm.weight"):
                numbers = 1 + 0.2 * numbers
            elif name.endswith("bias"):
                numbers *= 0.2
            elif "embeddings" in name:
                numbers *= 0.5
            else:
                numbers *= 1.2 / math.sqrt(value.shape[-1])
            value.copy_(torch.from_numpy(numbers.astype(numpy.float32)))
    return made


def config_of(made):
    return {key: value for key, value in made.config.to_dict().items() if not key.startswith("_")}


def batch(draws, count=6, width=WIDTH):
    """Sequences of unequal lengths, the first of them without padding."""
    lengths = [width, 1, *draws.integers(2, width + 1, count - 2)]
    mask = torch.tensor([[int(place < length) for place in range(width)] for length in lengths])
    ids = torch.from_numpy(draws.integers(1, VOCABULARY, (count, width))) * mask
    types = torch.from_numpy(draws.integers(0, 2, (count, width))) * mask
    return dict(input_ids=ids, token_type_ids=types, attention_mask=mask)


def gradients_of(made, loss, extra=()):
    """Gradients of all parameters that a loss depends on, by name, and those of `extra`."""
    named = [(name, value) for name, value in made.named_parameters()] + list(extra)
    found = torch.autograd.grad(loss, [value for _, value in named], allow_unused=True, retain_graph=True)
    return {name: slope for (name, _), slope in zip(named, found) if slope is not None}


# Losses between a student and a teacher


class Watched:
    """A pass of a model: its output, and queries, keys and values of the last layer."""

    def __init__(self, made, inputs):
        self.projections = {}
        attention = made.bert.encoder.layer[-1].attention.self
        hooks = [
            getattr(attention, name).register_forward_hook(
                lambda _, __, output, name=name: self.projections.update({name: output}))
            for name in ("query", "key", "value")]
        output = made(**inputs, output_hidden_states=True, output_attentions=True)
        for hook in hooks:
            hook.remove()
        self.logits, self.states = output.logits, output.hidden_states
        self.attention = [maps.mean(1) for maps in output.attentions]


def divergence(teacher, student):
    """KL(teacher || student) over the last dimension, where 0 log 0 = 0."""
    return (torch.special.xlogy(teacher, teacher) - torch.special.xlogy(teacher, student)).sum(-1)


def relations(x, mask, heads):
    """Softmax over the real keys of x x^T / sqrt(width of a head).  # [sequences, heads, queries, keys]"""
    count, width, size = x.shape
    split = x.view(count, width, heads, size // heads).transpose(1, 2)
    scores = split @ split.transpose(-1, -2) / math.sqrt(size // heads)
    return scores.masked_fill(mask[:, None, None, :] == 0, -torch.inf).softmax(-1)


def losses(student, teacher, inputs, labels, targets, projection):
    """Every loss with its formula."""
    mask = inputs["attention_mask"]
    real = mask.bool()
    logits, answers = student.logits, teacher.logits
    yield "cross_entropy", F.cross_entropy(logits, labels), "-log softmax(student)[label], mean of the batch"
    yield "regression_mse", ((logits[:, 0] - targets) ** 2).mean(), "(first logit - target)^2, mean of the batch"
    temperature = 4
    soft = divergence((answers / temperature).softmax(-1), (logits / temperature).softmax(-1))
    yield ("kd_kl_T4", temperature**2 * soft.mean(),
           "T^2 KL(teacher || student) of softmax(logits / T), mean of the batch, T = 4")
    for temperature in (1, 3, 7):
        factor = 1 - (temperature - 1) / 7
        yield (f"annealing_T{temperature}", ((logits - factor * answers) ** 2).mean(),
               f"(student - f teacher)^2, mean of batch and classes, f = 1 - (T - 1) / 7, T = {temperature}")
    pairs = [(0, 0), (1, 2), (2, 4)]
    states = [((student.states[s] @ projection.T)[real], teacher.states[t][real]) for s, t in pairs]
    named = "hidden states, student 0, 1, 2 to teacher 0, 2, 4, sum of the pairs of layers"
    yield "hidden_mse", sum(((s - t) ** 2).mean() for s, t in states), f"(s P^T - t)^2, mean of tokens and width; {named}"
    yield ("hidden_cosine", sum((1 - F.cosine_similarity(s, t, dim=-1)).mean() for s, t in states),
           f"1 - cos(s P^T, t), mean of tokens; {named}")
    maps = [(student.attention[s - 1], teacher.attention[t - 1]) for s, t in pairs[1:]]
    both = real[:, :, None] & real[:, None, :]
    named = "probabilities averaged over heads, student 1, 2 to teacher 2, 4, sum of the pairs of layers"
    yield ("attention_mse_mean_heads", sum(((s - t) ** 2)[both].mean() for s, t in maps),
           f"(s - t)^2, mean of queries and keys; {named}")
    yield ("attention_kl_mean_heads", sum(divergence(t, torch.where(both, s, 1.0))[real].mean() for s, t in maps),
           f"KL(t || s) over keys, mean of queries; {named}")
    first = F.normalize(student.states[1][:, 0] @ projection.T, dim=-1)
    yield ("pkd_cls", ((first - F.normalize(teacher.states[2][:, 0], dim=-1)) ** 2).sum(-1).mean(),
           "|normalize(P s) - normalize(t)|^2 of first tokens, mean of the batch, student 1 to teacher 2")
    heads, total = 4, 0
    rows = real[:, None, :].expand(-1, heads, -1)
    for name in ("query", "key", "value"):
        s, t = (relations(passed.projections[name], mask, heads) for passed in (student, teacher))
        total = total + divergence(t, torch.where(real[:, None, None, :], s, 1.0))[rows].mean()
    yield ("minilm_v2_relations", total,
           "KL(t || s) of softmax(x x^T / sqrt(width of a head)), last layers, 4 heads, mean of heads and queries, "
           "sum of x = q, k, v")


def write_gradients(folder, seed):
    draws = random(seed, "gradients")
    student = model(transformers.BertForSequenceClassification, STUDENT, draws)
    teacher = model(transformers.BertForSequenceClassification, TEACHER, draws)
    for name, made in (("student", student), ("teacher", teacher)):
        folder.json(f"gradients/{name}.config.json", config_of(made))
        folder.tensors(f"gradients/{name}.safetensors", {f"{name}.{key}": value for key, value in made.named_parameters()})
    inputs = batch(draws)
    labels = torch.from_numpy(draws.integers(0, LABELS, len(inputs["input_ids"])))
    targets = torch.from_numpy(draws.uniform(0, 5, len(labels)).astype(numpy.float32)).double()
    shape = (TEACHER["hidden_size"], STUDENT["hidden_size"])
    projection = (0.3 * draws.standard_normal(shape)).astype(numpy.float32)
    projection = torch.from_numpy(projection).double().requires_grad_()
    with torch.no_grad():
        taught = Watched(teacher, inputs)
    tensors, cases = dict(inputs, labels=labels, targets=targets, projection=projection), {}
    for name, loss, formula in losses(Watched(student, inputs), taught, inputs, labels, targets, projection):
        cases[name] = dict(loss=loss.item(), formula=formula)
        found = gradients_of(student, loss, [("projection", projection)])
        tensors.update({f"{name}.grad.{key}": value for key, value in found.items()})
    folder.tensors("gradients/cases.safetensors", tensors)
    folder.json("gradients/cases.json", dict(note="padding counts in no mean; s, t: student and teacher", cases=cases))


def write_masked_lm(folder, seed):
    draws = random(seed, "masked_lm")
    made = model(transformers.BertForMaskedLM, STUDENT, draws)
    inputs = batch(draws)
    real = inputs["attention_mask"].bool()
    chosen = torch.from_numpy(draws.random(real.shape) < 0.3) & real
    chosen[0, 0] = True
    labels = torch.where(chosen, torch.from_numpy(draws.integers(0, VOCABULARY, real.shape)), -100)

    def loss_of(logits):
        return F.cross_entropy(logits.view(-1, VOCABULARY), labels.view(-1))

    loss = loss_of(made(**inputs).logits)
    tensors = dict(inputs, mlm_labels=labels)
    tensors.update({f"weight.{name}": value for name, value in made.named_parameters()})
    tensors.update({f"grad.{name}": value for name, value in gradients_of(made, loss).items()})
    folder.tensors("gradients/masked_lm.safetensors", tensors)
    folder.json("gradients/masked_lm.json", dict(
        loss=loss.item(),
        formula="cross entropy, mean of the tokens with a label; decoder and word embeddings are one matrix"))

    # The same model and labels, where some tokens go in as mixtures of the vocabulary.
    places = torch.nonzero(torch.from_numpy(draws.random(real.shape) < 0.3) & real)
    rows = draws.dirichlet(numpy.full(VOCABULARY, 0.3), len(places)).astype(numpy.float32)
    rows = torch.from_numpy(rows).double().requires_grad_()
    words = made.bert.embeddings.word_embeddings.weight
    embedded = words[inputs["input_ids"]].index_put((places[:, 0], places[:, 1]), rows @ words)
    logits = made(
        inputs_embeds=embedded, token_type_ids=inputs["token_type_ids"], attention_mask=inputs["attention_mask"]).logits
    loss = loss_of(logits)
    found = gradients_of(made, loss, [("rows", rows)])
    folder.tensors("gradients/soft_rows.safetensors", dict(
        {f"grad.{name}": value for name, value in found.items()}, places=places, rows=rows))
    folder.json("gradients/soft_rows.json", dict(
        loss=loss.item(),
        formula="as masked_lm; the word embedding of a token in places is its row times the word embeddings"))


# Training


def write_optimizer(folder, seed):
    draws = random(seed, "optimizer")
    made = model(transformers.BertForSequenceClassification, STUDENT, draws)
    folder.json("optimizer/config.json", config_of(made))
    tensors = {f"init.{name}": value.detach().clone() for name, value in made.named_parameters()}
    plain = ("bias", "LayerNorm.weight")
    groups = [
        dict(params=[value for name, value in made.named_parameters() if name.endswith(plain) == bare], weight_decay=decay)
        for bare, decay in ((False, 0.01), (True, 0.0))]
    warmup, count = 3, 12
    optimizer = torch.optim.AdamW(groups, lr=2e-3, betas=(0.9, 0.999), eps=1e-8)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: step / warmup if step < warmup else (count - step) / (count - warmup))
    steps = []
    for step in range(count):
        inputs = batch(draws, count=4, width=9)
        inputs.pop("token_type_ids")
        labels = torch.from_numpy(draws.integers(0, LABELS, 4))
        tensors.update({f"batch.{step}.{key}": value for key, value in dict(inputs, labels=labels).items()})
        loss = F.cross_entropy(made(**inputs).logits, labels)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(made.parameters(), 1.0)
        steps.append(dict(loss=loss.item(), grad_norm=norm.item(), lr=schedule.get_last_lr()[0]))
        optimizer.step()
        schedule.step()
    tensors.update({f"final.{name}": value for name, value in made.named_parameters()})
    folder.tensors("optimizer/trajectory.safetensors", tensors)
    folder.json("optimizer/trajectory.json", dict(
        optimizer="AdamW, rate 2e-3, betas 0.9 and 0.999, epsilon 1e-8, weight decay 0.01 but for biases and LayerNorm, "
        "norm clipped at 1; the rate rises for 3 steps and falls to 0 at step 12", steps=steps))


# Text

SUBJECTS = [
    "the old baker", "a quiet river", "my neighbour's dog", "Anna", "every second train", "the committee", "Zoë",
    "this recipe", "nobody", "the café at the corner", "Dr. Müller", "a half-finished bridge", "the orchestra",
]
VERBS = [
    "remembers", "has not forgotten", "waits for", "is looking at", "sold", "would rather avoid", "re-opened",
    "can't explain", "misunderstood", "carries", "photographed", "overtakes",
]
OBJECTS = [
    "the blue umbrella", "three thousand letters", "an unbelievable story", "the harbour of Göteborg", "42.5 % of it",
    "its own shadow", "the last winter", "two e-mails (and a postcard)", "a naïve question", "the engineers' plans",
    "$1,299.99", "tomorrow's newspaper", "the unhappiest ending",
]
ENDINGS = [
    ".", "!", "?", "...", ", again.", "; so it goes.", " -- at 7:30.", " #shortly", "", " :)",
]
LETTERS = "\u00e9\u00fc\u00df\u00f6\u0130\u0131\u20ac\u201c\u201d\u2019\u2014\u4e2d\u6587\u548c\u65e5\u672c\u8a9e"
# Greek, Cyrillic, Hebrew, Arabic, Devanagari, Hangul, combining marks.
SCRIPTS = [
    (0x3B1, 0x3CA), (0x430, 0x450), (0x5D0, 0x5EB), (0x621, 0x64B), (0x905, 0x93A), (0x1100, 0x1113), (0x300, 0x312),
]
# What tokenizers differ in: accents, scripts, spaces, control characters, special tokens, words that are too long.
ODD = [
    "", " ", "\t\n", "a", "..", "don't", "e\u0301te\u0301 \u00e9t\u00e9", "\u00c5ngstr\u00f6m A\u030angstro\u0308m",
    "stra\u00dfe STRASSE \u1e9e", "\u0130stanbul \u0131\u015f\u0131k I\u0307",
    "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2 \u03a3",
    "\u041c\u043e\u0441\u043a\u0432\u0430 \u0439\u043e\u0434 \u0401\u043b\u043a\u0430",
    "\u4e2d\u6587\u548cEnglish\u6df7\u5408", "\u65e5\u672c\u8a9e\u306e\u30c6\u30ad\u30b9\u30c8",
    "\ud55c\uad6d\uc5b4 \ubb38\uc7a5", "\u0627\u0644\u0644\u063a\u0629 \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u0939\u093f\u0928\u094d\u0926\u0940",
    "\u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22", "\U0001f600\U0001f469\u200d\U0001f680 ok",
    "\uff26\uff35\uff2c\uff2c \uff57\uff49\uff44\uff45", "zero\u200bwidth\u200djoin soft\u00adhyphen",
    "no\u00a0break\u2003em\u3000wide", "bell\u0007 null\u0000 del\u007f \ufffd end", "\ufeffmark",
    "\u2028line\u2029paragraph", "x\u0301\u0323\u0302y", "\U00020000\U0002a6d6\uf900", "[CLS] the [MASK] river [SEP]",
    "[mask] [Mask] [UNK]x", "[ MASK ]", "a[SEP]b", "[PAD]", "http://example.org/a_b?c=d&e=%20",
    "1,000,000.00\u20ac \u00bd \u2167 \u00b2", "\u201cquoted\u201d \u2018it\u2019s\u2019 \u2014 \u2026", "w" * 100,
    "w" * 101, "un" * 60, "\u00e9" * 101, "the" + "\u0301" * 40, "r\u0301iver RIVER RiVeR",
    "\u01c5 \u01f1 \ufb01 \ufb03", "\u1100\u1161\u11a8", "a\rb\r\nc", "tab\there", "`~!@#$%^&*()-_=+[]{}|;:'\",.<>/?\\",
]


def sentence(draws):
    def pick(options):
        return options[draws.integers(len(options))]

    made = f"{pick(SUBJECTS)} {pick(VERBS)} {pick(OBJECTS)}{pick(ENDINGS)}"
    return [made, made.capitalize(), made.upper(), made][draws.integers(4)]


def vocabulary_for(draws, texts):
    """Special tokens, letters of several scripts alone and inside words, words, and beginnings and ends of words."""
    letters = [*string.ascii_letters, *string.digits, *string.punctuation, *LETTERS]
    for low, high in SCRIPTS:
        letters += map(chr, range(low, high))
    words = sorted({word for text in texts for word in text.replace("\u00a0", " ").split() if word.isalpha()})
    words += sorted({word.lower() for word in words} - set(words))
    pieces = []
    for word in words:
        if draws.random() < 0.5:
            pieces.append(word)
        if len(word) > 3:
            cut = draws.integers(1, len(word))
            pieces += [word[:cut], "##" + word[cut:]]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + letter for letter in letters), *pieces]
    return list(dict.fromkeys(tokens))


def write_tokenizer(folder, seed):
    draws = random(seed, "tokenizer")
    texts = [*ODD, *(sentence(draws) for _ in range(250))]
    texts += [" ".join(draws.choice(ODD, 3)) for _ in range(60)]
    tokens = vocabulary_for(draws, texts)
    vocabulary = folder.file("model/vocab.txt")
    vocabulary.write_text("\n".join(tokens) + "\n", encoding="utf-8")
    settings = dict(do_lower_case=True, model_max_length=64, tokenizer_class="BertTokenizer")
    folder.json("model/tokenizer_config.json", settings)
    made = {}
    for name, lower in (("uncased", True), ("cased", False)):
        made[name] = tokenizers.BertWordPieceTokenizer(str(vocabulary), lowercase=lower)
        encodings = made[name].encode_batch(texts)
        folder.lines(f"tokenizer/{name}.jsonl", (
            dict(text=text, ids=encoding.ids, offsets=encoding.offsets) for text, encoding in zip(texts, encodings)))
    uncased, pairs = made["uncased"], []
    while len(pairs) < 150:
        first, second = (" ".join(draws.choice(texts, draws.integers(1, 4))) for _ in range(2))
        strategy = str(draws.choice(["longest_first", "only_second"]))
        length = int(draws.choice([8, 16, 32, 64]))
        uncased.no_truncation()
        if strategy == "only_second" and len(uncased.encode(first).ids) + 1 >= length:
            continue  # The second sentence cannot be cut far enough.
        uncased.enable_truncation(length, strategy=strategy)
        encoding = uncased.encode(first, second)
        pairs.append(dict(
            a=first, b=second, max_length=length, truncation=strategy, ids=encoding.ids, token_types=encoding.type_ids))
    folder.lines("tokenizer/pairs.jsonl", pairs)
    uncased.no_truncation()
    above = set(draws.integers(0x3400, 0x110000, 6000).tolist()) - set(range(0xD800, 0xE000))
    scalars = [*range(0x3400), *sorted(above)]
    encodings = uncased.encode_batch([f"x{chr(scalar)}y" for scalar in scalars], add_special_tokens=False)
    lines = (f"{scalar:X}\t{' '.join(map(str, each.ids))}\n" for scalar, each in zip(scalars, encodings))
    folder.file("tokenizer/scalar_sweep.tsv").write_text("scalar\tids\n" + "".join(lines), encoding="utf-8")
    return uncased, texts


def write_encoder(folder, seed, tokenizer, texts):
    draws = random(seed, "encoder")
    made = model(transformers.BertModel, ENCODER, draws, vocabulary=tokenizer.get_vocab_size(), positions=64)
    folder.json("model/config.json", config_of(made))
    folder.tensors("model/model.safetensors", dict(made.named_parameters()))
    tokenizer.enable_truncation(40)
    tokenizer.enable_padding()
    chosen = [
        (str(a), str(b)) if pair else str(a)
        for a, b, pair in zip(draws.choice(texts, 8), draws.choice(texts, 8), [True, False] * 4)]
    encodings = tokenizer.encode_batch(chosen)
    inputs = dict(
        input_ids=torch.tensor([each.ids for each in encodings]),
        token_type_ids=torch.tensor([each.type_ids for each in encodings]),
        attention_mask=torch.tensor([each.attention_mask for each in encodings]))
    with torch.no_grad():
        output = made(**inputs, output_hidden_states=True, output_attentions=True)
    mask = inputs["attention_mask"].double()
    tensors = dict(inputs, pooled=output.pooler_output)
    for layer, states in enumerate(output.hidden_states):
        tensors[f"hidden.{layer}"] = states * mask[:, :, None]
    for layer in (0, len(output.attentions) - 1):
        tensors[f"attention.{layer}"] = (output.attentions[layer] * mask[:, None, :, None])[:4]
    folder.tensors("encoder/pretrained.safetensors", tensors)


# Numbers


def write_metrics(folder, seed):
    draws, made = random(seed, "metrics"), []
    for classes, count in ((2, 40), (2, 61), (2, 90), (3, 75), (4, 110)):
        labels = draws.integers(0, classes, count)
        predictions = numpy.where(draws.random(count) < 0.7, labels, draws.integers(0, classes, count))
        scores = draws.uniform(0, 5, count).round(1)
        predicted = (scores + draws.normal(0, 1, count)).round(1)
        entry = dict(labels=labels.tolist(), predictions=predictions.tolist())
        entry["accuracy"] = float(sklearn.metrics.accuracy_score(labels, predictions))
        entry["matthews"] = float(sklearn.metrics.matthews_corrcoef(labels, predictions))
        if classes == 2:
            entry["f1"] = float(sklearn.metrics.f1_score(labels, predictions))
        entry.update(scores=scores.tolist(), predicted_scores=predicted.tolist())
        entry["pearson"] = float(scipy.stats.pearsonr(predicted, scores)[0])
        entry["spearman"] = float(scipy.stats.spearmanr(predicted, scores)[0])
        made.append(entry)
    folder.file("metrics/metrics.json").write_text(
        "[\n" + ",\n".join(json.dumps(entry) for entry in made) + "\n]\n", encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    folder, seed = Folder(arguments.folder), arguments.seed
    write_gradients(folder, seed)
    write_masked_lm(folder, seed)
    write_optimizer(folder, seed)
    write_encoder(folder, seed, *write_tokenizer(folder, seed))
    write_metrics(folder, seed)
    libraries = (torch, transformers, tokenizers, safetensors, numpy, scipy, sklearn)
    folder.json("versions.json", dict(
        seed=seed, python=platform.python_version(), **{each.__name__: each.__version__ for each in libraries}))


main()
