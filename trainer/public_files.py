"""Which files of a run may be published, and the public copy of each.

Files are chosen by name: what is not listed here (optimizer state, checkpoints, logs, events, symlinks) stays at home.
The public copy holds no absolute path of this machine: each is replaced by its last part.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from medsim.bases import weight_files
from medsim.errors import MedSimError
from medsim.files import dump_yaml, read_document
from medsim.weights import base_record, is_adapter, weights_folder
from trainer.runs import run_folder

RUN_FILES = ("config.yaml", "report.json")
LICENCE_FILES = ("LICENSE.txt", "USE_POLICY.md")
_COMMON = re.compile(
    r"prompt\.json|base\.json|config\.yaml|report\.json|template\.jinja|chat_template\.jinja|generation_config\.json|"
    r"tokenizer\.json|tokenizer_config\.json|tokenizer\.model|special_tokens_map\.json|added_tokens\.json|"
    r"vocab\.json|merges\.txt|LICENSE\.txt|USE_POLICY\.md"
)
_ADAPTER = re.compile(r"adapter_config\.json|adapter_model\.safetensors")
_MODEL = re.compile(r"config\.json|model(-\d{5}-of-\d{5})?\.safetensors|model\.safetensors\.index\.json")
_LOADED = ("config.json", "generation_config.json", "tokenizer_config.json")
_PATH_KEY = re.compile(r"(name_or_path|_file|_path|_dir)$")
_ABSOLUTE = re.compile(r"(/|\\\\|~[/\\]|[A-Za-z]:[/\\]|file:/)")
_ABSOLUTE_WITHIN = re.compile(r"(?<![\w.~:/\\-])(?:file://)?(?:~|[A-Za-z]:)?(?:[/\\][^\s/\\\"'`,;:|<>()]+){2,}")
_YAML_NOTE = "# Public copy: absolute paths are replaced by their last part.\n"


class Made(NamedTuple):
    """What is published: a folder of weights, the run that it lies in, if any, and base_record's of its base."""

    weights: Path
    run: Path | None
    base: dict[str, Any]


def made_in(path: Path) -> Made:
    """What a run folder, an adapter folder or a model folder holds.

    Raises MedSimError when there is no model, or base.json does not say where the Hub has its base.
    """
    weights = weights_folder(path)
    base = base_record(weights)
    if not is_repo_id(str(base["hub_id"])):
        raise MedSimError(
            f"{weights / 'base.json'} does not say which model of the Hub this one was made from: write "
            '"hub_id": "NAMESPACE/NAME" there, with the Hub id of the base.'
        )
    return Made(weights, run_folder(path), base)


def is_repo_id(text: str) -> bool:
    """Whether a text has the form NAMESPACE/NAME that the Hub asks for."""
    try:
        validate_repo_id(text)
    except HFValidationError:
        return False
    return text.count("/") == 1


def is_ours(name: str) -> bool:
    """Whether a file of this name comes from a run, so that the next version of it replaces or removes it."""
    return name not in LICENCE_FILES and any(pattern.fullmatch(name) for pattern in (_COMMON, _ADAPTER, _MODEL))


def public_files(made: Made) -> dict[str, Path | bytes]:
    """The files to publish, by name.

    A file that is the same at home and in public is a path, one that was rewritten is its bytes.
    Raises MedSimError when the weights are not whole.
    """
    files: dict[str, Path | bytes] = {}
    of_weights = _ADAPTER if is_adapter(made.weights) else _MODEL
    for folder, wanted in ((made.run, RUN_FILES), (made.weights, None)):
        for file in sorted(folder.iterdir()) if folder else ():
            name = file.name
            allowed = name in wanted if wanted else _COMMON.fullmatch(name) or of_weights.fullmatch(name)
            if allowed and file.is_file() and not file.is_symlink():
                files[name] = file
    _check_complete(made.weights, files)
    return {name: _public_copy(file, made.base["hub_id"]) for name, file in files.items()}


def _check_complete(weights: Path, names: Mapping[str, Any]) -> None:
    if is_adapter(weights):
        needed = ["adapter_config.json", "adapter_model.safetensors"]
    else:
        needed = ["config.json", "tokenizer.json", *weight_files(weights)]
    if missing := [name for name in needed if name not in names]:
        raise MedSimError(
            f"{weights} lacks {', '.join(missing)} (links are not followed): an adapter is adapter_config.json and "
            "adapter_model.safetensors; a model is config.json, its .safetensors and tokenizer.json, as trainer.merge "
            "writes them."
        )
    for name in names:
        if name.endswith(".safetensors"):
            _check_safetensors(weights / name)


def _check_safetensors(file: Path) -> None:
    """Read the header, which says how long the file has to be. Raises MedSimError when the file is not that long."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as tensors:
            empty = not tensors.keys()
    except (SafetensorError, OSError) as error:
        raise MedSimError(f"{file} is damaged ({error}): save the weights again before publishing.") from None
    if empty:
        raise MedSimError(f"{file} holds no weights: save the weights again before publishing.")


def _public_copy(file: Path, hub_id: str) -> Path | bytes:
    name = file.name
    if name == "config.yaml":
        return (_YAML_NOTE + dump_yaml(without_machine_paths(read_document(file).data))).encode()
    if name not in ("report.json", "base.json", "adapter_config.json", *_LOADED):
        return file
    data = read_document(file).data
    if name == "adapter_config.json":
        public = {**_without_path_values(data), "base_model_name_or_path": hub_id}
    else:
        public = _without_path_values(data) if name in _LOADED else without_machine_paths(data)
    return file if public == data else (json.dumps(public, indent=2, ensure_ascii=False) + "\n").encode()


def without_machine_paths(data: Any) -> Any:
    """A copy of plain data in which every absolute path, alone or within a text, is only its last part."""
    if isinstance(data, dict):
        return {without_machine_paths(key): without_machine_paths(value) for key, value in data.items()}
    if isinstance(data, list):
        return [without_machine_paths(item) for item in data]
    if not isinstance(data, str):
        return data
    if _ABSOLUTE.match(data) and "\n" not in data:
        return last_part(data)
    return _ABSOLUTE_WITHIN.sub(lambda found: last_part(found[0]), data)


def _without_path_values(data: dict[str, Any]) -> dict[str, Any]:
    """The same for files that libraries load, where a token may look like a path: only under keys that name a path."""
    return {
        key: last_part(value) if _PATH_KEY.search(key) and isinstance(value, str) and _ABSOLUTE.match(value) else value
        for key, value in data.items()
    }


def last_part(path: str) -> str:
    """'/home/me/train.jsonl' -> 'train.jsonl', for the paths of any system."""
    return re.split(r"[/\\]", path.rstrip("/\\"))[-1]
