"""Whether transformers reads what `anneal pretrain` wrote, and finds about the perplexity that the run found.

    Tests/Scripts/pretrain_check.py RUN TEXT

RUN is the folder of a run with a masked-language head, TEXT a file of text that it did not learn from, such as the one
given as --dev-text. The model is loaded as BertForMaskedLM with no key missing and none too much, its output layer is the
word embeddings, and the perplexity of tokens that transformers masks itself is within 10 % of the run's. Exits with 1 if not.
"""
import json
import math
import pathlib
import sys

import torch
import transformers


def problem(text):
    print(text, file=sys.stderr)
    sys.exit(1)


def check_language(run, text):
    folder = run / "model"
    model, info = transformers.BertForMaskedLM.from_pretrained(folder, output_loading_info=True)
    for name, keys in info.items():
        if keys:
            problem(f"{folder}: {name}: {keys}")
    if model.get_output_embeddings().weight.data_ptr() != model.get_input_embeddings().weight.data_ptr():
        problem(f"{folder}: the output layer is not the word embeddings")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    length = json.loads((run / "run.json").read_text())["training"]["max_length"]
    collate = transformers.DataCollatorForLanguageModeling(tokenizer)
    rows, row = [], [tokenizer.cls_token_id]
    for line in text.read_text(encoding="utf-8").split("\n"):
        ids = tokenizer(line, add_special_tokens=False)["input_ids"]
        while ids:
            room = length - len(row) - 1
            row += ids[:room] + [tokenizer.sep_token_id]
            ids = ids[room:]
            if len(row) > length - 2:
                rows.append(row)
                row = [tokenizer.cls_token_id]
    torch.manual_seed(1)
    loss, count = 0.0, 0
    model.eval()
    with torch.no_grad():
        for start in range(0, min(len(rows), 512), 16):
            batch = collate([{"input_ids": row} for row in rows[start:start + 16]])
            found = (batch["labels"] >= 0).sum().item()
            loss += model(**batch).loss.item() * found
            count += found
    perplexity = math.exp(loss / count)
    own = json.loads((run / "run.json").read_text())["result"]["metrics"]["perplexity"]
    print(f"perplexity {perplexity:.3f} by transformers' masks, {own:.3f} by the run's")
    if abs(math.log(perplexity / own)) > 0.1:
        problem("they are too far apart")


def main():
    run, text = map(pathlib.Path, sys.argv[1:])
    check_language(run, text)


if __name__ == "__main__":
    main()
