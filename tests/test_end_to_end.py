"""The real default base from dialogues to a merged patient: train three steps, chat, compare, merge."""

import itertools
import json

import pytest

from medsim.dialogue import Record, doctor, patient, save
from medsim.patients import ModelPatient, load_patient, stream_together
from tests.tiny import GREEDY
from trainer.config import TrainConfig
from trainer.events import read_events
from trainer.merge import merge
from trainer.train import train

SHORT = GREEDY.model_copy(update={"max_new_tokens": 10})
SCRIPT = "A baker of 61 with a cough since Easter. Never smoked."
ANSWER = "It began at Easter, doctor."


@pytest.fixture(scope="module")
def run(tmp_path_factory, smollm2):
    """A run of three updates at a high rate on one short dialogue: enough to change what is said."""
    folder = tmp_path_factory.mktemp("runs")
    asked = (doctor("When did the cough begin?"), patient(ANSWER))
    save(folder / "train.jsonl", [Record(SCRIPT, asked)] * 2)
    config = TrainConfig.load(
        train_file=str(folder / "train.jsonl"), output_dir=str(folder / "three-steps"), max_steps=3, learning_rate=2e-3,
        warmup_ratio=0, per_device_train_batch_size=2, eval_strategy="no", logging_steps=1,
    )  # fmt: skip
    return train(config)


def test_train_chat_compare_and_merge(run, tmp_path):
    events = read_events(run / "events.jsonl")
    losses = [event["loss"] for event in events if event["kind"] == "step"]
    assert [event["kind"] for event in events][-1] == "done"
    assert len(losses) == 3
    assert losses[-1] < losses[0] / 2

    tuned = load_patient(run)
    base = ModelPatient(tuned.engine, tuned.base)
    dialogue = [doctor("When did the cough begin?")]
    said = ["", ""]
    steps = stream_together([(base, SCRIPT, dialogue), (tuned, SCRIPT, dialogue)], SHORT)
    for pieces in itertools.islice(steps, 20):
        said = [text + piece for text, piece in zip(said, pieces, strict=True)]
    assert said[1].strip() == ANSWER
    assert said[0].strip() != ANSWER
    assert "".join(tuned.stream(SCRIPT, dialogue, SHORT)).strip() == ANSWER
    tuned.engine.close()

    merge(run, tmp_path / "merged")
    assert (tmp_path / "merged" / "template.jinja").read_text()
    assert (
        json.loads((tmp_path / "merged" / "base.json").read_text())["hub_id"] == "HuggingFaceTB/SmolLM2-135M-Instruct"
    )
    merged = load_patient(tmp_path / "merged")
    assert "".join(merged.stream(SCRIPT, dialogue, SHORT)).strip() == ANSWER
    merged.engine.close()
