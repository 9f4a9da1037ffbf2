"""Whole trainings: what they leave, what they refuse, how they fail, stop and go on."""

import errno
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
import torch

from medsim import bases
from medsim.adapters import read_adapter
from medsim.errors import DataError, MedSimError
from medsim.system_prompt import SystemPrompt
from tests.conftest import REPOSITORY
from tests.tiny import make_model, make_tokenizer
from tests.trainer.small import BRIEF, data_file, run, same, weights
from trainer import checks, patient_trainer, train
from trainer.callbacks import StopSignals, duration
from trainer.checks import use_one_gpu
from trainer.config import TrainConfig
from trainer.events import history, read_events, state
from trainer.failures import classify
from trainer.folder import replacing_folder
from trainer.job import process_record
from trainer.patient_trainer import PatientTrainer, summed_loss
from trainer.runs import Run

# ---------------------------------------------------------------- a run that ends well


def test_what_a_run_leaves(monkeypatch, tiny_base, tmp_path, capsys):
    trained = run(monkeypatch, tiny_base, tmp_path / "run", "--num_train_epochs", "2", "--lora_r", "2")
    assert {path.name for path in trained.folder.iterdir()} == {
        "config.yaml", "command.txt", "run.json", "events.jsonl", "checkpoints", "adapter",
    }  # fmt: skip
    kinds = [event["kind"] for event in trained.events]
    assert kinds[0] == "started" and kinds[-1] == "done" and kinds.count("eval") == 2
    assert Run(trained.folder).process == psutil.Process()
    assert Run(trained.folder).state == "done"
    printed = capsys.readouterr().out
    assert "tokens/s" in printed and " left" in printed and "6 dialogues of 3 scripts" in printed
    assert f"--adapter {trained.folder}" in printed


def test_the_adapter_can_be_used_and_published(monkeypatch, tiny_base, tmp_path):
    trained = run(monkeypatch, tiny_base, tmp_path / "run", *BRIEF, "--learning_rate", "0.1", "--warmup_ratio", "0")
    adapter = trained.folder / "adapter"
    assert {path.name for path in adapter.iterdir()} == {
        "adapter_config.json", "adapter_model.safetensors", "prompt.json", "base.json",
    }  # fmt: skip
    _, tensors = read_adapter(adapter, bases.load_model(tiny_base))
    assert all(tensor.abs().max() > 0 for tensor in tensors.values())
    assert json.loads((adapter / "base.json").read_text()) == bases.describe(tiny_base)
    assert json.loads((adapter / "prompt.json").read_text()) == SystemPrompt().dump()
    assert json.loads((adapter / "adapter_config.json").read_text())["base_model_name_or_path"] == tiny_base.name
    for file in adapter.iterdir():
        assert file.name == "base.json" or str(tiny_base.parent).encode() not in file.read_bytes()


