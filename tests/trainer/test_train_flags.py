"""What each setting does to a training, seen in the events, the checkpoints, the weights or the trainer."""

import json
import shlex

import pytest
import torch
from safetensors.torch import load_file

from medsim import bases
from medsim.dialogue import Record, doctor, patient, save
from medsim.files import read_document
from tests.trainer.small import BRIEF, Trained, data_file, run, same, weights
from trainer import train
from trainer.config import TrainConfig

COMMAND = """
    --num_train_epochs 3 --per_device_train_batch_size 2 --gradient_accumulation_steps 2 --learning_rate 2e-3
    --warmup_ratio 0.5 --weight_decay 0.01 --logging_steps 2 --evaluation_strategy steps --eval_steps 4 --save_steps 4
    --use_peft --lora_r 32 --lora_alpha 16 --lora_dropout 0.1 --lr_scheduler_type linear
"""


def train_with(monkeypatch, tiny_base, tmp_path, *flags) -> Trained:
    return run(monkeypatch, tiny_base, tmp_path / "run", *flags)


def adapter_config(trained: Trained) -> dict:
    return json.loads((trained.folder / "adapter" / "adapter_config.json").read_text())


def checkpoints(trained: Trained) -> list[int]:
    return sorted(int(path.name.rpartition("-")[2]) for path in (trained.folder / "checkpoints").iterdir())


@pytest.fixture(scope="module")
def command(tiny_base, tmp_path_factory) -> Trained:
    """A run with most of the common settings changed."""
    folder = tmp_path_factory.mktemp("command")
    data = data_file(folder, dialogues=20, scripts=10)
    return run(pytest.MonkeyPatch(), tiny_base, folder / "run", "--train_file", data, *shlex.split(COMMAND))


def test_epochs_batch_and_accumulation_make_the_number_of_updates(command):
    """18 dialogues (2 are held out) in micro-batches of 2 are 9, by 2 accumulated 5 updates an epoch."""
    [started], [done] = command.of("started"), command.of("done")
    assert (started["dialogues"], started["validation_dialogues"]) == (18, 2)
    assert (done["step"], done["total"], done["epoch"]) == (15, 15, 3)


def test_a_report_every_logging_steps(command):
    assert command.steps("step") == [1, 2, 4, 6, 8, 10, 12, 14]
    for event in command.of("step"):
        assert 0 < event["loss"] < 10 and event["tokens_per_s"] > 0 and event["eta_s"] >= 0


def test_evaluations_and_checkpoints_fall_where_they_should(command):
    assert command.steps("eval") == [4, 8, 12, 15]
    assert command.steps("saved") == [4, 8, 12, 15]
    assert all(0 < event["eval_loss"] < 10 for event in command.of("eval"))


def test_the_learning_rate_rises_in_the_warm_up_and_then_falls(command):
    """Half of 15 updates, rounded up, are 8; the rate of update n is the one after n - 1."""
    rates = {event["step"]: event["lr"] for event in command.of("step")}
    assert [rates[step] for step in (1, 2, 4, 6, 8)] == pytest.approx([2e-3 * n / 8 for n in (0, 1, 3, 5, 7)])
    assert [rates[step] for step in (10, 12, 14)] == pytest.approx([2e-3 * (15 - n) / 7 for n in (9, 11, 13)])


def test_weight_decay_reaches_the_optimizer(command):
    groups = command.trainer.optimizer.param_groups
    assert {group["weight_decay"]: sum(map(torch.numel, group["params"])) > 0 for group in groups} == {
        0.01: True,
        0.0: False,
    }


def test_the_lora_settings_are_in_the_adapter(command):
    settings = adapter_config(command)
    assert (settings["r"], settings["lora_alpha"], settings["lora_dropout"]) == (32, 16, 0.1)
    shapes = {tuple(tensor.shape) for name, tensor in weights(command.folder / "adapter").items() if "lora_A" in name}
    assert {shape[0] for shape in shapes} == {32}
    dropouts = [layer.p for layer in command.trainer.model.modules() if isinstance(layer, torch.nn.Dropout)]
    assert dropouts and set(dropouts) == {0.1}


def test_all_linear_layers_but_the_head_are_the_default_target(command):
    layers = {name.split(".")[-3] for name in weights(command.folder / "adapter")}
    assert layers == {"q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"}


