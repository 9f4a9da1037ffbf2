"""The questions that a model in training answers: which they are, what is told of them, and that they change nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from medsim.dialogue import Record, doctor, save
from medsim.forward import forward_of
from medsim.patients import ModelPatient, load_patient
from medsim.probes import INTERVIEW
from medsim.script import PatientScript
from tests.conftest import FIRST, REPOSITORY, first_dialogues
from tests.trainer.small import BRIEF, run, same, weights
from trainer import train
from trainer.events import history, read_events, state
from trainer.fidelity import MEANS, SAMPLES, SAMPLING, fixed_interviews, fixed_samples, patients_to_ask

FLAGS = (
    "--num_train_epochs", "2", "--per_device_train_batch_size", "2", "--learning_rate", "0.01", "--lora_r", "2",
    "--lora_dropout", "0.2", "--load_best_model_at_end", "false",
)  # fmt: skip
TEN = ("--eval_probes", "10")


@pytest.fixture(scope="module")
def patients() -> list[PatientScript]:
    """Those whose scripts are short enough for the tiny base."""
    return list({record.script.id: record.script for record in first_dialogues()}.values())


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> list[str]:
    """Two turns of a dialogue with each of four patients to learn from, and of the others to evaluate on."""
    folder = tmp_path_factory.mktemp("data")
    dialogues = {record.script.id: Record(record.script, tuple(record.dialogue[:4])) for record in first_dialogues()}
    save(folder / "train.jsonl", [dialogues[name] for name in FIRST[:4]])
    save(folder / "validation.jsonl", [dialogues[name] for name in FIRST[4:]])
    return ["--train_file", str(folder / "train.jsonl"), "--validation_file", str(folder / "validation.jsonl")]


@pytest.fixture(scope="module")
def measured(tiny_base, tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("measured") / "run"
    return run(pytest.MonkeyPatch(), tiny_base, folder, *FLAGS, *TEN, *data)


def told(events, *kinds: str) -> list[dict]:
    """What events say, but for the time and the speed."""
    left_out = ("t", "tokens_per_s", "eta_s")
    return [{name: event[name] for name in event if name not in left_out} for event in events if event["kind"] in kinds]


# ---------------------------------------------------------------- the questions


@pytest.mark.parametrize("questions", [1, 7, 40, 100])
def test_so_many_questions_are_asked_as_are_wanted_and_always_the_same(patients, questions):
    interviews = fixed_interviews(patients, questions)
    assert sum(len(one.probes) for one in interviews) == questions
    assert interviews == fixed_interviews(patients, questions)
    for one in interviews:
        assert one.probes[0].kind == "opening" and len(one.probes) <= INTERVIEW[0]
        for place, probe in enumerate(one.probes):
            assert probe.repeats is None or probe.repeats < place
    assert len({(one.script.id, one.probes) for one in interviews}) == len(interviews)


def test_every_patient_is_asked_and_no_kind_makes_up_the_half(patients):
    interviews = fixed_interviews(patients, 40)
    assert [one.script for one in interviews] == patients
    kinds = [probe.kind for one in interviews for probe in one.probes]
    assert len(set(kinds)) >= 8 and max(map(kinds.count, kinds)) < 20


def test_of_many_patients_the_first_have_an_interview_rather_than_all_a_greeting(patients):
    assert [len(one.probes) for one in fixed_interviews(patients * 50, 40)] == [5] * 8


def test_the_samples_are_of_different_kinds_and_patients(patients):
    samples = fixed_samples(patients)
    assert len(samples) == len(SAMPLES) == len({sample.script.id for sample in samples})
    assert len(fixed_samples(patients[:1])) == len(SAMPLES)


def test_whom_a_talk_has_no_room_for_is_not_asked(patients, tiny_format):
    records = [Record("A baker of 61 with a cough.", ()), *(Record(script, ()) for script in patients * 2)]
    assert patients_to_ask(records, tiny_format, 5000) == patients
    assert 0 < len(patients_to_ask(records, tiny_format, 1600)) < len(patients)


# ---------------------------------------------------------------- what is told


def test_each_evaluation_tells_the_means_and_the_samples(measured):
    assert measured.steps("eval") == [2, 4]
    for event in measured.of("eval"):
        means = {name: event[name] for name in MEANS if name in event}
        assert set(MEANS) - set(means) <= {"consistency"}  # where nothing is said twice
        assert all(0 <= value <= 1 for value in means.values())
    assert measured.steps("sample") == [2] * len(SAMPLES) + [4] * len(SAMPLES)
    first, last = measured.of("sample")[: len(SAMPLES)], measured.of("sample")[len(SAMPLES) :]
    assert [event["question"] for event in first] == [event["question"] for event in last]
    assert [event["base"] for event in first] == [event["base"] for event in last]
    assert all(event["script"] in FIRST[4:] for event in first)


def test_the_samples_are_what_base_and_adapter_say_outside_of_training(measured, patients):
    tuned = load_patient(measured.folder)
    scripts = {script.id: script for script in patients}
    last = measured.of("sample")[len(SAMPLES) :]
    items = [(scripts[event["script"]], [doctor(event["question"])]) for event in last]
    assert [event["reply"] for event in last] == tuned.batch(items, SAMPLING)
    assert [event["base"] for event in last] == ModelPatient(tuned.engine, tuned.base).batch(items, SAMPLING)
    assert any(event["reply"] != event["base"] for event in last)
    tuned.engine.close()


def test_the_terminal_tells_fidelity(monkeypatch, tiny_base, tmp_path, data, capsys):
    flags = ["--max_steps", "1", "--lora_r", "2", "--eval_probes", "1"]
    [event] = run(monkeypatch, tiny_base, tmp_path / "run", *flags, *data).of("eval")
    assert f"eval_loss {event['eval_loss']:.4f}  fidelity {event['fidelity']:.2f}\n" in capsys.readouterr().out


def test_where_all_weights_are_trained_there_is_no_base_to_ask(monkeypatch, tiny_base, tmp_path, data):
    flags = [*BRIEF, "--max_steps", "1", "--eval_strategy", "epoch", "--use_peft", "false", "--eval_probes", "1"]
    samples = run(monkeypatch, tiny_base, tmp_path / "run", *flags, *data).of("sample")
    assert samples and all(event["base"] is None and event["reply"] for event in samples)


def test_bare_texts_cannot_be_asked_about_which_is_said_once(monkeypatch, tiny_base, tmp_path, capsys):
    trained = run(monkeypatch, tiny_base, tmp_path / "run", "--lora_r", "2", *TEN)
    assert len(trained.of("eval")) == 2 and not any("fidelity" in event for event in trained.of("eval"))
    assert trained.of("sample") == []
    assert capsys.readouterr().out.count("Fidelity is not measured") == 1


# ---------------------------------------------------------------- training goes on as if nothing had been asked


def test_training_is_the_same_without_questions(monkeypatch, tiny_base, tmp_path, data, measured, capsys):
    silent = run(monkeypatch, tiny_base, tmp_path / "run", *FLAGS, *data, "--eval_probes", "0")
    assert silent.of("sample") == [] and "idelity" not in capsys.readouterr().out
    assert told(silent.events, "step") == told(measured.events, "step")
    without = [{name: event[name] for name in event if name not in MEANS} for event in told(measured.events, "eval")]
    assert told(silent.events, "eval") == without
    assert same(weights(silent.folder / "adapter"), weights(measured.folder / "adapter"))


def stopped_at_pass(monkeypatch, base, folder, number: int, *flags):
    """A run to which SIGTERM is sent in that forward pass of all its replies."""
    passes = []

    @contextmanager
    def signalled(*args):
        with forward_of(*args) as forward:

            def counted(parts):
                passes.append(parts)
                if len(passes) == number:
                    os.kill(os.getpid(), signal.SIGTERM)
                    time.sleep(0.5)  # until the main thread has noticed
                return forward(parts)

            yield counted

    with monkeypatch.context() as patch:
        patch.setattr("medsim.loop.forward_of", signalled)
        stopped = run(patch, base, folder, *flags)
    assert len(passes) == number
    return stopped


@pytest.mark.parametrize(("number", "step"), [(3, 2), (350, 4)])
def test_a_stop_among_the_questions_ends_them_and_resuming_asks_them_again(
    monkeypatch, tiny_base, tmp_path, data, measured, number, step
):
    stopped = stopped_at_pass(monkeypatch, tiny_base, tmp_path / "run", number, *FLAGS, *TEN, *data)
    assert [event["step"] for event in stopped.of("stopped")] == [step]
    assert step not in stopped.steps("eval") + stopped.steps("sample")
    train.main(["--output_dir", str(stopped.folder), "--resume_from_checkpoint"])
    resumed = read_events(stopped.folder / "events.jsonl")
    assert state(resumed) == "done"
    kinds = ("step", "eval", "sample")
    assert told(history(resumed), *kinds) == told(measured.events, *kinds)
    assert same(weights(stopped.folder / "adapter"), weights(measured.folder / "adapter"))


def test_a_resumed_run_does_not_ask_the_base_again(monkeypatch, tiny_base, tmp_path, data):
    flags = [*FLAGS, *data, "--max_steps", "1", "--eval_strategy", "steps", "--eval_steps", "1", "--eval_probes", "1"]
    trained = run(monkeypatch, tiny_base, tmp_path / "run", *flags)
    file = trained.folder / "events.jsonl"
    lines = [json.dumps(event | ({"base": "kept"} if event["kind"] == "sample" else {})) for event in trained.events]
    file.write_text("\n".join(lines) + "\n")
    train.main(["--output_dir", str(trained.folder), "--resume_from_checkpoint", "--max_steps", "2"])
    samples = [event for event in read_events(file) if event["kind"] == "sample" and event["step"] == 2]
    assert len(samples) == len(SAMPLES) and all(event["base"] == "kept" for event in samples)


def test_of_several_processes_one_asks_and_the_others_wait(tiny_base, tmp_path, data):
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]
    flags = ["--model_name_or_path", str(tiny_base), "--output_dir", str(tmp_path / "run"), *FLAGS, *data]
    command = [*launch, "-m", "trainer.train", *flags, "--eval_probes", "5"]
    subprocess.run(command, cwd=REPOSITORY, check=True, timeout=200, env={**os.environ, "OMP_NUM_THREADS": "1"})
    events = read_events(tmp_path / "run" / "events.jsonl")
    assert state(events) == "done"
    assert [event["step"] for event in events if event["kind"] == "sample"] == [1] * len(SAMPLES) + [2] * len(SAMPLES)
    assert all("fidelity" in event for event in events if event["kind"] == "eval")