def test_the_hub_id_stands_in_the_adapter_of_a_listed_base(monkeypatch, tiny_base, tmp_path):
    record = {"name": "llama-3.2-1b", "hub_id": "meta-llama/Llama-3.2-1B", "source": "hub:x", "sha256": "0"}
    monkeypatch.setattr(bases, "describe", lambda folder: record)
    trained = run(monkeypatch, tiny_base, tmp_path / "run", *BRIEF)
    settings = json.loads((trained.folder / "adapter" / "adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == "meta-llama/Llama-3.2-1B"


def test_the_loss_falls(monkeypatch, tiny_base, tmp_path):
    flags = ["--num_train_epochs", "8", "--learning_rate", "0.005", "--eval_strategy", "no", "--use_peft", "false"]
    losses = [event["loss"] for event in run(monkeypatch, tiny_base, tmp_path / "run", *flags).of("step")]
    assert losses[-1] < losses[0] - 1


def test_a_run_without_a_name_gets_one(monkeypatch, tiny_base, tmp_path):
    monkeypatch.chdir(tmp_path)
    config = TrainConfig.from_flags(
        [*BRIEF, "--model_name_or_path", str(tiny_base), "--train_file", data_file(tmp_path)]
    )
    folder = train.train(config)
    assert folder.parent == Path("runs") and folder.name.endswith("-tiny")
    assert TrainConfig.load(folder / "config.yaml").output_dir == str(folder)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_the_progress_line_is_rewritten(monkeypatch, tiny_base, tmp_path):
    monkeypatch.setattr(sys, "stdout", Terminal())
    run(monkeypatch, tiny_base, tmp_path / "run", *BRIEF, "--max_steps", "4", "--logging_steps", "3")
    shown = sys.stdout.getvalue()
    assert shown.count("\r\x1b[Kstep 2/4") == 1 and shown.count("\nstep ") == 0
    assert "tokens/s" in shown.split("step 2/4")[1].split("\r")[0]
    assert "\r\x1b[KDone: " in shown


def test_in_a_terminal_the_micro_batches_of_a_long_update_are_counted(monkeypatch, tiny_base, tmp_path):
    monkeypatch.setattr(sys, "stdout", Terminal())
    flags = ["--max_steps", "2", "--per_device_train_batch_size", "1", "--gradient_accumulation_steps", "3"]
    run(monkeypatch, tiny_base, tmp_path / "run", *BRIEF, *flags)
    shown = sys.stdout.getvalue()
    assert "\r\x1b[K2 updates to make\n" in shown
    assert re.findall(r"step (\d)/2  (\d) of 3 micro-batches", shown) == [
        ("0", "1"),
        ("0", "2"),
        ("1", "1"),
        ("1", "2"),
    ]


def test_old_weights_stay_until_the_new_ones_are_in_their_place(monkeypatch, tmp_path):
    def save(text):
        with replacing_folder(tmp_path / "adapter") as part:
            (part / "weights").write_text(text)

    save("first")
    save("second")
    assert (tmp_path / "adapter" / "weights").read_text() == "second"

    def fail(*_):
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(PermissionError):
            save("third")
    assert (tmp_path / "adapter" / "weights").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["adapter"]


def test_time_in_words():
    assert [duration(seconds) for seconds in (4.4, 95, 3600, 7325)] == ["4 s", "1 min 35 s", "1 h 0 min", "2 h 2 min"]


# ---------------------------------------------------------------- refusals before anything is loaded


@pytest.fixture
def nothing_loads(monkeypatch):
    """Whatever prepares or loads a base fails the test."""

    def fail(*args, **_):
        raise AssertionError("something was loaded")

    for name in ("prepare", "load_model", "load_tokenizer"):
        monkeypatch.setattr(bases, name, fail)


def refusal(monkeypatch, base, folder, *flags) -> str:
    with pytest.raises(MedSimError) as caught:
        run(monkeypatch, base, folder, *BRIEF, *flags)
    return str(caught.value)


def test_bfloat16_and_flash_attention_where_they_cannot_be(monkeypatch, nothing_loads, tiny_base, tmp_path):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(checks, "cpu_flags", lambda: {"avx2"})
    message = refusal(monkeypatch, tiny_base, tmp_path / "run", "--bf16", "--use_flash_attention")
    assert "leave out --bf16" in message and "leave out --use_flash_attention" in message
    [*_, failed] = read_events(tmp_path / "run" / "events.jsonl")
    assert (failed["kind"], failed["reason"]) == ("failed", "settings")
    monkeypatch.setattr(checks, "cpu_flags", lambda: {"avx2", "avx512_bf16"})
    checks.check_machine(TrainConfig(bf16=True, train_file=data_file(tmp_path)))


@pytest.mark.skipif(sys.platform != "linux" or "x86" not in os.uname().machine, reason="x86 Linux tells its flags")
def test_the_flags_of_this_processor_are_read():
    assert "fpu" in checks.cpu_flags()


def test_missing_files_and_unknown_bases(monkeypatch, nothing_loads, tiny_base, tmp_path):
    message = refusal(
        monkeypatch, tiny_base, tmp_path / "a", "--train_file", "no.jsonl", "--validation_file", "none.jsonl"
    )
    assert "no.jsonl does not exist" in message and "none.jsonl does not exist" in message
    message = refusal(monkeypatch, tmp_path / "nowhere", tmp_path / "c", "--train_file", "no.jsonl")
    assert "no.jsonl does not exist" in message and "There is no base" in message
    assert read_events(tmp_path / "c" / "events.jsonl")[-1]["reason"] == "settings"
    assert "There is no base" in refusal(monkeypatch, tmp_path / "nowhere", tmp_path / "b")
    assert read_events(tmp_path / "b" / "events.jsonl")[-1]["reason"] == "base"


def test_folders_that_hold_something(monkeypatch, nothing_loads, tiny_base, tmp_path):
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.doc").write_text("mine")
    assert "thesis.doc" in refusal(monkeypatch, tiny_base, tmp_path / "foreign")
    (tmp_path / "file").write_text("mine")
    data = ("--train_file", data_file(tmp_path))
    assert "cannot be made" in refusal(monkeypatch, tiny_base, tmp_path / "file" / "run", *data)
    assert "other files (file)" in refusal(monkeypatch, tiny_base, tmp_path / "file")
    for name in ("adapter", "model", "checkpoints/checkpoint-3"):
        folder = tmp_path / name.partition("/")[0] / "run"
        (folder / name).mkdir(parents=True)
        (folder / name / "trainer_state.json").write_text("{}")
        before = sorted(folder.rglob("*"))
        assert "add --resume_from_checkpoint" in refusal(monkeypatch, tiny_base, folder)
        assert sorted(folder.rglob("*")) == before


def test_a_run_that_goes_on_elsewhere(monkeypatch, nothing_loads, tiny_base, tmp_path):
    with subprocess.Popen(["sleep", "60"]) as other:
        (tmp_path / "run").mkdir()
        (tmp_path / "run" / "run.json").write_text(json.dumps(process_record(other.pid)))
        message = refusal(monkeypatch, tiny_base, tmp_path / "run")
        other.kill()
    assert "A training is running" in message


def test_what_cannot_be_resumed(monkeypatch, nothing_loads, tiny_base, tmp_path):
    assert "There is no run" in refusal(monkeypatch, tiny_base, tmp_path / "none", "--resume_from_checkpoint")
    inside = tmp_path / "run" / "checkpoints" / "checkpoint-2"
    outside = tmp_path / "elsewhere" / "checkpoint-2"
    for folder in (inside, outside):
        folder.mkdir(parents=True)
        (folder / "trainer_state.json").write_text("{}")
    (tmp_path / "run" / "config.yaml").write_text("")
    for wanted in (outside, inside.parent, inside.parent / "checkpoint-9"):
        message = refusal(monkeypatch, tiny_base, tmp_path / "run", "--resume_from_checkpoint", wanted)
        assert "is no checkpoint of" in message and "checkpoint-2" in message


def test_one_gpu_of_several_without_a_launcher(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.delenv("LOCAL_RANK", raising=False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3,5,6")
    assert "--num_processes 4" in use_one_gpu()
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "2"
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2,3")
    assert use_one_gpu() is None and os.environ["CUDA_VISIBLE_DEVICES"] == "2,3"


# ---------------------------------------------------------------- failures, told apart


def failure(monkeypatch, base, folder, *flags) -> dict:
    """The last event of a training that fails, whose sentence the command line shows."""
    with pytest.raises(MedSimError) as caught:
        run(monkeypatch, base, folder, *BRIEF, *flags)
    event = read_events(folder / "events.jsonl")[-1]
    assert (event["kind"], state(read_events(folder / "events.jsonl"))) == ("failed", "failed")
    assert event["message"] in str(caught.value) and event["cure"] in str(caught.value)
    assert not (folder / "adapter").exists()
    return event


def test_bad_data(monkeypatch, tiny_base, tmp_path):
    (tmp_path / "bad.jsonl").write_text('{"script": "x", "dialogue": []}\nnot json\n')
    event = failure(monkeypatch, tiny_base, tmp_path / "run", "--train_file", str(tmp_path / "bad.jsonl"))
    assert event["reason"] == "data"
    assert "bad.jsonl:1" in event["message"] and "bad.jsonl:2" in event["message"]


def test_layers_that_the_base_does_not_have(monkeypatch, tiny_base, tmp_path):
    event = failure(monkeypatch, tiny_base, tmp_path / "run", "--target_modules", "query")
    assert event["reason"] == "settings" and "q_proj" in event["message"]


def test_a_base_that_cannot_be_had(monkeypatch, tiny_base, tmp_path):
    def gated(*_):
        raise MedSimError("The base is gated: ask for access on its page.")

    monkeypatch.setattr(bases, "prepare", gated)
    event = failure(monkeypatch, tiny_base, tmp_path / "run")
    assert event["reason"] == "base" and "gated" in event["message"]


def test_a_loss_that_is_no_number_never_reaches_the_weights(monkeypatch, tmp_path):
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    with torch.no_grad():
        model.lm_head.weight[:] = float("nan")
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path / "broken")
    event = failure(monkeypatch, tmp_path / "broken", tmp_path / "run")
    assert event["reason"] == "nan" and "--learning_rate" in event["cure"]
    assert not list((tmp_path / "run").glob("checkpoints/*"))


def test_an_evaluation_that_is_no_number_is_told_as_such(monkeypatch, tiny_base, tmp_path):
    def broken(model, inputs):
        return summed_loss(model, inputs) * (1 if model.training else float("nan"))

    monkeypatch.setattr(patient_trainer, "summed_loss", broken)
    event = failure(monkeypatch, tiny_base, tmp_path / "run", "--eval_strategy", "steps", "--eval_steps", "1")
    assert event["reason"] == "nan" and "The evaluation's loss became nan after update 1." in event["message"]


def test_a_full_disk_is_told_as_such_by_whoever_meets_it():
    full = MedSimError("config.yaml cannot be written: No space left on device. Free some space.")
    assert classify(full).reason == "disk_full"
    assert classify(MedSimError("Something else.")) == ("other", "Something else.", "Then start again.")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "out_of_memory"),
        (
            RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate"),
            "out_of_memory",
        ),
        (MemoryError(), "out_of_memory"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk_full"),
        (
            RuntimeError("[enforce fail at inline_container.cc] . PytorchStreamWriter failed: file write failed"),
            "disk_full",
        ),
        (ValueError("what is this"), "other"),
    ],
)
def test_what_breaks_the_training(monkeypatch, tiny_base, tmp_path, error, reason, capsys):
    def broken(*_):
        raise error

    monkeypatch.setattr(patient_trainer, "summed_loss", broken)
    event = failure(monkeypatch, tiny_base, tmp_path / "run")
    assert event["reason"] == reason and event["message"] and event["cure"]
    assert ("Traceback" in capsys.readouterr().err) == (reason == "other")


def test_thousands_of_problems_are_counted():
    failed = classify(DataError([f"problem {number}" for number in range(1000)]))
    assert "problem 19" in failed.message and failed.message.endswith("and 980 more.")


# ---------------------------------------------------------------- stop and resume

LONG = (
    "--num_train_epochs", "3", "--per_device_train_batch_size", "2", "--gradient_accumulation_steps", "2",
    "--lora_dropout", "0.2", "--lora_r", "2", "--learning_rate", "0.01", "--eval_strategy", "steps", "--eval_steps", "2",
)  # fmt: skip


@pytest.fixture(scope="module")
def long_data(tmp_path_factory) -> list[str]:
    """12 dialogues, 2 of them held out: 5 micro-batches and 3 updates an epoch."""
    return ["--train_file", data_file(tmp_path_factory.mktemp("data"), dialogues=12, scripts=6)]


@pytest.fixture(scope="module")
def uninterrupted(tiny_base, tmp_path_factory, long_data):
    return run(pytest.MonkeyPatch(), tiny_base, tmp_path_factory.mktemp("long") / "run", *LONG, *long_data)


def stopped_at(monkeypatch, base, folder, method: str, call: int, *flags):
    """A run to which SIGTERM is sent in the `call`-th call (from 1) of a method of the trainer."""
    calls = []
    original = getattr(PatientTrainer, method)

    def signalled(*args, **kwargs):
        calls.append(method)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGTERM)
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(PatientTrainer, method, signalled)
        return run(patch, base, folder, *LONG, *flags)


