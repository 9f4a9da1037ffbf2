"""What the doctor sees at the door, and what only the examiner knows."""

from collections.abc import Mapping, Set
from random import Random

from medsim.match.lexicon import lexicon
from medsim.synth.templates import Condition

TASKS = (
    "Take a focused history in 8 minutes, then give your differential.",
    "Take a history in 10 minutes, then say what you would examine and why.",
    "Take a history and agree the next steps with the patient.",
    "Find out why the patient has come today, and what they fear.",
)


def vitals(ranges: Mapping[str, tuple[float, float]], random: Random) -> dict[str, float | str]:
    """Vital signs within their ranges."""
    drawn = {name: random.uniform(*bounds) for name, bounds in ranges.items()}
    found = {name: round(value, 1) if name in ("temperature_c", "weight_kg") else round(value)
              for name, value in drawn.items() if name not in ("systolic", "diastolic")}  # fmt: skip
    if "systolic" in drawn:
        found["blood_pressure"] = f"{round(drawn['systolic'])}/{round(drawn['diastolic'])}"
    return found


def for_examiner(condition: Condition, ids: Set[str]) -> dict:
    """The examiner's part; a key question that asks for a fact stands where the patient has it (`ids`)."""
    given = condition.examiner
    keys = []
    for key in given.key:
        name, must = key.rstrip("!"), key.endswith("!")
        if name in ids:
            keys.append({"any": [name], "must": must})
        elif name in lexicon().kinds:
            keys.append({"concept": name, "must": must})
    return {
        "diagnosis": {"name": condition.name, "accept": condition.accept},
        "differential": [*({"name": name, "must_consider": True} for name in given.must_consider),
                         *({"name": name} for name in given.consider)],
        "findings": {"otherwise": "Normal.", **given.findings},
        "tests": {"otherwise": "Not done.", **given.tests},
        "key_questions": keys,
    }  # fmt: skip
