"""Whether ONNX Runtime answers the golden rows beside exported models as they say.

    Tests/Scripts/onnx_check.py FILE.onnx [FILE.onnx ...]

Each `student.onnx` has `student.golden_rows.jsonl` beside it, which `anneal export` wrote: every row is answered by itself,
then all of them in one padded batch. A file without the input token_type_ids is given none. Exits with 1 where a logit is
further off than the file allows. Needs onnxruntime and numpy, from PyPI.
"""

import json
import sys

import numpy as np
import onnxruntime


def batch(rows, names):
    """The inputs of some rows, padded to the longest."""
    length = max(len(row["input_ids"]) for row in rows)
    pad = lambda ids: ids + [0] * (length - len(ids))
    values = {
        "input_ids": [pad(row["input_ids"]) for row in rows],
        "attention_mask": [pad([1] * len(row["input_ids"])) for row in rows],
        "token_type_ids": [pad(row["token_type_ids"]) for row in rows],
    }
    return {name: np.array(values[name], dtype=np.int64) for name in names}


def check(path):
    with open(path.removesuffix(".onnx") + ".golden_rows.jsonl", encoding="utf-8") as file:
        header, *rows = [json.loads(line) for line in file]
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    expected = np.array([row["logits"] for row in rows], dtype=np.float64)
    single = np.concatenate([session.run(["logits"], batch([row], names))[0] for row in rows])
    together = session.run(["logits"], batch(rows, names))[0]
    scale = np.maximum(1, np.abs(expected).max(axis=1, keepdims=True))
    far = max(float(np.max(np.abs(found - expected) / scale)) for found in (single, together))
    metadata = session.get_modelmeta().custom_metadata_map
    sound = far <= header["tolerance"] and int(metadata["max_length"]) == header["max_length"]
    print(f"{path}: inputs {', '.join(names)}; {len(rows)} rows, largest difference {far:.2g}, "
          f"{header['tolerance']} allowed: {'as it was made' if sound else 'NOT as it was made'}")
    return sound


if __name__ == "__main__":
    results = [check(path) for path in sys.argv[1:]]
    sys.exit(0 if results and all(results) else 1)