def check_what_a_stop_keeps(stopped, step: int, printed: str) -> None:
    """In adapter/ the best weights so far, or the last where there was no evaluation; in checkpoints/ the last."""
    losses = {event["step"]: event["eval_loss"] for event in stopped.of("eval")}
    kept = min(losses, key=losses.get) if losses else step
    assert same(weights(stopped.folder / "adapter"), weights(stopped.folder / "checkpoints" / f"checkpoint-{kept}"))
    where = f"The best weights so far are in {stopped.folder / 'adapter'}" if losses else "It is kept in"
    assert f"Stopped after update {step} of 9. {where}" in printed


@pytest.mark.parametrize(
    ("method", "call", "step"),
    [
        ("compute_loss", 3, 1),  # in the first micro-batch of an update
        ("compute_loss", 4, 2),  # in the last, where an evaluation is due
        ("compute_loss", 6, 3),  # in the first epoch's last update, which is a single micro-batch: 5 and 6 are apart
        ("compute_loss", 8, 4),
        ("evaluation_loop", 2, 4),
        ("evaluation_loop", 5, 9),  # in the last evaluation, after the last update
    ],
)
def test_a_resumed_run_ends_as_if_never_stopped(
    monkeypatch, tiny_base, tmp_path, uninterrupted, long_data, method, call, step, capsys
):
    stopped = stopped_at(monkeypatch, tiny_base, tmp_path / "run", method, call, *long_data)
    [event] = stopped.of("stopped")
    assert (event["step"], event["total"]) == (step, 9)
    assert Run(stopped.folder).checkpoints[-1].name == f"checkpoint-{step}"
    check_what_a_stop_keeps(stopped, step, capsys.readouterr().out)

    train.main(["--output_dir", str(stopped.folder), "--resume_from_checkpoint"])
    resumed = read_events(stopped.folder / "events.jsonl")
    assert state(resumed) == "done"
    assert [event["step"] for event in resumed if event["kind"] == "started"] == [0, step]
    for kind, field in (("step", "loss"), ("step", "lr"), ("eval", "eval_loss")):
        found = {event["step"]: event[field] for event in history(resumed) if event["kind"] == kind}
        assert found == {event["step"]: event[field] for event in uninterrupted.of(kind)}
    assert same(weights(stopped.folder / "adapter"), weights(uninterrupted.folder / "adapter"))


