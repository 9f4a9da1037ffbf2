"""The knowledge base: what is wrong in it is told with file, line and cure, all at once."""

import shutil

import pytest

from medsim.errors import DataError
from medsim.match.lexicon import lexicon
from medsim.synth.banks import load as load_banks
from medsim.synth.grammar import count
from medsim.synth.knowledge import FOLDER, knowledge
from medsim.synth.knowledge import load as load_knowledge


@pytest.fixture
def folder(tmp_path):
    """A copy of a part of the knowledge, to break."""
    for part in ("life", "questions", "replies"):
        shutil.copytree(FOLDER / part, tmp_path / part)
    (tmp_path / "conditions").mkdir()
    shutil.copy(FOLDER / "conditions" / "migraine.yaml", tmp_path / "conditions")
    return tmp_path


def change(path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_every_problem_of_every_file_is_told(folder):
    change(folder / "conditions" / "migraine.yaml", "opens_with: [headache", "opens_with: [hedache")
    (folder / "life" / "pools" / "broken.yaml").write_text(
        'draw: 1-1\nbundles:\n  - id: one\n    facts:\n      - {id: x, topic: sleep, say: ["<I> sleep (well"]}\n'
        '  - id: two\n    facts:\n      - {id: y, topic: sleep, concept: insomnja, say: ["<I> sleep <badly>."]}\n'
    )
    with pytest.raises(DataError) as error:
        load_knowledge(folder)
    text = str(error.value)
    assert "broken.yaml:5" in text and "without its ')'" in text
    change(folder / "life" / "pools" / "broken.yaml", "(well", "well")
    with pytest.raises(DataError) as error:
        load_knowledge(folder)
    text = str(error.value)
    assert "There is no fact 'hedache'. Did you mean 'headache'" in text
    assert "broken.yaml:8" in text
    assert "no concept 'insomnja'. Did you mean 'insomnia'" in text
    assert "Nothing fills <badly>" in text


def test_a_bank_with_an_unknown_topic_or_slot_is_refused(folder):
    (folder / "questions" / "broken.yaml").write_text(
        'aims:\n  slep: {plain: ["sleeping well?"]}\n  sleep: {plain: ["<do> <yu> sleep?"]}\n'
    )
    with pytest.raises(DataError) as error:
        load_banks(folder)
    assert "There is no topic 'slep'. Did you mean 'sleep'" in str(error.value)
    assert "Nothing fills <yu>. Did you mean 'you'" in str(error.value)


def test_what_is_often_denied_is_denied_in_many_words():
    """So that none of them stands in more than one of fifty patients."""
    common = [
        "fever",
        "breathlessness",
        "vomiting",
        "weight_loss",
        "chest_pain",
        "syncope",
        "headache",
        "rash",
        "cough",
    ]
    for concept in common:
        assert sum(map(count, knowledge().denials[concept].say)) >= 60
    assert all(sum(map(count, denial.say)) >= 10 for denial in knowledge().denials.values())
    assert len(knowledge().denials) > 400


def test_the_illnesses_of_patients_kept_aside_are_not_taught():
    """Those of data/test and data/validation are never trained on, nor is what they have."""
    from medsim.script import PatientScript
    from tests.conftest import REPOSITORY

    tested = {PatientScript.load(path).for_examiner.diagnosis.name.lower()
              for path in (REPOSITORY / "data").glob("*/scripts/*.yaml")}  # fmt: skip
    assert len(tested) >= 36
    assert not tested & {condition.name.lower() for condition in knowledge().conditions.values()}
    assert all(concept in lexicon().kinds for concept in knowledge().denials)
