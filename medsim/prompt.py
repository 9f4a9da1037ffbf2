"""What a model is given: the only place that builds prompts.

    python -m medsim.prompt --script data/scripts/maria-lopez-chest-tightness.yaml [--dialogue N]

`messages` says it in words, `encode` in token ids with the mask of what is learned, `fit` keeps it within a context.
"""

import argparse
import copy
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from medsim.dialogue import Dialogue, Message, Record, Script, load
from medsim.errors import MedSimError, run_cli
from medsim.match import unlocked
from medsim.script import PatientScript
from medsim.system_prompt import TEMPLATES, SystemPrompt

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

SYSTEM = SystemPrompt()
TEMPLATE = TEMPLATES / "patient.jinja"
BASE_ROLES = {"system": "system", "doctor": "user", "patient": "assistant"}
FIXED_DATE = "26 Jul 2024"  # for templates that stamp today's date: a prompt must not change over night
FIXED_CLOCK = "{%- macro strftime_now(format) -%}" + FIXED_DATE + "{%- endmacro -%}"


class Turn(NamedTuple):
    """A turn as the model is given it."""

    role: str  # system, doctor or patient
    content: str


def messages(script: Script, dialogue: Dialogue, system: SystemPrompt = SYSTEM) -> list[Turn]:
    """The system message, then the dialogue; a doctor's turn that opens a lock carries what may now be told.

    The dialogue itself is not changed: what is unlocked follows from its turns, so an export needs no trace of it.
    """
    opened = unlocked(script, dialogue) if isinstance(script, PatientScript) else {}
    turns = [Turn("system", system.render(script))]
    for index, message in enumerate(dialogue):
        content = message.content
        if opened.get(index):
            facts = [fact for fact in script.facts if fact.id in opened[index]]
            content = f"{content}\n{system.render_unlocked(facts)}"
        turns.append(Turn(message.role, content))
    return turns


class Encoded(NamedTuple):
    """Token ids of a whole prompt, and for each whether the patient says it (what is learned)."""

    ids: list[int]
    patient_mask: list[bool]


class ChatFormat:
    """How one base is spoken to: its tokenizer, its chat template (or ours), and the system prompt.

    Raises MedSimError for a template that is not prefix-stable, drops a turn, refuses a system message or does not
    close the patient's turns with a special token.
    """

    def __init__(self, tokenizer: "PreTrainedTokenizerBase", system: SystemPrompt = SYSTEM):
        self.tokenizer = tokenizer
        self.system = system
        self.template = FIXED_CLOCK + (tokenizer.chat_template or TEMPLATE.read_text(encoding="utf-8"))
        self._special = set(tokenizer.all_special_ids)
        self._check()

    def with_system(self, system: SystemPrompt) -> "ChatFormat":
        """The same base with another system prompt."""
        other = copy.copy(self)  # its template was checked
        other.system = system
        return other

    def encode_turns(self, turns: Sequence[Turn]) -> Encoded:
        """Ids of the rendered template, contents as plain text; after a doctor's turn the patient's header follows."""
        pieces = [self._template_ids(piece) for piece in self._pieces([turn.role for turn in turns])]
        ids, mask = list(pieces[0]), [False] * len(pieces[0])
        for turn, piece in zip(turns, pieces[1:], strict=True):
            content = self._content_ids(turn.content)
            patient = turn.role == "patient"
            end = self._end_of_turn(piece) if patient else 0
            ids += content + piece
            mask += [patient] * (len(content) + end) + [False] * (len(piece) - end)
        return Encoded(ids, mask)

    def _pieces(self, roles: Sequence[str]) -> list[str]:
        """The template's own text before, between and after the contents."""
        marks = [f"\ue000{index}\ue001" for index in range(len(roles))]
        try:
            text = self.tokenizer.apply_chat_template(
                [{"role": BASE_ROLES[role], "content": mark} for role, mark in zip(roles, marks, strict=True)],
                chat_template=self.template,
                tokenize=False,
                add_generation_prompt=roles[-1] == "doctor",
                date_string=FIXED_DATE,
            )
        except Exception as error:  # templates raise jinja2 errors of every kind
            reason = f"The base's chat template cannot render an interview ({error}). Use another base."
            raise MedSimError(reason) from error
        pieces = re.split("\ue000\\d+\ue001", text)
        if re.findall("\ue000\\d+\ue001", text) != marks:
            raise MedSimError("The base's chat template drops, repeats or reorders turns. Use another base.")
        return pieces

    def _template_ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False)

    def _content_ids(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)

    def _end_of_turn(self, piece: list[int]) -> int:
        """How many ids of the piece after a patient's words end the turn: up to the first special token."""
        for index, token in enumerate(piece):
            if token in self._special:
                return index + 1
        raise MedSimError("The base's chat template does not end a turn with a special token. Use another base.")

    def _check(self) -> None:
        turns = [Turn("system", "One."), *(Turn(role, "Two.") for role in ("doctor", "patient") * 3)]
        whole = self.encode_turns(turns).ids
        for count in range(2, len(turns)):
            part = self.encode_turns(turns[:count]).ids
            if whole[: len(part)] != part:
                raise MedSimError(
                    "The base's chat template rewrites earlier turns when new ones come, so that nothing could be "
                    "reused between turns. Use another base."
                )


