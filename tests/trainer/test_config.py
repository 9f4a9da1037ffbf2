import shlex

import pytest

from medsim.errors import DataError
from medsim.files import read_document
from tests.conftest import REPOSITORY
from trainer.config import ALL_LINEAR, COMMON, DEFAULT_FILE, TrainConfig
from trainer.runs import NAME
from trainer.train import read_settings

CONFIGS = sorted((REPOSITORY / "configs").glob("*.yaml"))
COMMAND = """
    --model_name_or_path meta-llama/Llama-3.2-1B --train_file data/dialogues/train.jsonl
    --output_dir models/patient-llama-3.2-1B --num_train_epochs 3 --per_device_train_batch_size 8
    --gradient_accumulation_steps 4 --learning_rate 2e-5 --warmup_ratio 0.03 --weight_decay 0.01 --logging_steps 10
    --evaluation_strategy steps --eval_steps 100 --save_steps 100 --bf16 --use_peft --lora_r 32 --lora_alpha 16
    --lora_dropout 0.1 --use_flash_attention
"""


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_each_shipped_file_is_complete(path):
    TrainConfig.load(path)
    assert list(read_document(path).data) == list(TrainConfig.model_fields)


def test_the_default_file_differs_from_the_defaults_in_the_validation_file_alone():
    assert DEFAULT_FILE in CONFIGS
    shipped = TrainConfig.load(DEFAULT_FILE)
    assert shipped == TrainConfig(validation_file="data/dialogues/validation.jsonl")
    assert (REPOSITORY / shipped.train_file).is_file()
    assert (REPOSITORY / shipped.validation_file).is_file()


def test_the_flags_of_a_run_on_a_gpu_say_what_the_llama_file_says():
    config = TrainConfig.from_flags(shlex.split(COMMAND))
    assert config == TrainConfig.load(REPOSITORY / "configs" / "llama-3.2-1b.yaml")
    assert (config.eval_strategy, config.warmup_ratio, config.bf16, config.use_flash_attention) == (
        "steps",
        0.03,
        True,
        True,
    )


def test_common_fields_come_first():
    assert tuple(TrainConfig.model_fields)[: len(COMMON)] == COMMON
    assert COMMON[0] == "model_name_or_path"
    assert "resume_from_checkpoint" not in COMMON


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (["--use_peft"], ("use_peft", True)),
        (["--use_peft", "false"], ("use_peft", False)),
        (["--bf16", "true"], ("bf16", True)),
        (["--target_modules", "q_proj", "v_proj"], ("target_modules", ("q_proj", "v_proj"))),
        ([], ("target_modules", (ALL_LINEAR,))),
        (["--resume_from_checkpoint"], ("resume_from_checkpoint", True)),
        (["--resume_from_checkpoint", "false"], ("resume_from_checkpoint", False)),
        (["--resume_from_checkpoint", "runs/a/checkpoints/checkpoint-5"],
         ("resume_from_checkpoint", "runs/a/checkpoints/checkpoint-5")),
        (["--eval_strategy", "steps"], ("eval_strategy", "steps")),
    ],
)  # fmt: skip
def test_flags(flags, expected):
    name, value = expected
    assert getattr(TrainConfig.from_flags(flags), name) == value


def test_target_modules_in_yaml_may_be_one_text(tmp_path):
    (tmp_path / "config.yaml").write_text("target_modules: q_proj, v_proj\n")
    assert TrainConfig.load(tmp_path / "config.yaml").target_modules == ("q_proj", "v_proj")


def test_flags_win_over_the_file_by_any_name(tmp_path):
    (tmp_path / "config.yaml").write_text("evaluation_strategy: 'no'\nlora_r: 4\n")
    config = TrainConfig.from_flags(["--config", str(tmp_path / "config.yaml"), "--eval_strategy", "steps"])
    assert (config.eval_strategy, config.lora_r) == ("steps", 4)


def test_a_saved_configuration_is_read_back_equal(tmp_path):
    config = TrainConfig(learning_rate=2e-5, target_modules="q_proj", save_steps=3, eval_strategy="no")
    config.save(tmp_path / "config.yaml")
    assert TrainConfig.load(tmp_path / "config.yaml") == config


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"eval_strategy": "steps", "eval_steps": 2, "save_steps": 3}, "multiple of eval_steps"),
        ({"eval_strategy": "epoch", "save_steps": 3}, "Leave save_steps out"),
        ({"eval_strategy": "no", "early_stopping_patience": 1}, "needs evaluations"),
        ({"lora_r": 0}, "lora_r"),
        ({"learning_rate": 0}, "learning_rate"),
        ({"warmup_ratio": 1.0}, "warmup_ratio"),
        ({"lora_rr": 4}, "Did you mean 'lora_r'"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, words):
    with pytest.raises(DataError, match=words):
        TrainConfig.load(**settings)


def test_without_keeping_the_best_checkpoints_fall_anywhere():
    config = TrainConfig(eval_strategy="steps", eval_steps=2, save_steps=3, load_best_model_at_end=False)
    assert config.save_every == 3
    assert TrainConfig(eval_strategy="steps", eval_steps=7).save_every == 7


def test_the_name_of_a_run_is_one_that_the_app_lists():
    for base in ("smollm2-135m-instruct", "meta-llama/Llama-3.2-1B", "/home/me/My Model (new)", "x" * 200):
        assert NAME.fullmatch(TrainConfig(model_name_or_path=base).run_name)


def test_without_flags_the_default_file_is_read():
    assert read_settings([]) == TrainConfig.load(DEFAULT_FILE)
    assert read_settings(["--lora_r", "4"]) == TrainConfig(lora_r=4)


def test_a_resumed_run_keeps_its_settings_but_for_the_flags(tmp_path):
    TrainConfig(lora_r=4, num_train_epochs=2, output_dir=str(tmp_path)).save(tmp_path / "config.yaml")
    flags = ["--output_dir", str(tmp_path), "--resume_from_checkpoint", "--num_train_epochs", "5"]
    config = read_settings(flags)
    assert (config.lora_r, config.num_train_epochs, config.resume_from_checkpoint) == (4, 5, True)


def test_a_flag_that_fits_only_the_runs_own_settings_is_taken(tmp_path):
    """With the defaults, which evaluate each epoch, --save_steps is refused."""
    TrainConfig(eval_strategy="steps", eval_steps=2, output_dir=str(tmp_path)).save(tmp_path / "config.yaml")
    config = read_settings(["--output_dir", str(tmp_path), "--resume_from_checkpoint", "--save_steps", "4"])
    assert (config.save_steps, config.eval_steps) == (4, 2)


def test_other_settings_than_the_runs_own_are_read_when_named_or_not_resuming(tmp_path):
    TrainConfig(lora_r=4).save(tmp_path / "config.yaml")
    TrainConfig(lora_r=8).save(tmp_path / "other.yaml")
    flags = ["--output_dir", str(tmp_path)]
    resume = [*flags, "--resume_from_checkpoint"]
    assert read_settings([*resume, "--config", str(tmp_path / "other.yaml")]).lora_r == 8
    assert read_settings([*resume, "false"]).lora_r == read_settings(flags).lora_r == 16
    assert read_settings(resume).lora_r == 4


def test_every_setting_of_the_form_has_a_label_of_its_own():
    elsewhere = {"model_name_or_path", "train_file", "validation_file", "output_dir", "resume_from_checkpoint"}
    titles = [field.title for name, field in TrainConfig.model_fields.items() if name not in elsewhere]
    assert all(titles) and len(set(titles)) == len(titles)
