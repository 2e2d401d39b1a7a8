"""Compares how Anneal and transformers read random tokenizer folders, and the folders that Anneal saves of them.

usage: tokenizer_folders_check.py ANNEAL [--folders 450] [--texts 60] [--saved 60] [--seed 1] [--work DIR]

Each folder is a random layout (vocab.txt, tokenizer.json, tokenizer_config.json, special_tokens_map.json,
added_tokens.json, config.json) with random options, special tokens, flags, steps and templates. Each (folder, text) is
one comparison with `AutoTokenizer.from_pretrained(folder)`: ids, token types and offsets of a text or a pair, of a
random length and truncation; every eighth is one of all windows with a stride. `anneal tokenize --verify` runs once a
folder, which encodes with offsets and without. The texts that a line holds are compared again, twice each so that the
word cache is read too: `anneal tokenize` writes the ids of a file of lines. A part of the folders is saved by `anneal finetune`; each (saved folder, text) compares what transformers makes
of the saved folder with what it makes of the first one, and is counted apart.

Where transformers itself fails, there is nothing to compare. Where Anneal refuses a folder, the message must be one of
those in REFUSALS; such folders are counted apart. What Conformance.md names as different on purpose is not generated.
Needs tokenizers and transformers, not torch. Exit status 1 if anything differs.
"""
import argparse
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

os.environ["TRANSFORMERS_VERBOSITY"] = "critical"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["RUST_BACKTRACE"] = "0"
from transformers import AutoTokenizer  # noqa: E402

REFUSALS = [
    r"tokenizer_class is .* are supported", r"the (normalizer|pre_tokenizer|post_processor) is .* supported",
    r"empty tokens in the vocabulary", r"is null, but the tokenizer needs one", r"count only in the model of a",
    r"is nothing once it is normalized", r"the vocabulary has no token \S+, which",
]

WORDS = """the a my is here runs co z ##o ##r ##b ##l ##a ##x ##v ##i ##d ##es ##s for on x The Runs caf ##é é café cafe
##e e i ab ##ab AB covid ##covid b , . - $ = ##= + ' ( ) _ ##_ # ##n n new york ##york 中 国 字 ##中 ß ² ° ∘ ##² ñ ##ñ
ॐ ##\u0301 ##\u08d4 \u08d4 ##\u302e ##\u1d165 \u0345 ##\u0345 i\u0307 ##\u0307 ΑΣ ας ασ ##ς ##σ don t don't ##'t a$ x-x
co-co the. 1 12 ##2 ①""".split()
NAMED = {"unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]", "mask_token": "[MASK]"}
OTHER_NAMES = {"unk_token": "<unk>", "sep_token": "</s>", "pad_token": "<pad>", "cls_token": "<s>",
               "mask_token": "<mask>"}
ADDED = ["covidx", "zorblax", "$", "<e1>", "[ENT]", "<new>", "New York", "É", "é", "中", "ab", "AB", "i", "a b", "=",
         "the", "##o", "e\u0301", "😀", "_x_", "Co", "co-co", "<e1>x", "[MASK", "ÀB", "i\u0307", "ss", "\u08d4", "1"]
SPACES = ["", "", " ", "\t", "\u00a0", "\u0085", "\u000b", "\u000c", "\u2003", "\u3000", "\u2028", "\u200b", "\u001c"]
FRAGMENTS = WORDS + ADDED + [
    "CAFÉ", "cafe\u0301", "Zorblax", "ZORBLAX", "covidxes", "Covidx", "NEW YORK", "new york", "\u0301", "\u302e",
    "\u1d165\u302e", "\u08d4\u302e\u0345", "\u0345\U0001e94a", "e\u0327\u0301", "e\u0301\u0327", "é\u0327", "≠", "a\u0338",
    "\u0344\u0345", "İ", "ſ", "\u00ad", "\u200d", "\u200c", "\ufe0f", "♥", "™", "№", "€", "\u0000", "\ufffd", "\ue000",
    "[MASK]", "[mask]", "[SEP]", "[CLS]", "[PAD]", "[UNK]", "<s>", "</s>", "<mask>", "runs!", "don't", "x" * 101, "abab",
    "ababababab", "\u1e9b\u0323", "한국", "\uf900", "\U0002f800", "ǅ", "\u0130\u0130", "\u24b6", "\U0001f170", "_", "-", "«",
    "。", "\u34f0", "\u0e33", "\u0f77"] + SPACES

TASKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tasks")

parser = argparse.ArgumentParser()
parser.add_argument("anneal")
parser.add_argument("--folders", type=int, default=450)
parser.add_argument("--texts", type=int, default=60)
parser.add_argument("--saved", type=int, default=60)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--work", help="keep the folders here")
arguments = parser.parse_args()
dice = random.Random(arguments.seed)


def chance(probability):
    return dice.random() < probability


def write(folder, name, content):
    with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as file:
        file.write(content if isinstance(content, str) else json.dumps(content, ensure_ascii=chance(0.5)))


def flags(special=None):
    special = chance(0.4) if special is None else special
    return {"single_word": chance(0.3), "lstrip": chance(0.3), "rstrip": chance(0.3),
            "normalized": chance(0.5), "special": special}


def make_vocabulary(names):
    tokens = [name for name in names.values() if name == names["unk_token"] or chance(0.9)]
    tokens += dice.sample(WORDS, dice.randint(40, len(WORDS)))
    tokens += [token for token in dice.sample(ADDED, 4) if chance(0.5)]
    dice.shuffle(tokens)
    return list(dict.fromkeys(tokens))


def make_normalizer():
    def one():
        kind = dice.choice(["bert", "bert", "NFD", "Lowercase", "StripAccents"])
        if kind != "bert":
            return {"type": kind}
        return {"type": "BertNormalizer", "clean_text": chance(0.8), "handle_chinese_chars": chance(0.7),
                "strip_accents": dice.choice([None, True, False]), "lowercase": chance(0.6)}
    choice = dice.random()
    if choice < 0.5:
        return {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": chance(0.7),
                "strip_accents": dice.choice([None, True, False]), "lowercase": chance(0.6)}
    if choice < 0.6:
        return None
    if choice < 0.65:
        return dice.choice([{"type": "NFKC"}, {"type": "Replace", "pattern": {"String": "a"}, "content": "b"}])
    if choice < 0.75:
        return one()
    return {"type": "Sequence", "normalizers": [one() for _ in range(dice.randint(0, 4))]}


def make_pre_tokenizer():
    def one():
        return dice.choice([{"type": "BertPreTokenizer"}, {"type": "WhitespaceSplit"}, {"type": "Whitespace"},
                            {"type": "Punctuation", "behavior": dice.choice(["Isolated", "Removed"])}])
    choice = dice.random()
    if choice < 0.4:
        return {"type": "BertPreTokenizer"}
    if choice < 0.45:
        return dice.choice([None, {"type": "Digits", "individual_digits": True}])
    if choice < 0.75:
        return one()
    return {"type": "Sequence", "pretokenizers": [one() for _ in range(dice.randint(1, 3))]}


def make_template(ids, names):
    choice = dice.random()
    if choice < 0.15:
        return None
    cls, sep = names["cls_token"], names["sep_token"]
    if cls not in ids or sep not in ids:
        return None
    if choice < 0.3:
        return {"type": "BertProcessing", "sep": [sep, ids[sep]], "cls": [cls, ids[cls]]}
    if choice < 0.35:
        return {"type": "RobertaProcessing", "sep": [sep, ids[sep]], "cls": [cls, ids[cls]], "trim_offsets": True,
                "add_prefix_space": False}
    special = {name: {"id": name, "ids": [ids[name]], "tokens": [name]} for name in (cls, sep)}
    other = dice.choice(list(ids))
    special["two"] = {"id": "two", "ids": [ids[cls], ids[other]], "tokens": [cls, other]}

    def token():
        return {"SpecialToken": {"id": dice.choice([cls, sep, "two"]), "type_id": dice.randint(0, 1)}}

    def text(name, type_id):
        return {"Sequence": {"id": name, "type_id": type_id}}
    if choice < 0.6:
        first, last = {"SpecialToken": {"id": cls, "type_id": 0}}, {"SpecialToken": {"id": sep, "type_id": 0}}
        single = [first, text("A", 0), last]
        pair = single + [text("B", 1), {"SpecialToken": {"id": sep, "type_id": 1}}]
    else:
        def between():
            return [token() for _ in range(dice.randint(0, 2))]
        single = between() + [text("A", dice.randint(0, 1))] + between()
        texts = [text("A", dice.randint(0, 1)), text("B", dice.randint(0, 1))]
        if chance(0.2):
            texts.reverse()
        pair = between() + [texts[0]] + between() + [texts[1]] + between()
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": special}


