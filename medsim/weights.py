"""Folders that hold trained weights: a run folder, an adapter, a merged or fully fine-tuned model."""

import json
import warnings
from pathlib import Path

from medsim import bases
from medsim.errors import MedSimError


def weights_folder(path: str | Path) -> Path:
    """The folder with the weights: `path` itself, or its `adapter/` or `model/` when it is a run folder.

    Raises MedSimError when there are none.
    """
    path = Path(path)
    for folder in (path, path / "adapter", path / "model"):
        if is_adapter(folder) or is_model(folder):
            return folder
    raise MedSimError(
        f"{path} holds no trained weights: looked for adapter_config.json or config.json with safetensors in it, in "
        "adapter/ and in model/. Name a run that has finished, an adapter folder or a merged model."
    )


def is_adapter(folder: Path) -> bool:
    """Whether a folder is a LoRA adapter."""
    return (folder / "adapter_config.json").is_file() and (folder / "adapter_model.safetensors").is_file()


def is_model(folder: Path) -> bool:
    """Whether a folder is a whole model: merged or fully fine-tuned."""
    return (folder / "config.json").is_file() and any(folder.glob("model*.safetensors"))


def base_record(folder: Path) -> dict:
    """The base.json beside an adapter: name, hub_id, source and sha256 of the base it was trained on.

    Raises MedSimError when it is missing or damaged.
    """
    try:
        record = json.loads((folder / "base.json").read_text(encoding="utf-8"))
        record = {key: record[key] for key in ("name", "hub_id", "source", "sha256")}
        if not isinstance(record["name"], str) or not all(isinstance(value, str | None) for value in record.values()):
            raise ValueError
        return record
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise MedSimError(
            f"{folder} does not say which base it belongs to: base.json is missing or damaged. Restore it."
        ) from None


def base_of(folder: Path) -> str:
    """The base that weights were trained on, as `bases.prepare` takes it. Raises MedSimError as `base_record`."""
    record = base_record(folder)
    known = bases.find(record["hub_id"] or record["name"])
    return known.name if known else record["name"]


def warn_of_other_base(folder: Path, base_folder: Path) -> dict:
    """The record of the base of `base_folder`; warns when the adapter was trained on other weights than those.

    Our default base is a dequantised Q4_1, the Hub's of the same name is not: such a mix works, but worse.
    """
    trained, present = base_record(folder), bases.describe(base_folder)
    if trained["sha256"] == present["sha256"]:
        return trained  # which knows the Hub id of what may be a copy in a folder
    warnings.warn(
        f"{folder} was trained on {trained['name']} from {trained['source']}, but {present['name']} from "
        f"{present['source']} is loaded; its patient may be worse than it was in training.",
        stacklevel=2,
    )
    return present
