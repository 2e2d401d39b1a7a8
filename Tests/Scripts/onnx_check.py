"""Whether ONNX Runtime answers the golden rows beside exported models as they say.

    Tests/Scripts/onnx_check.py FILE.onnx [FILE.onnx ...]

Each `student.onnx` has `student.golden_rows.jsonl` beside it, which `anneal export` wrote: every row is answered by itself,
then all of them in one padded batch. A file without the input token_type_ids is given none; one with input_ids_2, a
bi-encoder, is given the two texts of each row apart. Exits with 1 where a logit is further off than the file allows. Needs
onnxruntime and numpy, from PyPI.
"""

import json
import sys

import numpy as np
import onnxruntime


def batch(rows, names):
    """The inputs of some rows, padded to the longest."""
    values = {}
    if "input_ids_2" in names:
        for suffix, segment in (("", 0), ("_2", 1)):
            texts = [[each for each, of in zip(row["input_ids"], row["token_type_ids"]) if of == segment] for row in rows]
            values |= {"input_ids" + suffix: texts, "attention_mask" + suffix: [[1] * len(text) for text in texts]}
    else:
        values = {name: [row[name] for row in rows] for name in ("input_ids", "token_type_ids")}
        values["attention_mask"] = [[1] * len(row["input_ids"]) for row in rows]

    def padded(lists):
        length = max(map(len, lists))
        return np.array([each + [0] * (length - len(each)) for each in lists], dtype=np.int64)

    return {name: padded(values[name]) for name in names}


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
