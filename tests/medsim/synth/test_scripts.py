"""Patients sampled from the knowledge base."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from medsim.alike import masked
from medsim.errors import MedSimError
from medsim.script import PatientScript
from medsim.script_lint import lint
from medsim.synth.knowledge import knowledge
from medsim.synth.scripts import scripts
from tests.conftest import REPOSITORY

COUNT = 144
MOST_ALIKE = 0.02  # of the patients may share a saying


@pytest.fixture(scope="module")
def made() -> list[PatientScript]:
    return list(scripts(COUNT, 7))


def test_the_same_seed_makes_the_same_patients(made):
    assert list(scripts(20, 7)) == made[:20]
    assert list(scripts(20, 8)) != made[:20]


def test_every_patient_passes_the_check_and_loads_back(made):
    for script in made:
        assert lint(script) == []
        assert PatientScript.model_validate(script.dump()) == script


def test_patients_are_of_all_conditions_voices_and_kinds(made):
    assert len({script.for_examiner.diagnosis.name for script in made}) >= len(knowledge().conditions) - 1 >= 60
    assert len({script.id for script in made}) == COUNT
    assert {script.persona.style for script in made} == set(knowledge().people.styles)
    assert {script.persona.literacy for script in made} == {"low", "average", "high"}
    assert {script.persona.recall for script in made} == {"good", "poor"}
    assert len({script.speaker.relation for script in made}) >= 4
    assert len({script.specialty for script in made}) >= 15
    assert sum(bool(script.locks) for script in made) > COUNT / 5


def test_patients_differ_in_more_than_names_and_numbers(made):
    texts = Counter(" ".join(masked(fact.say) for fact in script.facts) for script in made)
    assert len(texts) >= 0.95 * COUNT
    sayings = Counter(say for script in made for say in {masked(fact.say) for fact in script.facts})
    assert {say: count for say, count in sayings.items() if count > max(3, 2 * MOST_ALIKE * COUNT)} == {}


def test_a_patient_has_enough_to_tell_and_to_deny(made):
    for script in made:
        assert 20 <= len(script.facts) <= 60
        assert sum(fact.polarity == "denied" for fact in script.facts) >= 5
        assert script.opening.facts
        assert script.asks


def test_pairs_that_can_be_mixed_up_are_common(made):
    """Two medicines, two symptoms with their own beginnings, father and mother with different illnesses."""

    def several(script: PatientScript, topic: str) -> list:
        return [fact for fact in script.facts if fact.topic == topic and fact.polarity == "present"]

    medicines = sum(len({fact.concept for fact in several(script, "medication")}) > 1 for script in made)
    onsets = sum(len({fact.about for fact in several(script, "onset")}) > 1 for script in made)
    families = sum(len({fact.who for fact in several(script, "family")}) > 1 for script in made)
    assert min(medicines, onsets, families) > COUNT / 5


def test_a_condition_that_does_not_exist_is_told_with_the_nearest():
    with pytest.raises(MedSimError, match="no condition 'migrane'. Did you mean 'migraine'"):
        list(scripts(1, 0, ["migrane"]))


def test_the_command_writes_a_file_that_its_own_check_accepts(tmp_path):
    out = tmp_path / "scripts.jsonl"
    command = [sys.executable, "-m", "medsim.synth", "scripts", "--n", "5", "--seed", "7", "--out", str(out)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == [s.id for s in scripts(5, 7)]
    check = [sys.executable, "-m", "medsim.script", "check", str(out)]
    assert "5 scripts are good" in subprocess.run(check, cwd=REPOSITORY, capture_output=True, text=True).stdout
