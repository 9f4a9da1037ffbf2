"""An interview in the terminal.

    python -m medsim.chat --script data/scripts/maria-lopez-chest-tightness.yaml [--adapter DIR | --server URL]

Ask a question a line. Ctrl-C stops a reply, Ctrl-D (or an empty line) ends the interview.
"""

import argparse
import sys
from typing import TYPE_CHECKING, Any

from medsim.dialogue import MAX_TURNS, Message, Record, doctor, patient, save
from medsim.errors import MedSimError, run_cli
from medsim.sampling import Sampling
from medsim.schema import MAX_TEXT
from medsim.script import PatientScript, load_scripts
from medsim.scripted import ScriptedPatient

if TYPE_CHECKING:
    from medsim.patients import Patient


def door_note(script: PatientScript) -> str:
    """What the doctor knows before going in, as a few lines of text."""
    door, vitals = script.door, script.door.vitals.model_dump(exclude_none=True)
    lines = [f"{script.patient.name}, {script.patient.age}: {door.complaint}"]
    lines += [" · ".join(text for text in (door.setting, door.when) if text)]
    lines += [", ".join(f"{name.replace('_', ' ')} {value}" for name, value in vitals.items()), door.task or ""]
    return "\n".join(line for line in lines if line)


def ask(question: str, dialogue: list[Message], script: PatientScript, who: "Patient", sampling: Sampling) -> None:
    """Put a question and print the reply as it comes; both join the dialogue. Ctrl-C keeps what was said so far.

    A turn holds MAX_TEXT characters: the dialogue has no more of a reply.
    """
    reply = who.stream(script, [*dialogue, doctor(question)], sampling)
    said = ""
    try:
        for piece in reply:
            said += piece
            print(piece, end="", flush=True)
    except KeyboardInterrupt:
        reply.close()
    print()
    if said := said.strip():
        dialogue += [doctor(question), patient(said[:MAX_TEXT])]


def interview(dialogue: list[Message], script: PatientScript, who: "Patient", sampling: Sampling) -> None:
    """Read questions from standard input until it ends or a dialogue is full; what is said joins the dialogue."""
    prompt = "\nDoctor: " if sys.stdin.isatty() else ""
    while len(dialogue) + 2 <= MAX_TURNS:
        try:
            question = input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            print()
            return
        if not question:
            return
        if len(question) > MAX_TEXT:
            print(f"Your question is longer than {MAX_TEXT} characters. Shorten it.", file=sys.stderr)
            continue
        print("Patient: " if prompt else f"\nDoctor: {question}\nPatient: ", end="", flush=True)
        ask(question, dialogue, script, who, sampling)
    print(f"This interview has {MAX_TURNS // 2} questions, and no more fit. Begin a new one.", file=sys.stderr)


def _patient(flags: dict[str, Any]) -> "Patient":
    if flags["scripted"]:
        return ScriptedPatient()
    if flags["server"]:
        from medsim.server_patient import ServerPatient  # imports openai, which takes half a second

        return ServerPatient(flags["server"], flags["model"])
    from medsim.patients import load_patient  # imports torch, which takes seconds

    return load_patient(flags["adapter"], flags["base"])


def main() -> None:
    parser = argparse.ArgumentParser(description="An interview in the terminal. Fictional patients, for education.")
    parser.add_argument("--script", required=True, metavar="FILE", help="the patient's script (YAML or JSON)")
    parser.add_argument("--adapter", metavar="DIR", help="a run, adapter or merged folder (default: the base alone)")
    parser.add_argument("--base", help="name or folder of the base (default: the adapter's, else the embedded one)")
    parser.add_argument("--scripted", action="store_true", help="answer by looking up facts, without a model")
    parser.add_argument("--server", metavar="URL", help="a model of an OpenAI-compatible server, as http://HOST/v1")
    parser.add_argument("--model", metavar="NAME", help="the server's model (default: its only one)")
    parser.add_argument("--save", metavar="FILE.jsonl", help="write the interview in the training format")
    for name, field in Sampling.model_fields.items():
        parser.add_argument(f"--{name}", default=argparse.SUPPRESS, metavar="X", help=field.description)
    flags = vars(parser.parse_args())
    if flags["scripted"] and (flags["adapter"] or flags["base"]):
        raise MedSimError("--scripted needs no model. Leave out --adapter and --base.")
    if flags["adapter"] or flags["base"] or flags["scripted"] if flags["server"] else flags["model"]:
        raise MedSimError("--server is a patient of its own, which --model is for. Leave out what does not fit.")
    sampling = Sampling.load(**{name: flags[name] for name in Sampling.model_fields if name in flags})
    script = load_scripts(flags["script"])[0]
    who = _patient(flags)
    print(door_note(script))
    dialogue: list[Message] = []
    try:
        interview(dialogue, script, who, sampling)
    finally:  # also when the model gives up in the middle
        if flags["save"] and dialogue:
            save(flags["save"], [Record(script, tuple(dialogue))])


if __name__ == "__main__":
    run_cli(main)
