"""From what the page says to a TrainConfig, and on to the same command for a terminal."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from medsim import bases
from medsim.errors import DataError, MedSimError
from medsim.files import dump_yaml, parse_yaml
from medsim.schema import validate
from space import training_data
from space.forms import read
from trainer.config import COMMON, DEFAULT_FILE, REPOSITORY, TrainConfig
from trainer.runs import child

YAML = "My YAML"
PRESETS: dict[str, dict[str, Any]] = {
    "Quick": {"num_train_epochs": 1, "lora_r": 8, "lora_alpha": 16},
    "Standard": {},
    "Thorough": {"num_train_epochs": 4, "lora_r": 32, "lora_alpha": 64},
}
STANDARD = "Standard"
TENTH, NOTHING = "10 % of the scripts", "Nothing"

# what the page asks for in its own words, and never takes from a form or a YAML: paths, and which base
OWN = ("model_name_or_path", "train_file", "validation_file", "output_dir", "resume_from_checkpoint")
COMMON_FIELDS = [name for name in COMMON if name not in OWN]
OTHER_FIELDS = [name for name in TrainConfig.model_fields if name not in (*OWN, *COMMON)]
FIELDS = [*COMMON_FIELDS, *OTHER_FIELDS]


def preset(name: str) -> TrainConfig:
    """The settings that a preset puts into the form: those of the default file, a few changed."""
    return TrainConfig.load(DEFAULT_FILE, **PRESETS[name])


class Choices(NamedTuple):
    """What the page's own fields say; `name` and `yaml` may be empty. The form's values follow them."""

    data: str
    held_out: str  # TENTH, NOTHING or another data set
    base: str
    name: str
    preset: str
    yaml: str

    @classmethod
    def split(cls, values: Sequence[Any]) -> tuple[Self, Sequence[Any]]:
        """The choices that a list of them and the form's values begins with, and the values."""
        count = len(cls._fields)
        return cls(*values[:count]), values[count:]


class Folders(NamedTuple):
    """Where the page's names lead: data sets, and runs."""

    dialogues: Path
    runs: Path


def base_names(default: str) -> list[str]:
    """The bases that may be trained: the server's own, and those with a pinned revision."""
    return list(dict.fromkeys([default, *bases.BASES]))


def checked_base(default: str, name: str) -> str:
    """A base that may be trained. Raises MedSimError for any other."""
    if name not in base_names(default):
        raise MedSimError(f"There is no base {name}. Choose one of the list.")
    return name


def settings(folders: Folders, default_base: str, choices: Choices, values: Sequence[Any]) -> TrainConfig:
    """The configuration that the page says. Raises MedSimError, DataError with every problem."""
    if choices.preset not in (*PRESETS, YAML):
        raise MedSimError(f"There is no preset {choices.preset}. Choose one of the list.")
    own: dict[str, Any] = {
        "model_name_or_path": checked_base(default_base, choices.base),
        "train_file": str(training_data.path_of(folders.dialogues, choices.data)),
        "validation_file": None,
        "output_dir": _run_folder(folders.runs, choices.name),
        "resume_from_checkpoint": None,
    }
    if choices.held_out == NOTHING:
        own["eval_strategy"] = "no"
    elif choices.held_out != TENTH:
        own["validation_file"] = str(training_data.path_of(folders.dialogues, choices.held_out))
    if choices.preset == YAML:
        return from_yaml(choices.yaml, own)
    given = {name: value for name, value in zip(FIELDS, values, strict=True) if name not in own}
    return read(TrainConfig, given, list(given.values()), **own)


def _run_folder(runs: Path, name: str) -> str | None:
    if not name.strip():
        return None
    return str(runs / child(runs, name.strip()).name)


def from_yaml(text: str, own: Mapping[str, Any]) -> TrainConfig:
    """Settings written as YAML, those of `own` put over them. Raises DataError with every problem and its line."""
    document = parse_yaml(text)
    if not isinstance(document.data, dict):
        raise MedSimError("The YAML holds no settings. Write one a line, such as `learning_rate: 0.0005`.")
    data = {name: value for name, value in document.data.items() if name not in OWN}
    config, problems = validate(TrainConfig, document._replace(data={**data, **own}))
    if config is None:
        raise DataError(problems)
    return config


def as_yaml(config: TrainConfig) -> str:
    """The settings of a preset as YAML, to go on from."""
    return dump_yaml({name: value for name, value in config.model_dump(mode="json").items() if name in FIELDS})


def terminal_command(config: TrainConfig) -> str:
    """The command that trains with the same settings: a flag for the data, and for all that is not the default."""
    default = TrainConfig().model_dump()
    words = ["python", "-m", "trainer.train", "--train_file", _short(config.train_file)]
    for name, value in config.model_dump().items():
        if name != "train_file" and value is not None and value != default[name]:
            words += [f"--{name}", *_words(value)]
    return shlex.join(words)


def _words(value: Any) -> list[str]:
    if isinstance(value, tuple):
        return list(value)
    return [str(value).lower() if isinstance(value, bool) else _short(str(value))]


def _short(path: str) -> str:
    """A path in the repository as it is written there: commands are given there."""
    return str(Path(path).relative_to(REPOSITORY)) if Path(path).is_relative_to(REPOSITORY) else path
