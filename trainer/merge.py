"""Merge an adapter into its base: a model of its own, for vLLM, for GGUF converters, for any program.

    python -m trainer.merge --adapter runs/NAME --output_dir models/NAME

ADAPTER is a run folder or an adapter folder. The merged model is computed in float32 and saved in the base's own
precision, with tokenizer, template.jinja, prompt.json and base.json.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from medsim import bases
from medsim.config import Config
from medsim.errors import MedSimError, run_cli
from medsim.prompt import ChatFormat
from medsim.system_prompt import SystemPrompt
from medsim.weights import base_of, is_adapter, warn_of_other_base, weights_folder
from trainer.finish import write_model_files, write_origin
from trainer.folder import replacing_folder
from trainer.hush import hush

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class MergeConfig(Config):
    """Merge an adapter into its base and save the result as a model of its own."""

    adapter: str = Field(description="run folder or adapter folder")
    output_dir: str = Field(description="new folder for the merged model")
    base: str | None = Field(None, description="name or folder of the base; none: the one the adapter was trained on")


def merge(adapter: str | Path, output_dir: str | Path, base: str | None = None) -> Path:
    """Write the merged model into `output_dir`, all of it or nothing, and return that folder.

    Raises MedSimError: no adapter there, the base cannot be had, `output_dir` holds something. Warns when the base's
    weights are not those of the training; base.json names those that were used.
    """
    output_dir, weights = Path(output_dir), weights_folder(adapter)
    _check(weights, output_dir)
    base_folder = bases.prepare(base or base_of(weights))
    record = warn_of_other_base(weights, base_folder)

    merged = _merged(weights, base_folder)
    chat_format = ChatFormat(bases.load_tokenizer(base_folder), SystemPrompt.of_adapter(weights))
    with replacing_folder(output_dir) as part:
        merged.save_pretrained(part)
        write_model_files(part, chat_format)
        write_origin(part, chat_format, record)
    return output_dir


def _check(weights: Path, output_dir: Path) -> None:
    if not is_adapter(weights):
        raise MedSimError(f"{weights} holds a whole model: there is nothing to merge, use it as it is.")
    if output_dir.exists() and (not output_dir.is_dir() or any(output_dir.iterdir())):
        raise MedSimError(f"{output_dir} holds something already: name a new folder as --output_dir.")


def _merged(weights: Path, base_folder: Path) -> "PreTrainedModel":
    """The base with the adapter in its weights: added in float32, then in the precision of the base's files."""
    import torch
    from peft import get_peft_model, set_peft_model_state_dict
    from transformers import AutoConfig

    from medsim.adapters import read_adapter

    model = bases.load_model(base_folder, dtype="float32")
    lora, tensors = read_adapter(weights, model)
    adapted = get_peft_model(model, lora)
    set_peft_model_state_dict(adapted, tensors)
    merged = adapted.merge_and_unload(safe_merge=True)
    return merged.to(AutoConfig.from_pretrained(base_folder, local_files_only=True).dtype or torch.float32)


def main() -> None:
    hush()
    config = MergeConfig.from_flags()
    folder = merge(config.adapter, config.output_dir, config.base)
    print(f"Merged: {folder}\nTo serve it: vllm serve {folder} --chat-template {folder / 'template.jinja'}")


if __name__ == "__main__":
    run_cli(main)
