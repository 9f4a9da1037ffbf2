"""What can be refused before anything is loaded."""

import os
from pathlib import Path

from medsim import bases
from medsim.errors import MedSimError
from trainer.config import TrainConfig
from trainer.failures import BaseError, SettingsError

CPU_BF16 = {"avx512_bf16", "amx_bf16"}


def check_machine(config: TrainConfig) -> None:
    """Raises SettingsError with a sentence for each setting that cannot be served here, BaseError for a base alone."""
    wrong, base = [*_compute(config), *_files(config)], _base(config)
    if wrong:
        raise SettingsError("\n".join([*wrong, *base]))
    if base:
        raise BaseError(*base)


def _compute(config: TrainConfig) -> list[str]:
    import torch

    wrong, cuda = [], torch.cuda.is_available()
    if config.bf16 and not (torch.cuda.is_bf16_supported() if cuda else CPU_BF16 & cpu_flags()):
        wrong.append("This machine cannot compute in bfloat16: leave out --bf16.")
    if config.use_flash_attention and not (cuda and _has_flash_attention()):
        wrong.append(
            "FlashAttention needs an NVIDIA GPU and the package flash-attn (requirements-gpu.txt): leave out "
            "--use_flash_attention; PyTorch's own attention is used then."
        )
    elif config.use_flash_attention and not config.bf16:
        wrong.append("FlashAttention computes in bfloat16: add --bf16.")
    return wrong


def _has_flash_attention() -> bool:
    from transformers.utils import is_flash_attn_2_available

    return is_flash_attn_2_available()


def cpu_flags() -> set[str]:
    """What the processor can do, as Linux tells it; nothing elsewhere."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return set()
    return {flag for line in text.splitlines() if line.startswith("flags") for flag in line.partition(":")[2].split()}


def _files(config: TrainConfig) -> list[str]:
    named = {"--train_file": config.train_file, "--validation_file": config.validation_file}
    missing = {flag: path for flag, path in named.items() if path and not Path(path).is_file()}
    return [f"{path} does not exist: check {flag}." for flag, path in missing.items()]


def _base(config: TrainConfig) -> list[str]:
    try:
        bases.find(config.model_name_or_path) or bases.local_folder(config.model_name_or_path)
    except MedSimError as error:
        return [str(error)]
    return []


def use_one_gpu() -> str | None:
    """Without a launcher, hide all GPUs but the first, and say how to use all; None where there is nothing to say.

    Must come before CUDA is used. The Trainer would else spread each batch over them (DataParallel), which is slow and
    would average losses that count tokens.
    """
    import torch

    count = torch.cuda.device_count()
    if "LOCAL_RANK" in os.environ or count < 2:
        return None
    os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]
    launch = f"accelerate launch --multi_gpu --num_processes {count} -m trainer.train"
    return f"One of {count} GPUs is used. For all: {launch}, with the same flags."
