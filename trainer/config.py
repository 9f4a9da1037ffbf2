"""Every setting of a training, defined once: the flags, the YAML files and the form come from here."""

import re
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from medsim.config import Config

REPOSITORY = Path(__file__).parent.parent
DEFAULT_FILE = REPOSITORY / "configs" / "smollm2-cpu.yaml"
ALL_LINEAR = "all-linear"


def _names(value: Any) -> Any:
    return tuple(re.split(r"[\s,]+", value.strip())) if isinstance(value, str) else value


def true_or_path(value: Any) -> Any:
    """Flags are text: true and false are meant as such, everything else is a path."""
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


class TrainConfig(Config):
    """Fine-tune a base model into a patient, with LoRA or fully.

    The fields up to `seed` are those that most people set (COMMON); the form has their order, and labels by `title`.
    """

    model_name_or_path: str = Field(
        "smollm2-135m-instruct", description="base: a name of `python -m medsim.bases --list`, its Hub id, or a folder"
    )
    train_file: str = Field("data/dialogues/train.jsonl", description="dialogues to learn from, a JSONL file")
    validation_file: str | None = Field(
        None, description="dialogues to evaluate on; none: 10 % of the scripts of train_file are held out"
    )
    output_dir: str | None = Field(None, description="run folder; none: runs/DATE-TIME-BASE")
    num_train_epochs: float = Field(
        2, gt=0, le=1000, title="Epochs", description="passes over the dialogues"
    )
    learning_rate: float = Field(5e-4, gt=0, le=1, title="Learning rate", description="highest learning rate")
    per_device_train_batch_size: int = Field(
        4, ge=1, le=1024, title="Batch size", description="dialogues in a micro-batch, on each device"
    )
    gradient_accumulation_steps: int = Field(
        1, ge=1, le=1024, title="Gradient accumulation", description="micro-batches an update"
    )
    max_length: int = Field(
        2048, ge=16, le=131072, title="Max length (tokens)",
        description="most tokens of a dialogue; longer ones lose their oldest turns",
    )
    lora_r: int = Field(16, ge=1, le=256, title="LoRA rank", description="rank of the LoRA matrices")
    lora_alpha: int = Field(
        32, ge=1, le=2048, title="LoRA alpha", description="LoRA scale: its weights count alpha / r"
    )
    lora_dropout: float = Field(0.0, ge=0, lt=1, title="LoRA dropout", description="dropout before the LoRA matrices")
    logging_steps: int = Field(
        1, ge=1, title="Logging steps", description="updates between two reports of the loss"
    )
    eval_strategy: Literal["no", "steps", "epoch"] = Field(
        "epoch", validation_alias=AliasChoices("eval_strategy", "evaluation_strategy"), title="Evaluation strategy",
        description="when to evaluate: never, every eval_steps updates, or after each epoch",
    )
    eval_steps: int = Field(50, ge=1, title="Evaluation steps", description="updates between two evaluations")
    save_steps: int | None = Field(
        None, ge=1, title="Save steps",
        description="updates between two checkpoints; none: at each evaluation, or every 50 without one",
    )
    seed: int = Field(0, ge=0, le=2**32 - 1, title="Seed", description="the same seed gives the same training")

    use_peft: bool = Field(
        True, title="LoRA adapter", description="train a LoRA adapter; false: all weights of the base"
    )
    target_modules: Annotated[tuple[str, ...], BeforeValidator(_names)] = Field(
        (ALL_LINEAR,), min_length=1, title="Target modules",
        description="layers that get LoRA matrices, such as q_proj v_proj",
    )
    warmup_ratio: float = Field(
        0.05, ge=0, lt=1, title="Warm-up ratio", description="share of the updates in which the learning rate rises"
    )
    lr_scheduler_type: Literal["linear", "cosine", "constant", "constant_with_warmup"] = Field(
        "cosine", title="Learning-rate schedule", description="how the learning rate goes on after the warm-up"
    )
    weight_decay: float = Field(0.0, ge=0, le=1, title="Weight decay", description="AdamW's weight decay")
    max_grad_norm: float = Field(
        1.0, ge=0, title="Gradient clipping", description="gradients are clipped to this norm; 0: never"
    )
    max_steps: int | None = Field(
        None, ge=1, title="Max steps", description="most updates; none: num_train_epochs decides"
    )
    per_device_eval_batch_size: int = Field(
        8, ge=1, le=1024, title="Evaluation batch size",
        description="dialogues in a micro-batch of evaluation",
    )
    eval_probes: int = Field(
        40, ge=0, le=1000, title="Fidelity questions",
        description="questions with known answers that each evaluation asks; 0: none",
    )
    dialogues_per_row: int = Field(
        4, ge=1, le=64, title="Dialogues sharing a script",
        description="most dialogues of a micro-batch that share one copy of their script; 1: none",
    )
    save_total_limit: int = Field(2, ge=1, title="Checkpoint limit", description="checkpoints that are kept")
    load_best_model_at_end: bool = Field(
        True, title="Keep the best weights", description="keep the weights with the lowest eval_loss, not the last"
    )
    early_stopping_patience: int | None = Field(
        None, ge=1, title="Early stopping patience",
        description="end after as many evaluations without a gain",
    )
    bf16: bool = Field(False, title="bfloat16", description="compute in bfloat16, where the machine can")
    use_flash_attention: bool = Field(
        False, title="FlashAttention 2", description="use FlashAttention 2: needs CUDA, flash-attn and bf16"
    )
    gradient_checkpointing: bool = Field(
        False, title="Gradient checkpointing",
        description="compute activations twice to save memory",
    )
    resume_from_checkpoint: Annotated[bool | str | None, BeforeValidator(true_or_path)] = Field(
        None, description="go on from the last checkpoint in output_dir (true), or from a path of one there"
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.early_stopping_patience and self.eval_strategy == "no":
            raise ValueError("Early stopping needs evaluations.|Set eval_strategy to steps or epoch.")
        if self.keeps_best and self.save_steps and (self.eval_strategy == "epoch" or self.save_steps % self.eval_steps):
            raise ValueError(
                "Keeping the best weights needs an evaluation at each checkpoint.|Leave save_steps out, make it a "
                "multiple of eval_steps with eval_strategy steps, or set load_best_model_at_end to false."
            )
        return self

    @property
    def keeps_best(self) -> bool:
        return self.load_best_model_at_end and self.eval_strategy != "no"

    @property
    def save_every(self) -> int:
        """Updates between two checkpoints, where they are not saved after each epoch."""
        return self.save_steps or (self.eval_steps if self.eval_strategy == "steps" else 50)

    @property
    def run_name(self) -> str:
        """A name for a new run folder: the time to the second, and the base."""
        base = re.sub(r"[^a-z0-9.-]+", "-", Path(self.model_name_or_path).name.lower()).strip("-.") or "base"
        return f"{datetime.now():%Y%m%d-%H%M%S}-{base[:40]}"


_NAMES = tuple(TrainConfig.model_fields)
COMMON = _NAMES[: _NAMES.index("seed") + 1]