def make_tokenizer_file(tokens, names):
    ids = {token: index for index, token in enumerate(tokens)}
    added, count = [], len(ids)
    declared = [(name, {"special": True, "normalized": False, "single_word": False, "lstrip": False, "rstrip": False})
                for name in names.values() if name in ids and chance(0.9)]
    declared += [(token, flags()) for token in dice.sample(ADDED, dice.randint(0, 4))]
    for token, options in declared:
        if token not in ids:
            ids[token] = count
            count += 1
        added.append({"id": ids[token], "content": token, **options})
    if chance(0.7):
        added.sort(key=lambda token: token["id"])
    padding = None
    if chance(0.1):
        padding = {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": None, "pad_id": 0,
                   "pad_type_id": 0, "pad_token": names["pad_token"]}
    truncation = None
    if chance(0.1):
        truncation = {"direction": dice.choice(["Left", "Right"]), "max_length": 7, "strategy": "LongestFirst", "stride": 0}
    return {"version": "1.0", "truncation": truncation, "padding": padding, "added_tokens": added,
            "normalizer": make_normalizer(), "pre_tokenizer": make_pre_tokenizer(),
            "post_processor": make_template(ids, names),
            "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
            "model": {"type": "WordPiece", "unk_token": names["unk_token"],
                      "continuing_subword_prefix": dice.choice(["##", "##", "##", "", "@@", "a"]),
                      "max_input_chars_per_word": dice.choice([100, 100, 4, 1, 12]),
                      "vocab": {token: index for index, token in enumerate(tokens)}}}


def make_configuration(names, has_names):
    result = {}
    if chance(0.7):
        result["do_lower_case"] = chance(0.5)
    if chance(0.4):
        result["strip_accents"] = dice.choice([None, True, False])
    if chance(0.4):
        result["tokenize_chinese_chars"] = chance(0.5)
    for key, name in names.items():
        if has_names or chance(0.3):
            result[key] = name
            if chance(0.15):
                result[key] = {"__type": "AddedToken", "content": name, **flags(True)}
    if chance(0.1):
        result["mask_token"] = None
    if chance(0.1):
        result["bos_token"] = dice.choice(ADDED)
    if chance(0.1):
        result["image_token"] = dice.choice(ADDED)
    if chance(0.1):
        result["add_eos_token"] = False
    for key in ("additional_special_tokens", "extra_special_tokens"):
        if chance(0.25):
            values = dice.sample(ADDED, dice.randint(0, 3))
            result[key] = [{"__type": "AddedToken", "content": value, **flags()} if chance(0.3) else value
                           for value in values]
    if chance(0.1):
        result["extra_special_tokens"] = {f"{name}_token": name for name in dice.sample(ADDED, 2)}
    if chance(0.1):
        result["truncation_side"] = dice.choice(["left", "right"])
    if chance(0.3):
        result["model_max_length"] = dice.choice([512, 1e30, int(1e30)])
    return result


def make_decoder(tokens):
    ids = {token: index for index, token in enumerate(tokens)}
    result, count = {}, len(tokens)
    for token in dice.sample(ADDED, dice.randint(1, 5)):
        if token in ids:
            index = ids[token]
        else:
            index, count = count, count + dice.choice([1, 1, 1, 3])
        options = flags()
        if chance(0.2):
            options = {key: value for key, value in options.items() if chance(0.6)}
        result[str(index)] = {"content": token, **options}
    if chance(0.3):
        result = dict(sorted(result.items(), key=lambda item: dice.random()))
    return result


