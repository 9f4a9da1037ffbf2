"""The truth set: the labels fit their scripts, and the figures drawn from them are the textbook's."""

from dataclasses import replace

import pytest

from medsim import truth
from medsim.match.__main__ import main
from medsim.truth import PARTS, RIGHT, RULES, auroc, items, judge, scripts, wilson


def test_wilson_intervals_are_those_of_the_textbook():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)  # Newcombe 1998, table I
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(29, 29)[1] == 1


def test_auroc_counts_ties_half():
    assert auroc([2, 3], [0, 1]) == 1
    assert auroc([0, 1], [0, 1]) == 0.5
    assert auroc([1, 1], [0, 1, 2, 3]) == 0.375


@pytest.mark.parametrize("part", PARTS)
def test_labels_fit_their_scripts(part):
    ids = set()
    for item in items(part):
        script = scripts()[item.script]
        known = {fact.id for fact in script.all_facts()}
        assert item.id not in ids and set(item.asked["facts"]) <= known, item.id
        assert item.asked["facts"] or item.asked["topics"] or part == "development", item.id  # small talk is in it
        assert item.label in {RIGHT, *RULES} and item.reply.strip(), item.id
        roles = [message.role for message in item.dialogue]
        assert roles == ["doctor", "patient"] * (len(roles) // 2) + ["doctor"], item.id
        ids.add(item.id)


def test_there_are_as_many_labels_of_each_kind_as_the_figures_need():
    found = [item.label for item in items("heldout")]
    assert len(found) == 650 and found.count(RIGHT) == 325
    assert min(found.count(kind) for kind in RULES) >= 25
    assert len(found) / (len(found) + len(items("tuning"))) == pytest.approx(2 / 3, abs=0.01)


def test_second_labels_are_counted_against_the_first(monkeypatch):
    one = items("heldout")[0]
    same = {"id": one.id, "label": one.label, "asked": one.asked}
    other = {"id": one.id, "label": "echo" if one.label == RIGHT else RIGHT, "asked": {"facts": ["x"], "manner": "?"}}
    lines = truth._lines
    monkeypatch.setattr(truth, "_lines", lambda part: [same, other] if part == truth.SECOND else lines(part))
    assert [line.split("[")[0].split()[-1] for line in truth.agreement()][1:] == ["0.500"] * 3


def test_a_dialogue_of_the_development_part_is_as_many_items_as_it_has_labels():
    lines = [line for line in truth._lines("development") if "reply" not in line]
    found = [item for item in items("development") if item.id.startswith("d")]
    assert len(found) == sum(len(line["asked"]) + len(line["faults"]) for line in lines)
    first = [item for item in found if item.id.startswith("d0-")]
    said = [turn["content"] for turn in lines[0]["dialogue"]]
    assert [item.reply for item in first if item.label == RIGHT] == said[1::2]
    assert all(item.dialogue[-1].content == said[len(item.dialogue) - 1] for item in first)


def test_an_item_is_judged_by_its_evidence():
    [item] = [item for item in items("tuning") if item.id == "t1-001"]
    right = judge(item)
    silent = judge(replace(item, reply="...", label="off_topic"))
    assert silent.alarm and silent.badness > right.badness and silent.ask == right.ask


def test_the_command_prints_both_parts_and_where_they_differ(monkeypatch, capsys):
    monkeypatch.setattr(truth, "items", lambda part: items(part)[::6] if part == "development" else items(part))
    monkeypatch.setattr("sys.argv", ["match", "evaluate"])
    main()
    tables = capsys.readouterr().out
    assert "labelled twice: 100 items" in tables
    assert tables.count("faults found (recall)") == 4 and all(tables.count(f"\n{kind} ") == 4 for kind in RULES)
    monkeypatch.setattr("sys.argv", ["match", "differences", "tuning"])
    main()
    assert all(line.startswith('{"id": "t') for line in capsys.readouterr().out.splitlines())
