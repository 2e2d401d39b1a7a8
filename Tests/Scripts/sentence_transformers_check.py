"""Whether sentence-transformers reads the folders of bi-encoders, and its cosines are the models' own.

    Tests/Scripts/sentence_transformers_check.py MODEL [MODEL ...]

A MODEL is the folder of a bi-encoder for scores with golden_rows.jsonl, as `anneal finetune --pair-encoding bi` leaves it: the
cosine of each row's two texts, times the classifier's weight and with its bias, has to be the row's logit. Exits with 1 where
it is not. Needs sentence-transformers.
"""
import json
import sys

import safetensors.torch
import sentence_transformers


def check(folder):
    model = sentence_transformers.SentenceTransformer(folder, device="cpu")
    tensors = safetensors.torch.load_file(f"{folder}/model.safetensors")
    weight, bias = tensors["classifier.weight"].item(), tensors["classifier.bias"].item()
    with open(f"{folder}/golden_rows.jsonl", encoding="utf-8") as file:
        header, *rows = [json.loads(line) for line in file]
    first, second = (model.encode([row[key] for row in rows], normalize_embeddings=True) for key in ("text", "pair"))
    found = [weight * float(u @ v) + bias for u, v in zip(first, second)]
    far = max(abs(a - row["logits"][0]) / max(1, abs(a)) for a, row in zip(found, rows))
    sound = far <= header["tolerance"]
    print(f"{folder}: {len(rows)} pairs, largest difference of a score {far:.2g}: "
          f"{'as it was made' if sound else 'NOT as it was made'}")
    return sound


if __name__ == "__main__":
    results = [check(path) for path in sys.argv[1:]]
    sys.exit(0 if results and all(results) else 1)