def make_folder(folder):
    names = dict(OTHER_NAMES if chance(0.2) else NAMED)
    tokens = make_vocabulary(names)
    layout = dice.choice(["vocab", "vocab", "file", "both"])
    configuration = make_configuration(names, has_names=names != NAMED)
    if layout != "file":
        end = "\r\n" if chance(0.2) else "\n"
        lines = [token + (dice.choice(SPACES) if chance(0.05) else "") for token in tokens]
        lines = [line for line in lines if line.rstrip() or chance(0.5)]
        if chance(0.05):
            lines.insert(dice.randint(0, len(lines)), "")
        write(folder, "vocab.txt", end.join(lines) + (end if chance(0.8) else "") + ("\n" if chance(0.1) else ""))
    if layout != "vocab":
        other = tokens if chance(0.5) else make_vocabulary(names)
        write(folder, "tokenizer.json", make_tokenizer_file(other, names))
    classes = ["BertTokenizer", "BertTokenizer", "BertTokenizerFast", "DistilBertTokenizer"]
    if layout != "vocab":
        classes += ["PreTrainedTokenizerFast", "PreTrainedTokenizerFast", "TokenizersBackend", None, "MPNetTokenizer"]
    name = dice.choice(classes)
    if name:
        configuration["tokenizer_class"] = name
    if chance(0.3):
        configuration["added_tokens_decoder"] = make_decoder(tokens)
    if name or chance(0.6):
        write(folder, "tokenizer_config.json", configuration)
    if name is None and layout == "vocab" or chance(0.4):
        model = {"model_type": dice.choice(["bert", "bert", "distilbert", "electra"])}
        if chance(0.2):
            model["tokenizer_class"] = dice.choice(["BertTokenizer", "PreTrainedTokenizerFast"])
        write(folder, "config.json", model)
    if chance(0.25):
        special = {key: {"content": name, **flags(True)} if chance(0.4) else name
                   for key, name in names.items() if chance(0.7)}
        for value in special.values():
            if isinstance(value, dict):
                value.pop("special")
        for key in ("additional_special_tokens", "extra_special_tokens"):
            if chance(0.3):
                special[key] = dice.sample(ADDED, dice.randint(0, 2))
        if chance(0.2):
            special["audio_token"] = dice.choice(ADDED)
        write(folder, "special_tokens_map.json", special)
    if chance(0.25):
        new = [token for token in dice.sample(ADDED, 4) if token not in tokens]
        write(folder, "added_tokens.json", {token: len(tokens) + index for index, token in enumerate(new)})


def make_text():
    parts = []
    for _ in range(dice.randint(0, 9)):
        parts.append(dice.choice(FRAGMENTS))
        if chance(0.1):
            code = dice.choice([dice.randrange(0x250), dice.randrange(0x3000), dice.randrange(0x20000)])
            parts.append(chr(code) if not 0xD800 <= code < 0xE000 else "")
        if chance(0.5):
            parts.append(dice.choice([" ", " ", " ", dice.choice(SPACES)]))
    return "".join(parts)


def compare_row(tokenizer, index):
    """A line for `anneal tokenize --verify`; None where transformers fails."""
    row = {"a": make_text()}
    if chance(0.35):
        row["b"] = make_text()
    options = {"return_offsets_mapping": True, "return_token_type_ids": True}
    if index % 8 == 7 or chance(0.4):
        row["max_length"] = dice.randint(3, 14)
        row["truncation"] = dice.choice(["longest_first", "longest_first", "only_first"]
                                        + (["only_second"] if "b" in row else []))
        options |= {"max_length": row["max_length"], "truncation": row["truncation"]}
    if index % 8 == 7:
        row["stride"] = dice.choice([0, 0, 1, 2])
        options |= {"stride": row["stride"], "return_overflowing_tokens": True}
    try:
        # A batch of one: called with a pair alone, transformers takes an empty second text for none.
        found = tokenizer([row["a"]], [row["b"]] if "b" in row else None, **options)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None
    if index % 8 == 7:
        row["windows"], row["ids"] = found["input_ids"], found["input_ids"][0]
    else:
        row["ids"] = found["input_ids"][0]
        row["token_types"] = found["token_type_ids"][0]
        row["offsets"] = found["offset_mapping"][0]
    # Less room than the added tokens need is refused by Anneal, and so are windows without room for one of the texts,
    # which transformers then gives in full.
    most = row.get("max_length", sys.maxsize)
    room = most - tokenizer.num_special_tokens_to_add("b" in row)
    fits = room >= 0 and all(len(window) <= most for window in row.get("windows", []))
    return row if fits else None