def encode(script: Script, dialogue: Dialogue, base: ChatFormat) -> Encoded:
    """Token ids of an interview and the mask of the patient's words with their end tokens. Never trims.

    A dialogue that ends with the doctor is encoded up to and including the patient's header. For every k,
    `encode(script, dialogue[:k], base)` is a prefix of `encode(script, dialogue, base)`.
    """
    return base.encode_turns(messages(script, dialogue, base.system))


class Fitted(NamedTuple):
    """What is left of a dialogue, and its ids."""

    dialogue: Dialogue
    encoded: Encoded


def fit(script: Script, dialogue: Dialogue, base: ChatFormat, budget: int) -> Fitted:
    """The dialogue without as many of its oldest turns as needed to encode within `budget` tokens.

    Turns leave in blocks of about a quarter of the budget, so that a long talk is read anew only rarely; see `shorter`.
    Raises MedSimError when what has to stay does not fit.
    """
    encoded = encode(script, dialogue, base)
    if len(encoded.ids) <= budget:
        return Fitted(dialogue, encoded)
    for rest in shorter(script, dialogue, lambda text: len(base.tokenizer.encode(text)), budget // 4):
        encoded = encode(script, rest, base)
        if len(encoded.ids) <= budget:
            return Fitted(rest, encoded)
    raise MedSimError(
        f"The script and the last question need {len(encoded.ids)} tokens; there is room for {budget}. "
        "Shorten the script or the question."
    )


def shorter(script: Script, dialogue: Dialogue, length: Callable[[str], int], block: int) -> Iterator[Dialogue]:
    """What is left of a dialogue when more and more of its oldest turns leave, each time at least a block's length.

    A turn that unlocked a fact stays with its answer and with what led up to it, and so does the last question.
    """
    pairs = [dialogue[start : start + 2] for start in range(0, len(dialogue), 2)]
    opened = {index // 2 for index in unlocked(script, dialogue)} if isinstance(script, PatientScript) else set()
    staying = opened | {index - 1 for index in opened} | {len(pairs) - 1}
    dropped: set[int] = set()
    due = 0
    for index in sorted(set(range(len(pairs))) - staying):
        dropped.add(index)
        due += sum(length(message.content) for message in pairs[index])
        if due >= block:
            due = 0
            yield _without(dropped, pairs)
    if due:
        yield _without(dropped, pairs)


def _without(dropped: set[int], pairs: Sequence[Dialogue]) -> list[Message]:
    return [message for index, pair in enumerate(pairs) if index not in dropped for message in pair]


def _record(path: str, number: int | None, dialogues: str) -> Record:
    """The script with the N-th dialogue (from 1) that was held with it, or without any; of a .jsonl the N-th line."""
    if Path(path).suffix == ".jsonl":
        records, number = load(path), 1 if number is None else number
    elif number is None:
        return Record(PatientScript.load(path), ())
    else:
        script = PatientScript.load(path)
        records = [record for record in load(dialogues) if getattr(record.script, "id", None) == script.id]
    if not 1 <= number <= len(records):
        raise MedSimError(f"There are {len(records)} such dialogues, and no number {number} among them.")
    return records[number - 1]


def marked(encoded: Encoded, base: ChatFormat, begin: str, end: str) -> str:
    """The text of a prompt with marks around what is learned."""
    parts, start = [], 0
    for index in range(1, len(encoded.ids) + 1):
        if index == len(encoded.ids) or encoded.patient_mask[index] != encoded.patient_mask[start]:
            text = base.tokenizer.decode(encoded.ids[start:index])
            parts.append(begin + text + end if encoded.patient_mask[start] else text)
            start = index
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description="Print what the model sees, with the learned part marked.")
    parser.add_argument("--script", required=True, metavar="FILE", help="a script, or a .jsonl of dialogues")
    parser.add_argument("--dialogue", type=int, metavar="N", help="the N-th with this script (for a .jsonl: 1)")
    parser.add_argument("--dialogues", default="data/dialogues/train.jsonl", metavar="FILE", help="where dialogues are")
    parser.add_argument("--base", default="smollm2-135m-instruct", help="name of the base model (default: %(default)s)")
    flags = parser.parse_args()
    record = _record(flags.script, flags.dialogue, flags.dialogues)

    from medsim import bases

    base = ChatFormat(bases.load_tokenizer(bases.prepare(flags.base)))
    encoded = encode(record.script, record.dialogue, base)
    marks = ("\033[1;32m", "\033[0m") if sys.stdout.isatty() else ("[[", "]]")
    print(marked(encoded, base, *marks))
    print(f"\n{len(encoded.ids)} tokens, {sum(encoded.patient_mask)} learned (marked)", file=sys.stderr)


if __name__ == "__main__":
    run_cli(main)