def test_the_settings_are_kept_under_their_present_names(command):
    saved = read_document(command.folder / "config.yaml").data
    assert saved["eval_strategy"] == "steps" and saved["warmup_ratio"] == 0.5
    assert TrainConfig.load(command.folder / "config.yaml").lora_r == 32
    assert (command.folder / "command.txt").read_text().startswith("python -m trainer.train --model_name_or_path ")


def test_constant_learning_rate(monkeypatch, tiny_base, tmp_path):
    flags = ["--learning_rate", "3e-3", "--lr_scheduler_type", "constant", "--warmup_ratio", "0"]
    trained = train_with(monkeypatch, tiny_base, tmp_path, *BRIEF, *flags)
    assert [event["lr"] for event in trained.of("step")] == [3e-3, 3e-3]


def test_target_modules(monkeypatch, tiny_base, tmp_path):
    trained = train_with(monkeypatch, tiny_base, tmp_path, *BRIEF, "--target_modules", "q_proj", "v_proj")
    assert set(adapter_config(trained)["target_modules"]) == {"q_proj", "v_proj"}
    assert {name.split(".")[-3] for name in weights(trained.folder / "adapter")} == {"q_proj", "v_proj"}


def test_the_seed_decides_all(monkeypatch, tiny_base, tmp_path):
    flags = [*BRIEF, "--lora_dropout", "0.2", "--per_device_train_batch_size", "2", "--warmup_ratio", "0"]
    folders = {}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        trained = run(monkeypatch, tiny_base, tmp_path / name, *flags, "--seed", seed)
        folders[name] = weights(trained.folder / "adapter")
    assert same(folders["a"], folders["b"])
    assert not same(folders["a"], folders["c"])


def test_max_length_shortens_dialogues(monkeypatch, tiny_base, tmp_path, capsys):
    turns = [turn for number in range(9) for turn in (doctor(f"Question {number}?"), patient(f"Answer {number}."))]
    save(tmp_path / "long.jsonl", [Record("I am tired.", tuple(turns))])
    flags = [*BRIEF, "--train_file", str(tmp_path / "long.jsonl"), "--max_length", "400"]
    trained = train_with(monkeypatch, tiny_base, tmp_path, *flags)
    assert max(len(example.ids) for example in trained.trainer.train_dataset) <= 400
    assert "1 were too long" in capsys.readouterr().out


def test_max_steps_ends_the_training(monkeypatch, tiny_base, tmp_path):
    trained = train_with(monkeypatch, tiny_base, tmp_path, *BRIEF, "--num_train_epochs", "50")
    assert trained.of("done")[0]["step"] == 2


def test_as_many_checkpoints_as_wanted_are_kept(monkeypatch, tiny_base, tmp_path):
    flags = ["--max_steps", "5", "--eval_strategy", "no", "--save_steps", "1", "--save_total_limit", "3"]
    assert checkpoints(train_with(monkeypatch, tiny_base, tmp_path, *flags)) == [3, 4, 5]


def test_a_validation_file_is_evaluated_and_nothing_held_out(monkeypatch, tiny_base, tmp_path):
    validation = data_file(tmp_path, dialogues=3, scripts=3, name="validation.jsonl")
    flags = ["--max_steps", "2", "--eval_strategy", "epoch", "--validation_file", validation]
    trained = train_with(monkeypatch, tiny_base, tmp_path, *flags)
    [started] = trained.of("started")
    assert (started["dialogues"], started["validation_dialogues"]) == (8, 3)
    assert trained.steps("eval") == [2]


def test_training_ends_early_without_a_gain(monkeypatch, tiny_base, tmp_path):
    flags = [
        "--eval_strategy",
        "steps",
        "--eval_steps",
        "1",
        "--early_stopping_patience",
        "2",
        "--learning_rate",
        "1e-30",
    ]
    trained = train_with(monkeypatch, tiny_base, tmp_path, *flags, "--num_train_epochs", "50")
    assert trained.steps("eval") == [1, 2, 3]
    assert [(event["step"], event["total"]) for event in trained.of("done")] == [(3, 100)]


