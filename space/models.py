"""The models that may play a patient: which there are on this disk, and those in memory."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medsim import bases
from medsim.errors import MedSimError
from medsim.script import PatientScript
from medsim.weights import base_of, is_adapter, warn_of_other_base, weights_folder
from trainer.runs import NAME

if TYPE_CHECKING:
    from medsim.engine import Engine
    from medsim.patients import Patient
    from medsim.prompt import ChatFormat

MAX_ENGINES = 2
CONTEXT_TOKENS = 2048  # of every base that the app loads: prompt and reply
SCRIPTED, BASE = "scripted", "base"


@dataclass(frozen=True)
class Model:
    """One that may play the patient. `name` is what a form sends back; `needs` is the base (name or folder) to load."""

    name: str
    label: str
    kind: Literal["scripted", "base", "adapter", "model"]
    needs: str | None = None
    folder: Path | None = None


class Models:
    """The patients that the app offers: fact lookup, the base, and what the folders under `roots` hold.

    `roots` maps a prefix to a folder of run or model folders ({"runs": ..., "models": ...}). The disk is read again at
    each listing. At most two bases are in memory; the least recently used leaves.
    """

    def __init__(self, base: str, roots: Mapping[str, Path]):
        known = bases.find(base)
        self.base = known.name if known else str(Path(base).resolve())
        self.roots = dict(roots)
        self._lock = threading.Lock()  # protects the next two
        self._engines: OrderedDict[str, tuple[Engine, ChatFormat, Path]] = OrderedDict()
        self._loaded: dict[Path, str] = {}  # the adapter that an engine has of a folder
        self._format_lock = threading.Lock()  # not the one above: counting tokens need not wait for weights
        self._formats: dict[str, ChatFormat] = {}  # by base

    def offers(self, may_load: bool) -> list[Model]:
        """Every model on this disk; without `may_load` only those that need no other base than the default one."""
        found = [
            Model(SCRIPTED, "Fact lookup (no model)", "scripted"),
            Model(BASE, f"{Path(self.base).name} (base)", "base", self.base),
        ]
        for prefix, root in self.roots.items():
            folders = sorted(root.iterdir()) if root.is_dir() else []
            found += [model for folder in folders if (model := self._model(prefix, folder))]
        return [model for model in found if may_load or model.needs in (None, self.base)]

    def choices(self, may_load: bool) -> list[tuple[str, str]]:
        """(label, name) pairs for a form."""
        return [(model.label, model.name) for model in self.offers(may_load)]

    def default(self) -> str:
        """The model shown first: the newest adapter of the default base, else that base."""
        tuned = [model for model in self.offers(False) if model.kind == "adapter"]
        newest = max(tuned, key=lambda model: model.folder.stat().st_mtime, default=None)
        return newest.name if newest else BASE

    def kept(self, name: str | None, may_load: bool) -> str:
        """`name` where it is still offered, else the default."""
        return name if name in [model.name for model in self.offers(may_load)] else self.default()

    def find(self, name: str, may_load: bool) -> Model:
        """The model of this name. Raises MedSimError when there is none, or it may not be loaded by this person."""
        for model in self.offers(True):
            if model.name == name:
                if may_load or model.needs in (None, self.base):
                    return model
                raise MedSimError(f"{model.label} needs a base that only the owner may load. Choose another one.")
        raise MedSimError("This model is no longer here. Choose another one.")

    def is_awake(self, model: Model) -> bool:
        """Whether the model's base is in memory."""
        return model.needs is None or model.needs in self._engines

    def patient(self, model: Model) -> "Patient":
        """The model as a patient; its base is loaded first where it has to be. Raises MedSimError."""
        if model.kind == "scripted":
            from medsim.scripted import ScriptedPatient

            return ScriptedPatient()
        with self._lock:
            return self._load(model)

    def warm(self, model: Model, script: PatientScript) -> None:
        """Let a model that is in memory read the script in the background, so that its first reply comes sooner."""
        if model.kind != "scripted" and self.is_awake(model):
            self.patient(model).warm(script)

    def wake(self) -> None:
        """Load the default base, in a thread at start-up: the first visitor need not wait for it."""
        try:
            self.patient(Model(BASE, self.base, "base", self.base))
        except MedSimError as error:  # said again, in its place, to whoever needs the base
            print(f"The base is not ready: {error}", flush=True)

    def chat_format(self, base: str) -> "ChatFormat":
        """How a base is spoken to, for counting tokens; its weights are not needed. Raises MedSimError."""
        with self._format_lock:
            if base not in self._formats:
                from medsim.prompt import ChatFormat

                self._formats[base] = ChatFormat(bases.load_tokenizer(bases.prepare(base)))
            return self._formats[base]

    def _load(self, model: Model) -> "Patient":
        from medsim.patients import ModelPatient
        from medsim.system_prompt import SystemPrompt

        engine, base, base_folder = self._engine(model)
        if model.kind == "base":
            return ModelPatient(engine, base)
        base = base.with_system(SystemPrompt.of_adapter(model.folder))
        if model.kind == "model":
            return ModelPatient(engine, base)
        # a name of its own for each state of the folder: weights that were trained anew are loaded anew
        adapter = f"{model.name}@{(model.folder / 'adapter_model.safetensors').stat().st_mtime_ns}"
        if not engine.has_adapter(adapter):
            warn_of_other_base(model.folder, base_folder)
            engine.load_adapter(adapter, model.folder)
            earlier, self._loaded[model.folder] = self._loaded.get(model.folder), adapter
            if earlier and engine.has_adapter(earlier):
                engine.unload_adapter(earlier)
        return ModelPatient(engine, base, adapter)

    def _engine(self, model: Model) -> "tuple[Engine, ChatFormat, Path]":
        """The engine of the base that a model needs, how it is spoken to, and its folder."""
        if model.needs not in self._engines:
            from medsim.engine import Engine
            from medsim.prompt import ChatFormat

            folder = self._prepared(model)
            while len(self._engines) >= MAX_ENGINES:
                self._engines.popitem(last=False)[1][0].close()
            engine = Engine.load(folder, context=CONTEXT_TOKENS)
            self._engines[model.needs] = engine, ChatFormat(engine.tokenizer), folder
        self._engines.move_to_end(model.needs)
        return self._engines[model.needs]

    def _prepared(self, model: Model) -> Path:
        try:
            return bases.prepare(model.needs)
        except MedSimError as error:
            if model.kind == "base":
                raise
            raise MedSimError(f"{model.label} needs the base {model.needs}, which is not here: {error}") from error

    def _model(self, prefix: str, folder: Path) -> Model | None:
        """What a folder offers: None where there are no weights (yet), or the name is not one."""
        if not NAME.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
            return None
        name = f"{prefix}/{folder.name}"
        try:
            weights = weights_folder(folder)
            if weights.is_symlink():
                return None
            if not is_adapter(weights):
                return Model(name, f"{folder.name} (a model of its own)", "model", str(weights), weights)
            needs = base_of(weights)
        except MedSimError:
            return None
        label = folder.name if needs == self.base else f"{folder.name} (on {Path(needs).name})"
        return Model(name, label, "adapter", needs, weights)
