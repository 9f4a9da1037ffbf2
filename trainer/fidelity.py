"""How true the model in training is to its scripts: fixed questions that it answers at each evaluation.

They are few, so the figure is a rough one; `python -m medsim.benchmark` measures what was trained.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import NamedTuple

from peft import PeftModel
from transformers import PreTrainedModel

from medsim.benchmark.asking import CACHE_BYTES, Interview, ask_all
from medsim.benchmark.scoring import estimates, rows_of
from medsim.dialogue import Record, doctor
from medsim.engine import Engine
from medsim.errors import MedSimError
from medsim.patients import Item, ModelPatient
from medsim.probes import INTERVIEW, ProbeKind, interview, probes
from medsim.prompt import ChatFormat
from medsim.sampling import Sampling
from medsim.scores import NAMES
from medsim.script import PatientScript
from trainer.config import TrainConfig
from trainer.data import script_ids
from trainer.events import Events, read_events

MEANS = ("fidelity", *NAMES)  # what an evaluation tells; each is the mean of the replies that it applies to
FEWEST = 5  # questions of an interview, where there are patients enough: fewer would nearly all be openings
ROOM = 160  # tokens that a question and its reply need after the script
SAMPLING = Sampling(temperature=0, seed=0, max_new_tokens=32)
SAMPLES: tuple[ProbeKind, ...] = ("opening", "answerable", "denied", "absent", "leading_false", "dump")


class Sample(NamedTuple):
    """A question that begins a talk with a patient."""

    script: PatientScript
    question: str

    @property
    def item(self) -> Item:
        return self.script, [doctor(self.question)]


def fixed_interviews(patients: Sequence[PatientScript], questions: int) -> list[Interview]:
    """Short interviews with so many questions together, spread over the patients in order; always the same."""
    patients = patients[: max(1, questions // FEWEST)]
    found: list[Interview] = []
    while questions:
        talk, place = divmod(len(found), len(patients))
        share = min(INTERVIEW[0], -(-questions // (len(patients) - place)))
        found.append(Interview(patients[place], interview(patients[place], talk, share)))
        questions -= len(found[-1].probes)
    return found


def fixed_samples(patients: Sequence[PatientScript]) -> list[Sample]:
    """A question of each kind of SAMPLES that one of the patients has, to another patient each; always the same."""
    found = []
    for number, kind in enumerate(SAMPLES):
        first = number % len(patients)
        made = ((script, probe) for script in (*patients[first:], *patients[:first]) for probe in probes(script, 0))
        found += [Sample(script, probe.question) for script, probe in made if probe.kind == kind][:1]
    return found


class Fidelity:
    """Puts the questions to a model, which may be in training: neither it nor any random state is changed."""

    def __init__(
        self,
        model: PreTrainedModel | PeftModel,
        base: ChatFormat,
        patients: Sequence[PatientScript],
        config: TrainConfig,
        events: Events,
        stopped: Callable[[], bool],
    ):
        """`events` has the base's replies of an earlier start; `stopped` is asked before each forward pass."""
        self._model = model
        self._base = base
        self._interviews = fixed_interviews(patients, config.eval_probes)
        self._samples = fixed_samples([one.script for one in self._interviews])
        self._context = context_of(model, config)
        self._events = events
        self._stopped = stopped

    def measure(self, step: int) -> dict[str, float]:
        """MEANS of the replies, and the samples as events. {} when a stop was asked for meanwhile."""
        adapter = self._model.active_adapter if isinstance(self._model, PeftModel) else None
        engine = Engine(
            self._model, self._base.tokenizer, context=self._context, cache_bytes=CACHE_BYTES, stopped=self._stopped
        )
        with _one_dialogue_a_row(self._model), closing(engine):
            patient = ModelPatient(engine, self._base, adapter)
            try:
                replies = ask_all(patient, self._interviews, SAMPLING, {}, lambda *_: None)
                self._tell(step, self._answers(patient), self._of_base(engine))
            except MedSimError:
                if self._stopped():
                    return {}
                raise
        found = estimates(list(rows_of(self._interviews, replies)))
        means = {"fidelity": found.pop("overall"), **found}
        return {name: one.mean for name, one in means.items() if one.mean is not None}

    def _answers(self, patient: ModelPatient) -> list[str]:
        return patient.batch([sample.item for sample in self._samples], SAMPLING)

    def _of_base(self, engine: Engine) -> list[str] | list[None]:
        """The base's replies, which are the same at each evaluation; None when its own weights are trained."""
        if not isinstance(self._model, PeftModel):
            return [None] * len(self._samples)
        told = [event for event in read_events(self._events.path) if event["kind"] == "sample"]
        known = {(event["script"], event["question"]): event["base"] for event in told}
        found = [known.get((sample.script.id, sample.question)) for sample in self._samples]
        return found if all(found) else self._answers(ModelPatient(engine, self._base))

    def _tell(self, step: int, replies: Sequence[str], of_base: Sequence[str | None]) -> None:
        for sample, reply, base in zip(self._samples, replies, of_base, strict=True):
            fields = {"script": sample.script.id, "question": sample.question, "base": base, "reply": reply}
            self._events.write("sample", step=step, **fields)


def patients_to_ask(records: Sequence[Record], base: ChatFormat, context: int) -> list[PatientScript]:
    """The patients of dialogues whose facts are known, and whose script leaves room for a question and a reply."""
    scripts = {record.script.id: record.script for record in records if isinstance(record.script, PatientScript)}
    return [script for script in scripts.values() if len(script_ids(script, base)) + ROOM <= context]


def context_of(model: PreTrainedModel | PeftModel, config: TrainConfig) -> int:
    """Tokens of a talk: whoever's dialogues can be learned from can be asked, if the model takes so many."""
    return min(config.max_length + ROOM, model.config.max_position_embeddings)


@contextmanager
def _one_dialogue_a_row(model: PreTrainedModel | PeftModel) -> Iterator[None]:
    """The attention of transformers: that of the training wants to know the segments of a packed row."""
    config = model.config
    in_training = config._attn_implementation
    config._attn_implementation = "sdpa"
    try:
        yield
    finally:
        config._attn_implementation = in_training
