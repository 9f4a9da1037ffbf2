"""Patients: whoever can answer a doctor. All else (chat, compare, benchmark, app) is written against `Patient`."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from medsim import bases
from medsim.dialogue import SILENCE, Dialogue, Script
from medsim.engine import Engine
from medsim.errors import MedSimError
from medsim.prompt import ChatFormat, Fitted, encode, fit
from medsim.sampling import Sampling
from medsim.scripted import ScriptedPatient
from medsim.system_prompt import SystemPrompt
from medsim.weights import base_of, is_adapter, warn_of_other_base, weights_folder

__all__ = ["SILENCE", "ModelPatient", "Patient", "ScriptedPatient", "load_patient", "stream_together"]

Item = tuple[Script, Dialogue]
OnReply = Callable[[int, str], None]


class Patient(Protocol):
    """Answers the doctor's last turn of a dialogue, as the patient of a script."""

    def stream(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> Iterator[str]:
        """New pieces of the reply's text as they come; closing the iterator stops the generation."""
        ...

    def batch(self, items: Sequence[Item], sampling: Sampling, on_reply: OnReply | None = None) -> list[str]:
        """The replies to many dialogues; `on_reply(index, reply)` is called as each is ready."""
        ...


class ModelPatient:
    """A patient played by a base, or by one of its adapters (None: the base alone)."""

    def __init__(self, engine: Engine, base: ChatFormat, adapter: str | None = None):
        self.engine = engine
        self.base = base
        self.adapter = adapter

    def stream(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> Iterator[str]:
        for pieces in stream_together([(self, script, dialogue)], sampling):
            yield pieces[0]

    def batch(self, items: Sequence[Item], sampling: Sampling, on_reply: OnReply | None = None) -> list[str]:
        generation = self.engine.generate([self.row(*item, sampling) for item in items], sampling)
        replies, waiting = [""] * len(items), set(range(len(items)))
        for pieces in generation:
            replies = [reply + piece for reply, piece in zip(replies, pieces, strict=True)]
            for index in [index for index in waiting if generation.done[index]]:
                waiting.remove(index)
                replies[index] = replies[index].strip() or SILENCE
                if on_reply:
                    on_reply(index, replies[index])
        return replies

    def fit(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> Dialogue:
        """What of the dialogue the model still sees when it answers.

        Raises MedSimError when the script and the last question alone are too long.
        """
        return self._fitted(script, dialogue, sampling).dialogue

    def row(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> tuple[list[int], str | None]:
        """The engine's row for the next reply."""
        return self._fitted(script, dialogue, sampling).encoded.ids, self.adapter

    def _fitted(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> Fitted:
        return fit(script, dialogue, self.base, self.engine.context - sampling.max_new_tokens)

    def warm(self, script: Script) -> None:
        """Read the script in the background, so that the first reply comes sooner."""
        self.engine.warm(encode(script, (), self.base).ids, self.adapter)


def stream_together(turns: Sequence[tuple[Patient, Script, Dialogue]], sampling: Sampling) -> Iterator[list[str]]:
    """Stream several replies side by side: each yield has the new text of every patient, in the order given.

    ModelPatients of one engine become rows of one generation, the others run beside it. A patient that has said
    nothing at the end has said SILENCE. Closing the iterator stops all of them.
    """
    sources = _sources(turns, sampling)
    said = [""] * len(turns)
    try:
        while sources:
            pieces = [""] * len(turns)
            for indices, source in list(sources):
                step = next(source, None)
                if step is None:
                    sources.remove((indices, source))
                    continue
                for index, piece in zip(indices, step, strict=True):
                    pieces[index] = piece if said[index] else piece.lstrip()
                    said[index] += pieces[index]
            if any(pieces):
                yield pieces
        if not all(said):
            yield ["" if text else SILENCE for text in said]
    finally:
        for _, source in sources:
            source.close()


def _sources(
    turns: Sequence[tuple[Patient, Script, Dialogue]], sampling: Sampling
) -> list[tuple[list[int], Iterator[list[str]]]]:
    """What runs: (indices of the turns that it serves, iterator over the new text of each)."""
    engines: dict[int, list[int]] = {}
    sources = []
    for index, (patient, script, dialogue) in enumerate(turns):
        if isinstance(patient, ModelPatient):
            engines.setdefault(id(patient.engine), []).append(index)
        else:
            sources.append(([index], ([piece] for piece in patient.stream(script, dialogue, sampling))))
    # all rows before any generation: a script that is too long for one engine must not leave another at work
    rows = [[turns[index][0].row(*turns[index][1:], sampling) for index in indices] for indices in engines.values()]
    for indices, of_engine in zip(engines.values(), rows, strict=True):
        sources.append((indices, turns[indices[0]][0].engine.generate(of_engine, sampling)))
    return sources


def load_patient(adapter: str | Path | None = None, base: str | None = None, **options: Any) -> ModelPatient:
    """The patient of a run, adapter or merged folder; without one, that of the base.

    `base` is a name of medsim.bases or a folder; by default the one that the adapter was trained on, else the embedded
    one. Raises MedSimError, also for the base of a whole model, which needs none; warns when adapter and base do not
    belong together. `options` are the Engine's.
    """
    folder = weights_folder(adapter) if adapter else None
    if folder and not is_adapter(folder):
        if base:
            raise MedSimError(f"{folder} holds a whole model, not an adapter: leave out --base.")
        engine = Engine.load(folder, **options)
        return ModelPatient(engine, ChatFormat(engine.tokenizer, SystemPrompt.of_adapter(folder)))
    base_folder = bases.prepare(base or (base_of(folder) if folder else bases.DEFAULT))
    engine = Engine.load(base_folder, **options)
    if not folder:
        return ModelPatient(engine, ChatFormat(engine.tokenizer))
    warn_of_other_base(folder, base_folder)
    engine.load_adapter(str(folder), folder)
    return ModelPatient(engine, ChatFormat(engine.tokenizer, SystemPrompt.of_adapter(folder)), str(folder))
