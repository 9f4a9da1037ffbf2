"""What happens to a script while it is edited. Plain functions: a draft and the texts of the fields in, and out."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import gradio as gr
from markupsafe import Markup

from medsim.errors import MedSimError, Problem
from medsim.script import MAX_FACTS
from medsim.system_prompt import SystemPrompt
from space import page
from space.draft import Draft, value_at, with_value
from space.facts import fact_list, fact_texts, facts_of, with_fact, with_new_fact, without_fact
from space.fields import FACT, LOCK, SCRIPT, texts, written
from space.library import MAX_CHARS, Library

TOLD_LATER = "Complete the script, then this shows what the patient is told."
ABOUT_AT, LOCK_AT = ([field.path for field in FACT].index((name,)) for name in ("about", "lock"))


def feedback(draft: Draft, index: int) -> tuple[Any, Any, Any, Any, Any]:
    """Title, what is to be mended, what the patient is told, the list of facts and its heading.

    What cannot be told stays as it is.
    """
    if draft.data is None:
        return gr.skip(), page.problems(draft.problems), gr.skip(), gr.skip(), gr.skip()
    problems = tuple(_named(problem, draft.data) for problem in draft.problems)
    title = page.title(draft.name, draft.script)
    told = SystemPrompt().render(draft.script) if draft.script else gr.skip()
    try:
        rows = fact_list(draft.data, index, draft.problems)
        heading = gr.Accordion(label=f"Facts ({len(facts_of(draft.data))})")
    except ValueError:
        rows = heading = gr.skip()
    return title, page.problems(problems), told, rows, heading


def first_feedback(draft: Draft) -> tuple[Any, ...]:
    """`feedback` where the page may still show another patient: what cannot be told is emptied."""
    empty = page.title(draft.name, None), "", TOLD_LATER, "", gr.Accordion(label="Facts")
    return tuple(bare if value == gr.skip() else value for value, bare in zip(feedback(draft, 0), empty, strict=True))


def _named(problem: Problem, data: dict[str, Any]) -> Problem:
    """The problem with a fact's place said as the form says it: `fact 3 (no-fever), say`."""
    match problem.field.removeprefix("facts[").split("]", 1):
        case [number, rest] if problem.field.startswith("facts["):
            fact = data["facts"][int(number)]
            name = fact.get("id", "no id") if isinstance(fact, dict) else "not a fact"
            field = f"fact {int(number) + 1} ({name}){rest.replace('.', ', ', 1)}"
            return Problem(problem.reason, problem.cure, problem.file, problem.line, field)
    return problem


def form_values(draft: Draft, index: int) -> list[Any]:
    """Why there is no form (or nothing), whether there is one, and the texts of all fields."""
    try:
        if draft.data is None:
            raise ValueError("The YAML cannot be read")
        shown = [*texts(draft.data, SCRIPT), *fact_values(draft.data, index)]
    except ValueError as error:
        reason = f"This cannot be shown as a form: {error}. Mend it in the YAML view; nothing is lost."
        fields = len(SCRIPT) + len(FACT) + len(LOCK)
        return [page.note("warn", reason), gr.Column(visible=False), *[gr.skip()] * fields]
    return [Markup(""), gr.Column(visible=True), *shown]


def fact_values(data: dict[str, Any], index: int) -> list[Any]:
    """The texts of the open fact's fields; what refers to other facts offers them."""
    values: list[Any] = fact_texts(data, index)
    ids = [str(fact["id"]) for number, fact in enumerate(facts_of(data)) if number != index and fact.get("id")]
    for at, choices in ((ABOUT_AT, ids), (LOCK_AT, data.get("locks") or {})):
        values[at] = gr.Dropdown(choices=["", *choices], value=values[at], allow_custom_value=True)
    return values


def edited(draft: Draft, index: int, values: Sequence[str | None]) -> Draft:
    """The draft with what the form's fields say. Raises MedSimError when there is no form to speak of."""
    values = [value or "" for value in values]
    if sum(map(len, values)) > MAX_CHARS:
        raise MedSimError(f"The script is longer than {MAX_CHARS:,} characters. Shorten it.")
    with _form_changes():
        data = written(_data(draft), SCRIPT, values[: len(SCRIPT)])
        data = with_fact(data, index, values[len(SCRIPT) :])
    return draft.with_data(data)


def opened_draft(draft: Draft | None) -> Draft:
    """The draft. Raises MedSimError when nothing is open yet."""
    if draft is None:
        raise MedSimError("Open a patient first.")
    return draft


def copied(draft: Draft, library: Library) -> Draft:
    """The draft under a new id and name, so that it may be changed beside the one that it came from."""
    data = with_value(_data(draft), ("id",), library.free_id(f"{draft.data.get('id') or 'new-patient'}-copy"))
    if isinstance(data.get("patient"), dict):
        data = with_value(data, ("patient", "name"), f"{draft.name} (copy)")
    return Draft.of_data(data)


def saved(draft: Draft, origin: str, library: Library) -> tuple[str, str]:
    """Write the draft into the library in place of `origin`; the id that it has there, and a sentence about it.

    Under a new id it is written first, then the file of the old id goes. Raises MedSimError.
    """
    script = draft.good()
    if script.id != origin and library.free_id(script.id) != script.id:
        raise MedSimError(f"Another patient has the id {script.id}. Change the id under “About this script”.")
    library.save(draft.yaml)
    if script.id != origin and library.remove(origin):
        return script.id, f"Saved in the library as {script.id}. It was {origin} before: that file is gone."
    return script.id, f"Saved in the library as {script.id}."


def exported(draft: Draft | None) -> dict[str, str]:
    """The draft as a file to download, good or not."""
    draft = opened_draft(draft)
    return {"name": f"{draft.script.id if draft.script else 'script'}.yaml", "text": draft.yaml}


def fact_added(draft: Draft) -> tuple[Draft, int]:
    """The draft with an empty fact, and its index."""
    with _form_changes():
        data, index = with_new_fact(_data(draft), MAX_FACTS)
    return Draft.of_data(data), index


def fact_removed(draft: Draft, index: int) -> tuple[Draft, int]:
    """The draft without the open fact, and the index of the one that is open then."""
    with _form_changes():
        data = without_fact(_data(draft), index)
        return Draft.of_data(data), max(0, min(index, len(facts_of(data)) - 1))


def fact_opened(draft: Draft | None, index: Any) -> tuple[Draft, int]:
    """The draft for fields that will show another fact, and its index. Raises MedSimError when there is none."""
    facts = range(len(value_at(_data(draft), ("facts",)) or ()))
    if index not in map(str, facts):
        raise MedSimError("This fact is no longer there. Choose another one.")
    return draft.rekeyed(), int(index)


@contextmanager
def _form_changes() -> Iterator[None]:
    """Data that a form cannot show cannot be changed by it either: a MedSimError that says so."""
    try:
        yield
    except ValueError as error:
        raise MedSimError(f"The form cannot change this: {error}. Use the YAML view.") from None


def _data(draft: Draft | None) -> dict[str, Any]:
    if draft is None or draft.data is None:
        raise MedSimError("There is no script in the form. Open a patient, or mend the YAML.")
    return draft.data
