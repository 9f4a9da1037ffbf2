"""Language models that write interviews: behind an OpenAI-compatible server, or here."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

from medsim.errors import MedSimError
from medsim.synth.briefs import schema

MAX_TOKENS = 3000


class Written(NamedTuple):
    """What a teacher wrote, and the tokens that it took: read and written."""

    text: str
    tokens: int


class Teacher(Protocol):
    """`at_once`: how many briefs it works on at a time."""

    at_once: int

    def write(self, brief: str, seed: int) -> Written: ...


@dataclass
class ServerTeacher:
    """A model of an OpenAI-compatible server. The key is kept in memory alone."""

    url: str | None
    model: str
    key: str | None = None
    at_once: int = 8
    temperature: float = 0.9

    def __post_init__(self):
        from medsim.server import connect  # 0.5 s to import, and only here

        self._client = connect(self.url, self.key)
        self._schema = {"type": "json_schema", "json_schema": {"name": "interview", "strict": True, "schema": schema()}}

    def write(self, brief: str, seed: int) -> Written:
        """Raises MedSimError when the server refuses, or cannot be reached after several tries."""
        from medsim.server import in_words

        with in_words(self._client):
            found = self._client.chat.completions.create(
                model=self.model, messages=[{"role": "user", "content": brief}], response_format=self._schema,
                temperature=self.temperature, max_tokens=MAX_TOKENS, seed=seed,
            )  # fmt: skip
        choice = found.choices[0] if found.choices else None
        return Written((choice and choice.message.content) or "", found.usage.total_tokens if found.usage else 0)


@dataclass
class LocalTeacher:
    """A chat model of a local folder or the Hub, on this machine."""

    model: str
    at_once: int = 1
    temperature: float = 0.9

    def __post_init__(self):
        from medsim import bases
        from medsim.engine import Engine

        self._engine = Engine.load(bases.prepare(self.model), context=8192, max_seconds=1800)

    def write(self, brief: str, seed: int) -> Written:
        """Raises MedSimError for a brief that does not fit into the model's context."""
        from medsim.sampling import Sampling

        tokenizer = self._engine.tokenizer
        if tokenizer.chat_template is None:
            raise MedSimError(f"{self.model} has no chat template. Name a model that was tuned to follow instructions.")
        messages = [{"role": "user", "content": brief}]
        ids = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        sampling = Sampling(temperature=self.temperature, max_new_tokens=MAX_TOKENS, seed=seed)
        text = "".join(pieces[0] for pieces in self._engine.generate([(ids, None)], sampling))
        return Written(text, len(ids) + len(tokenizer(text)["input_ids"]))