def write_model(folder, vocabulary_size):
    """The smallest BERT there is, in the layout of Hugging Face, so that the folder can be fine-tuned from."""
    hidden, count = 2, vocabulary_size
    shapes = {"embeddings.word_embeddings.weight": [count, hidden],
              "embeddings.position_embeddings.weight": [64, hidden],
              "embeddings.token_type_embeddings.weight": [2, hidden],
              "embeddings.LayerNorm.weight": [hidden], "embeddings.LayerNorm.bias": [hidden],
              "pooler.dense.weight": [hidden, hidden], "pooler.dense.bias": [hidden]}
    for part in ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
                 "intermediate.dense", "output.dense"):
        shapes[f"encoder.layer.0.{part}.weight"] = [hidden, hidden]
        shapes[f"encoder.layer.0.{part}.bias"] = [hidden]
    for part in ("attention.output.LayerNorm", "output.LayerNorm"):
        shapes[f"encoder.layer.0.{part}.weight"] = [hidden]
        shapes[f"encoder.layer.0.{part}.bias"] = [hidden]
    header, data = {}, b""
    for name, shape in shapes.items():
        size = shape[0] * (shape[1] if len(shape) > 1 else 1)
        values = struct.pack(f"<{size}f", *[((index * 7919) % 13 - 6) / 10 for index in range(size)])
        header["bert." + name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    return {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": count, "hidden_size": hidden,
            "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": hidden,
            "max_position_embeddings": 64, "type_vocab_size": 2, "hidden_act": "gelu"}


def read(folder):
    try:
        return AutoTokenizer.from_pretrained(folder)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def is_ambiguous(tokenizer):
    """Whether two added tokens are one once they are normalized: which of them transformers takes is left to chance."""
    normalizer = tokenizer.backend_tokenizer.normalizer
    contents = [normalizer.normalize_str(token.content) if normalizer else token.content
                for token in tokenizer.added_tokens_decoder.values() if token.normalized]
    return len(contents) != len(set(contents))


def anneal(*options):
    done = subprocess.run([arguments.anneal, *options], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def check_lines(folder, tokenizer, rows, counts):
    """Compares the ids of texts in a file of lines, for which no offsets are asked."""
    texts = [text for row in rows for text in (row["a"], row.get("b")) if text is not None]
    # A byte order mark at the file's start is none of the first text, and NUL is in no text.
    texts = [text for text in texts if not set("\n\r\ufeff\0") & set(text)] * 2
    expected = [tokenizer([text])["input_ids"][0] for text in texts]
    write(folder, "lines.txt", "".join(text + "\n" for text in texts))
    done = subprocess.run([arguments.anneal, "tokenize", os.path.join(folder, "lines.txt"), "--model", folder, "--quiet"],
                          capture_output=True, text=True)
    found = [[int(word) for word in line.split()] for line in done.stdout.splitlines()]
    counts["lines"] += len(texts)
    if done.returncode != 0 or len(found) != len(texts):
        counts["different"] += len(texts)
        print(f"{folder}: {len(texts)} lines in, {len(found)} out: {done.stderr.strip()}")
        return False
    different = [index for index in range(len(texts)) if found[index] != expected[index]]
    counts["different"] += len(different)
    for index in different[:3]:
        print(f"{folder}: line {index + 1}: {texts[index]!r}\n  expected {expected[index]}\n  found    {found[index]}")
    return not different


def check_saved(work, number, folder, tokenizer, texts, counts):
    """Saves the folder by fine-tuning from it, and compares what transformers makes of both."""
    source = os.path.join(work, f"source-{number}")
    shutil.copytree(folder, source)
    config, declared = write_model(source, 600), {}
    for name in ("config.json", "tokenizer_config.json"):
        if os.path.exists(os.path.join(source, name)):
            with open(os.path.join(source, name), encoding="utf-8") as file:
                declared[name] = json.load(file)
    # A model's type names a class; where there was none, the folder must go on being read without.
    name = declared.get("config.json", {}).get("tokenizer_class")
    if "config.json" not in declared and "tokenizer_class" not in declared.get("tokenizer_config.json", {}):
        name = "PreTrainedTokenizerFast"
    write(source, "config.json", config | ({"tokenizer_class": name} if name else {}))
    run = os.path.join(work, f"run-{number}")
    status, output = anneal("finetune", "--task", "SST-2", "--data", TASKS, "--model", source, "--new-head", "--epochs", "1", "--limit",
                            "2", "--max-length", "16", "--threads", "1", "--quiet", "--output", run)
    if status != 0:
        counts["unsaved"] += 1
        print(f"{source}: not fine-tuned: {output.strip()[-300:]}")
        return
    saved = read(os.path.join(run, "model"))
    if saved is None:
        counts["different"] += len(texts)
        print(f"{run}/model: transformers cannot read it")
        return
    for first, second in texts:
        counts["saved"] += 1
        second = None if second is None else [second]
        left = tokenizer([first], second, return_offsets_mapping=True, return_token_type_ids=True)
        right = saved([first], second, return_offsets_mapping=True, return_token_type_ids=True)
        for key in ("input_ids", "token_type_ids", "offset_mapping"):
            if left[key] != right[key]:
                counts["different"] += 1
                print(f"{run}/model: {first!r} {second!r}: {key}\n  expected {left[key]}\n  found    {right[key]}")
                break
    shutil.rmtree(run)
    shutil.rmtree(source)


def main():
    work = arguments.work or tempfile.mkdtemp()
    os.makedirs(work, exist_ok=True)
    counts = dict.fromkeys(["compared", "lines", "saved", "different", "refused", "failed", "unsaved"], 0)
    readable = 0
    number = 0
    while readable < arguments.folders:
        number += 1
        folder = os.path.join(work, f"folder-{number}")
        os.makedirs(folder)
        make_folder(folder)
        tokenizer = read(folder)
        rows = [] if tokenizer is None or is_ambiguous(tokenizer) else [compare_row(tokenizer, index) for index in range(arguments.texts)]
        rows = [row for row in rows if row is not None]
        if not rows:
            counts["failed"] += 1
            shutil.rmtree(folder)
            continue
        write(folder, "expected.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
        status, output = anneal("tokenize", "--verify", os.path.join(folder, "expected.jsonl"), "--model", folder)
        found = re.search(r"(\d+) lines compared, (\d+) differ", output)
        if not found:
            known = any(re.search(pattern, output) for pattern in REFUSALS)
            counts["refused"] += known
            if not known:
                counts["different"] += len(rows)
                print(f"{folder}: {output.strip()}")
            else:
                shutil.rmtree(folder)
            continue
        readable += 1
        counts["compared"] += int(found[1])
        counts["different"] += int(found[2])
        if int(found[2]) > 0:
            print(f"{folder}:\n{output.strip()}")
            continue
        if not check_lines(folder, tokenizer, rows, counts):
            continue
        if counts["saved"] < arguments.saved * arguments.texts and chance(1.5 * arguments.saved / arguments.folders):
            texts = [(row["a"], row.get("b")) for row in rows]
            check_saved(work, number, folder, tokenizer, texts, counts)
        shutil.rmtree(folder)
    if not arguments.work:
        shutil.rmtree(work)
    print(f"{counts['compared']} comparisons of {readable} folders, {counts['lines']} of lines without offsets, {counts['saved']} of saved folders, "
          f"{counts['different']} differ; {counts['refused']} folders refused by name, {counts['failed']} that "
          f"transformers does not read or reads by chance, {counts['unsaved']} not saved")
    sys.exit(1 if counts["different"] or counts["unsaved"] else 0)


main()
