"""The benchmark: who is told apart, what a killed run keeps, and what is written."""

import json
import subprocess
import sys

import numpy
import pytest
from PIL import Image

from medsim.benchmark import questions
from medsim.benchmark.asking import Interview, ask_all
from medsim.benchmark.degenerate import AnsweringPatient, degenerates
from medsim.benchmark.scoring import Row, estimate, estimates, rows_of
from medsim.dialogue import Message
from medsim.errors import MedSimError
from medsim.journal import Journal
from medsim.metrics import NAMES, score
from medsim.patients import ScriptedPatient
from medsim.probes import Probe, interview
from medsim.sampling import Sampling
from medsim.script import PatientScript, load_scripts
from tests.conftest import REPOSITORY

FAIR = Sampling(temperature=0, seed=0)


@pytest.fixture(scope="module")
def scripts() -> list[PatientScript]:
    paths = sorted((REPOSITORY / "data/scripts").glob("*.yaml"))[:12]
    return [script for path in paths for script in load_scripts(path)]


@pytest.fixture(scope="module")
def interviews(scripts) -> list[Interview]:
    return [Interview(script, interview(script, 0)) for script in scripts]


def asked(patient, interviews) -> list[Row]:
    return list(rows_of(interviews, ask_all(patient, interviews, FAIR, {}, lambda place, reply: None)))


def test_no_degenerate_patient_comes_near_one_who_knows_the_script(scripts, interviews):
    found = {name: estimates(asked(patient, interviews))["overall"].mean
             for name, patient in {"scripted": ScriptedPatient(), **degenerates(scripts)}.items()}  # fmt: skip
    scripted = found.pop("scripted")
    assert len(found) == 6
    assert max(found.values()) < 0.6 < 0.7 < scripted


def test_a_known_question_is_judged_by_what_it_asks_for():
    script = load_scripts(REPOSITORY / "data/scripts/priya-nair-headache.yaml")[0]
    onset = next(fact for fact in script.facts if fact.topic == "onset")
    probe = Probe("answerable", "And the beginnings of all that?", (onset.id,), ("onset",))
    dialogue = [Message(role="doctor", content=probe.question)]
    assert score(script, dialogue, onset.say, probe).script_adherence.value == 1
    assert score(script, dialogue, "It's eight out of ten.", probe).script_adherence.value < 1
    assert score(script, dialogue, "Two days ago.", probe).script_adherence.value == 0


def test_a_killed_run_goes_on_where_it_was(tmp_path, interviews):
    class Killed(BaseException):
        pass

    few, path = interviews[:4], tmp_path / "replies.part.jsonl"
    whole = ask_all(ScriptedPatient(), few, FAIR, {}, lambda place, reply: None)
    kept, count = Journal(path, {"patient": "x"}), 0
    assert kept.load() == []

    def keep(place, reply):
        nonlocal count
        kept.add([*place, reply])
        count += 1
        if count == 21:
            raise Killed

    with pytest.raises(Killed):
        ask_all(ScriptedPatient(), few, FAIR, {}, keep)
    path.write_text(path.read_text(encoding="utf-8")[:-4], encoding="utf-8")  # the last line was cut off
    again, new = Journal(path, {"patient": "x"}), []
    said = {(number, turn): reply for number, turn, reply in again.load()}
    assert len(said) == 20
    assert ask_all(ScriptedPatient(), few, FAIR, said, lambda place, reply: new.append(place)) == whole
    assert len(new) == sum(map(len, whole)) - 20 and said.keys().isdisjoint(new)
    again.add([9, 9, "a line\u2028end"])
    assert again.load()[-1] == [9, 9, "a line\u2028end"] and len(again.load()) == 21


def test_replies_of_other_settings_are_not_mixed(tmp_path):
    Journal(tmp_path / "part.jsonl", {"patient": "x"}).load()
    with pytest.raises(MedSimError, match="of another command"):
        Journal(tmp_path / "part.jsonl", {"patient": "y"}).load()


def test_intervals_are_by_script():
    """Replies of one script are alike: a hundred of them are no hundred observations."""
    draw = numpy.random.default_rng(1)
    of_script = draw.uniform(size=30)
    one_each = estimate((f"s{number}", value) for number, value in enumerate(of_script))
    many = estimate((f"s{number}", value) for number, value in enumerate(of_script) for _ in range(9))
    assert (one_each.mean, one_each.low, one_each.high) == (many.mean, many.low, many.high)
    assert many.n == 9 * one_each.n == 270
    spread = of_script.std(ddof=1) / 30**0.5
    assert one_each.high - one_each.low == pytest.approx(2 * 1.96 * spread, rel=0.2)


def test_what_applies_to_no_reply_has_no_mean():
    assert estimate([("s", None)]).mean is None
    assert estimate([("s", None), ("t", 0.5)]).n == 1


def test_one_of_the_facts_that_answer_a_known_question_is_enough():
    script = load_scripts(REPOSITORY / "data/scripts/priya-nair-headache.yaml")[0]
    facts = [fact for fact in script.facts if fact.topic in ("onset", "severity", "family")][:3]
    probe = Probe("answerable", "What would you say to all that?", tuple(fact.id for fact in facts))
    dialogue = [Message(role="doctor", content=probe.question)]
    for fact in facts:
        assert score(script, dialogue, fact.say, probe).script_adherence.value == 1, fact.id


