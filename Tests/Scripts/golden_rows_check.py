"""Whether transformers gives the golden rows of models the ids and the logits that stand in them.

    Tests/Scripts/golden_rows_check.py MODEL [MODEL ...]

A MODEL is the folder of a checkpoint with golden_rows.jsonl; `anneal verify` does the same with this program. Windows are
those of the tokenizer's own `stride`. Exits with 1 where anything differs. Needs torch and transformers.
"""

import json
import sys

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer


def check(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    with open(f"{folder}/golden_rows.jsonl", encoding="utf-8") as file:
        header, *rows = [json.loads(line) for line in file]
    others, far = 0, 0.0
    for row in rows:
        options = {"truncation": True, "max_length": header["max_length"]}
        window = row.get("window")
        if window is None:
            read = tokenizer(row["text"], row.get("pair"), **options)
            ids, types = read["input_ids"], read["token_type_ids"]
        else:
            stride = tokenizer.init_kwargs["window_stride"]
            read = tokenizer(row["text"], row.get("pair"), return_overflowing_tokens=True, stride=stride, **options)
            ids, types = read["input_ids"][window], read["token_type_ids"][window]
        others += ids != row["input_ids"] or types != row["token_type_ids"]
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([row["input_ids"]]),
                           token_type_ids=torch.tensor([row["token_type_ids"]])).logits[0].tolist()
        scale = max(1.0, *(abs(value) for value in row["logits"]))
        far = max(far, *(abs(a - b) / scale for a, b in zip(logits, row["logits"])))
    sound = others == 0 and far <= header["tolerance"]
    print(f"{folder}: {len(rows)} rows, {others} of other tokens, largest difference of a logit {far:.2g}: "
          f"{'as it was made' if sound else 'NOT as it was made'}")
    return sound


if __name__ == "__main__":
    results = [check(folder) for folder in sys.argv[1:]]
    sys.exit(0 if results and all(results) else 1)