def test_a_last_evaluation_that_a_stop_cut_off_is_made_up_for_in_the_middle_of_an_epoch_too(
    monkeypatch, tiny_base, tmp_path, long_data
):
    flags = [*long_data, "--eval_strategy", "epoch", "--max_steps", "4"]
    stopped = stopped_at(monkeypatch, tiny_base, tmp_path / "run", "evaluation_loop", 2, *flags)
    assert (stopped.steps("eval"), stopped.of("stopped")[0]["step"]) == ([3], 4)
    train.main(["--output_dir", str(stopped.folder), "--resume_from_checkpoint"])
    events = read_events(stopped.folder / "events.jsonl")
    assert [event["step"] for event in events if event["kind"] == "eval"] == [3, 4]
    assert state(events) == "done"


def test_a_stop_before_the_first_update_saves_nothing_and_can_be_resumed(monkeypatch, tiny_base, tmp_path, long_data):
    stopped = stopped_at(monkeypatch, tiny_base, tmp_path / "run", "get_train_dataloader", 1, *long_data)
    assert stopped.of("stopped")[0]["step"] == 0
    assert Run(stopped.folder).checkpoints == []
    assert Run(stopped.folder).weights is None
    train.main(["--output_dir", str(stopped.folder), "--resume_from_checkpoint"])
    assert state(read_events(stopped.folder / "events.jsonl")) == "done"


