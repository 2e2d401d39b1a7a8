"""Reads the TensorBoard files of a run with TensorBoard's own reader and holds them against the run's event log.

usage: tensorboard_check.py RUN_DIR

Every step's loss, learning rate and gradient norm and every evaluation's metrics must be there, at the step counted
over all stages, as the float32 nearest to what the log says. Needs tensorboard. Exit status 1 if anything differs.
"""
import json
import struct
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


run = sys.argv[1]
board = EventAccumulator(run + "/tensorboard", size_guidance={"scalars": 0})
board.Reload()
found = {tag: {event.step: event.value for event in board.Scalars(tag)} for tag in board.Tags()["scalars"]}

expected = {}
before, stage_steps = 0, 0
with open(run + "/events.jsonl", encoding="utf-8") as log:
    for line in log:
        event = json.loads(line)
        kind = event["event"]
        if kind == "stage_started":
            before += stage_steps
            stage_steps = event["step_count"]
        elif kind == "step":
            step = before + event["step"]
            for tag, key in [("loss", "loss"), ("learning_rate", "learning_rate"), ("gradient_norm", "gradient_norm")]:
                expected.setdefault("train/" + tag, {})[step] = float32(event[key])
        elif kind == "evaluated":
            for name, value in event["metrics"].items():
                expected.setdefault(f"{event['split']}/{name}", {})[before + event["step"]] = float32(value)

problems = [tag for tag, values in expected.items() if found.get(tag) != values]
print(f"{len(found)} tags, {sum(map(len, found.values()))} values; {len(expected)} tags held against the log")
if problems or not expected:
    sys.exit(f"these differ from the log: {problems or 'the log has no steps'}")
