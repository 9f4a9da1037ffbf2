"""Who is in the room: the choice of a patient, shared by Chat and Compare."""

from typing import TypeVar

import gradio as gr

from medsim.errors import MedSimError
from medsim.script import DIFFICULTIES, PatientScript
from space.comparison import Comparison
from space.interview import Interview
from space.library import Library

Room = TypeVar("Room", Interview, Comparison)


def ready_for_question(room: Room | None) -> Room:
    """The interview or comparison. Raises MedSimError when there is none, or its last question is being answered.

    Enter sends a question even where only Stop is to be seen; what was typed stays in the box.
    """
    if room is None:
        raise MedSimError("There is no patient in the room yet. Choose one.")
    if room.running:
        raise MedSimError("The last question is still being answered. Wait, or press Stop, then ask.")
    return room


def patient_choices(library: Library, script: PatientScript) -> gr.Dropdown:
    """All patients of the library, and the visitor's own version of one where it differs; `script` is chosen."""
    scripts, _ = library.scripts()
    choices = [(_label(item), item.id) for item in scripts]
    if script in scripts:
        return gr.Dropdown(choices=choices, value=script.id)
    return gr.Dropdown(choices=[*choices, (f"{_label(script)} (your version)", "")], value="")


def chosen(library: Library, script_id: str, script: PatientScript | None) -> PatientScript:
    """The script of a choice; the empty one stands for the visitor's own version. Raises MedSimError."""
    if script_id:
        return library.get(script_id)
    return script or first(library)


def first(library: Library) -> PatientScript:
    """An easy patient of the library to begin with. Raises MedSimError when it is empty."""
    scripts, _ = library.scripts()
    if not scripts:
        raise MedSimError("There is no patient here yet. Write one in Scripts.")
    return min(scripts, key=lambda script: DIFFICULTIES.index(script.difficulty))


def _label(script: PatientScript) -> str:
    return f"{script.patient.name} · {script.door.complaint}"