@pytest.mark.parametrize("keep", [True, False])
def test_the_best_weights_or_the_last(monkeypatch, tiny_base, tmp_path, keep):
    """Training on other words than the evaluation's helps at first and then harms."""
    other = Record("I am patient 9.", (doctor("Question 0?"), patient("Lisinopril, 10 mg every morning.")))
    save(tmp_path / "other.jsonl", [other])
    flags = [
        "--validation_file", str(tmp_path / "other.jsonl"), "--eval_strategy", "steps", "--eval_steps", "1",
        "--save_total_limit", "20", "--max_steps", "12", "--learning_rate", "0.05", "--lr_scheduler_type", "constant",
        "--load_best_model_at_end", str(keep),
    ]  # fmt: skip
    trained = train_with(monkeypatch, tiny_base, tmp_path, *flags)
    losses = {event["step"]: event["eval_loss"] for event in trained.of("eval")}
    best = min(losses, key=losses.get)
    assert best < 12
    found = weights(trained.folder / "adapter")
    assert same(found, weights(trained.folder / "checkpoints" / f"checkpoint-{best if keep else 12}"))


def test_full_fine_tuning(monkeypatch, tiny_base, tmp_path):
    trained = train_with(monkeypatch, tiny_base, tmp_path, *BRIEF, "--use_peft", "false", "--warmup_ratio", "0")
    assert not (trained.folder / "adapter").exists()
    model = trained.folder / "model"
    assert {"config.json", "model.safetensors", "tokenizer.json", "template.jinja", "prompt.json", "base.json"} <= {
        file.name for file in model.iterdir()
    }
    before, after = load_file(tiny_base / "model.safetensors"), load_file(model / "model.safetensors")
    assert before.keys() == after.keys()
    assert not any(torch.equal(before[name], after[name]) for name in before if "proj" in name)
    loaded = bases.load_model(model)
    assert loaded.config.use_cache and loaded.config._attn_implementation == "sdpa"
    assert trained.trainer.model.num_parameters(only_trainable=True) == loaded.num_parameters()


def test_how_many_dialogues_share_a_script(monkeypatch, tiny_base, tmp_path):
    data = data_file(tmp_path, dialogues=8, scripts=2)
    seen = {}
    for together in (1, 2, 4):
        flags = [*BRIEF, "--train_file", data, "--per_device_train_batch_size", "4", "--dialogues_per_row", together]
        trained = run(monkeypatch, tiny_base, tmp_path / str(together), *flags)
        batch = next(iter(trained.trainer.get_train_dataloader()))
        seen[together] = len(batch["segments"])
    assert seen == {1: 4, 2: 6, 4: 5}


def test_settings_that_go_to_transformers_as_they_are(tmp_path):
    config = TrainConfig(
        max_grad_norm=0.3, per_device_eval_batch_size=5, gradient_checkpointing=True, save_total_limit=7
    )
    arguments = train.training_arguments(config, tmp_path)
    assert (arguments.max_grad_norm, arguments.per_device_eval_batch_size, arguments.save_total_limit) == (0.3, 5, 7)
    assert arguments.activation_checkpointing
    assert arguments.output_dir == str(tmp_path / "checkpoints")


def test_clipping_bounds_an_update(monkeypatch, tiny_base, tmp_path):
    from transformers import TrainerCallback

    norms = []

    class Norm(TrainerCallback):
        def on_pre_optimizer_step(self, args, state, control, model=None, **_):
            found = [weight.grad.norm() for weight in model.parameters() if weight.grad is not None]
            norms.append(torch.stack(found).norm().item())

    make_trainer = train.make_trainer

    def with_norm(*args):
        trainer = make_trainer(*args)
        trainer.add_callback(Norm())
        return trainer

    monkeypatch.setattr(train, "make_trainer", with_norm)
    for limit in ("0.001", "0"):
        run(monkeypatch, tiny_base, tmp_path / limit, *BRIEF, "--max_steps", "1", "--max_grad_norm", limit)
    assert norms[0] == pytest.approx(0.001, rel=1e-3) and norms[1] > 0.01


def test_bf16_and_flash_attention_reach_the_model(monkeypatch, tiny_base):
    asked = []
    monkeypatch.setattr(bases, "load_model", lambda folder, **settings: asked.append(settings))
    for settings in (
        {},
        {"bf16": True},
        {"bf16": True, "use_peft": False},
        {"bf16": True, "use_flash_attention": True},
    ):
        train.load_model(TrainConfig(**settings), tiny_base)
    assert [(item["dtype"], item["attn_implementation"]) for item in asked] == [
        ("float32", "medsim_segments"),
        ("bfloat16", "medsim_segments"),
        ("float32", "medsim_segments"),
        ("bfloat16", "flash_attention_2"),
    ]