def test_a_stop_while_loading_ends_at_once(monkeypatch, tiny_base, tmp_path):
    prepare = bases.prepare

    def signalled(name):
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        return prepare(name)

    monkeypatch.setattr(bases, "prepare", signalled)
    stopped = run(monkeypatch, tiny_base, tmp_path / "run", *BRIEF)
    assert [event["kind"] for event in stopped.events] == ["started", "stopped"]
    assert stopped.trainer is None


def test_a_half_written_checkpoint_is_passed_over(monkeypatch, tiny_base, tmp_path):
    flags = ["--max_steps", "3", "--save_steps", "1", "--eval_strategy", "no"]
    trained = run(monkeypatch, tiny_base, tmp_path / "run", *flags, "--save_total_limit", "5")
    (trained.folder / "checkpoints" / "checkpoint-3" / "trainer_state.json").unlink()
    train.main(["--output_dir", str(trained.folder), "--resume_from_checkpoint"])
    events = read_events(trained.folder / "events.jsonl")
    assert [event["step"] for event in events if event["kind"] == "started"] == [0, 2]
    assert (events[-1]["kind"], events[-1]["step"]) == ("done", 3)


def test_a_finished_run_can_be_trained_longer(monkeypatch, tiny_base, tmp_path):
    trained = run(monkeypatch, tiny_base, tmp_path / "run", *BRIEF)
    train.main(["--output_dir", str(trained.folder), "--resume_from_checkpoint", "--max_steps", "3"])
    assert read_events(trained.folder / "events.jsonl")[-1]["step"] == 3
    assert TrainConfig.load(trained.folder / "config.yaml").max_steps == 3
    assert TrainConfig.load(trained.folder / "config.yaml").lora_r == 2


def test_signals_are_given_back():
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    with StopSignals() as signals, signals.deferred():
        os.kill(os.getpid(), signal.SIGINT)
        assert signals.requested
        assert signal.getsignal(signal.SIGTERM) == signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


# ---------------------------------------------------------------- as a process


def test_sigterm_to_the_process(tiny_base, tmp_path):
    folder = tmp_path / "run"
    flags = ["--model_name_or_path", str(tiny_base), "--train_file", data_file(tmp_path), "--output_dir", str(folder)]
    with subprocess.Popen(
        [sys.executable, "-m", "trainer.train", *flags, "--num_train_epochs", "1000", "--eval_strategy", "no"],
        cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        hanging = threading.Timer(200, process.kill)
        hanging.start()
        next(line for line in process.stdout if line.startswith("step 3/"))
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        hanging.cancel()
    assert process.returncode == 0
    assert "Stopped after update" in rest and "--resume_from_checkpoint" in rest
    assert Run(folder).state == "stopped" and Run(folder).weights == folder / "adapter"