def test_the_same_question_wants_the_same_answer():
    """Though no rule knows what the answers are about."""
    script = load_scripts(REPOSITORY / "data/scripts/priya-nair-headache.yaml")[0]
    onset = next(fact for fact in script.facts if fact.topic == "onset")
    probe = Probe("repeat", "And the beginnings of all that?", (onset.id,), ("onset",), repeats=0)
    talk = [Message(role="doctor", content="Since when?"), Message(role="patient", content="After the harvest festival."),
            Message(role="doctor", content=probe.question)]  # fmt: skip
    values = [
        score(script, talk, reply, probe).consistency.value for reply in ("Since the harvest, I'd say.", "My shoes.")
    ]
    assert values == [None, 0.0]


def test_a_patient_who_says_nothing_is_worth_nothing(interviews):
    rows = asked(AnsweringPatient(lambda script, dialogue: "..."), interviews[:3])
    assert estimates(rows)["overall"].mean == 0


@pytest.mark.parametrize(
    ("kept", "scripts", "patients", "fewest", "most"),
    [
        (questions.public, questions.public_scripts, 30, 1150, 1250),
        (questions.quick, questions.quick_scripts, 12, 150, 200),
    ],
)
def test_the_questions_that_are_kept_are_whole(kept, scripts, patients, fewest, most):
    found = kept()
    assert {one.script.id for one in found} == {script.id for script in scripts()} and len(scripts()) == patients
    assert fewest <= sum(len(one.probes) for one in found) <= most
    for one in found:
        assert 10 <= len(one.probes) <= 20 and one.probes[0].kind == "opening"
        for place, probe in enumerate(one.probes):
            assert all(one.script.fact(name) for name in probe.facts)
            assert probe.repeats is None or set(one.probes[probe.repeats].facts) & set(probe.facts), (
                one.script.id,
                place,
            )


def test_questions_are_read_as_they_were_written(tmp_path, scripts):
    made = questions.drawn(scripts[:3], 4, 1)
    assert [one.script.id for one in made] == [scripts[number].id for number in (0, 0, 1, 2)]
    assert made[0].probes != made[1].probes
    questions.save(made, tmp_path / "q.jsonl")
    assert questions.read(tmp_path / "q.jsonl", scripts) == made
    assert questions.digest(made) != questions.digest(questions.drawn(scripts[:3], 4, 2))
    (tmp_path / "q.jsonl").write_text('{"script": "nobody", "probes": []}\n', encoding="utf-8")
    with pytest.raises(MedSimError, match="line 1 is no interview"):
        questions.read(tmp_path / "q.jsonl", scripts)


def run(*args) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "medsim.benchmark", *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY)


def test_the_command_writes_report_and_replies(tmp_path, tiny_base):
    script = REPOSITORY / "data/scripts/priya-nair-headache.yaml"
    done = run("--patient", "base", "--base", tiny_base, "--scripts", script, "--max_new_tokens", 4, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert {"patient", "base", "seed", "probes_sha256", "lengths", "by_probe", "by_topic"} <= found.keys()
    for one in [found["overall"], *(found[name] for name in NAMES), *found["by_probe"].values()]:
        assert one.keys() == {"mean", "low", "high", "n"}
    assert found["overall"]["mean"] < found["beside"]["scripted"]["overall"]["mean"]
    lines = [json.loads(line) for line in (tmp_path / "replies.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(lines) == found["role_consistency"]["n"] and all(line["reply"] for line in lines)
    assert "# Fidelity of base" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert found["auroc"].keys() == set(NAMES) and all(0 <= value <= 1 for value in found["auroc"].values())
    for name in ("metrics", "probes", "topics", "lengths"):
        with Image.open(tmp_path / f"{name}.png") as picture:
            assert picture.width > 600 and len(picture.getcolors(2**20)) > 20, name
    assert not (tmp_path / "replies.part.jsonl").exists()


def test_compare_tells_what_differs_and_refuses_other_questions(tmp_path):
    scripts = [REPOSITORY / f"data/scripts/{name}.yaml" for name in ("priya-nair-headache", "alun-rosser-tiredness")]
    for name, files in (("a", scripts), ("b", scripts), ("c", scripts[:1])):
        assert run("--patient", "scripted", "--scripts", *files, "--out", tmp_path / name).returncode == 0
    lines = [json.loads(line) for line in (tmp_path / "b/replies.jsonl").read_text(encoding="utf-8").splitlines()]
    lines[0] |= {"reply": "Nonsense.", "overall": lines[0]["overall"] - 0.5}
    (tmp_path / "b/replies.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = run("compare", tmp_path / "a", tmp_path / "b")
    assert done.returncode == 0, done.stderr
    assert f"| overall | {-0.5 / len(lines):+.3f} [" in done.stdout and f"| {len(lines)} |" in done.stdout
    assert "-0.50" in done.stdout and "Nonsense." in done.stdout
    for others, sentence in (("c", "are of other questions"), ("d", "holds no report")):
        refused = run("compare", tmp_path / "a", tmp_path / others)
        assert refused.returncode == 1 and sentence in refused.stderr and "Traceback" not in refused.stderr
