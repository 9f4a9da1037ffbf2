"""Phrases with alternatives."""

from random import Random

import pytest

from medsim.synth.grammar import PhraseError, count, fill, parse, say, slots

PHRASE = "(I've had | I've got) [quite] a <kind> ache[, doctor]"


def all_of(phrase: str, **values: str) -> set[str]:
    return {say(phrase, Random(seed), values) for seed in range(300)}


def test_a_phrase_stands_for_all_its_sentences():
    assert all_of(PHRASE, kind="dull") == {
        f"I've {verb} {quite}a dull ache{doctor}."
        for verb in ("had", "got") for quite in ("", "quite ") for doctor in ("", ", doctor")
    }  # fmt: skip
    assert count(PHRASE) == 8
    assert slots(PHRASE) == {"kind"}


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        ("it [really] hurts", {"It hurts.", "It really hurts."}),
        ("[well], it hurts. it (burns [badly] | stings)!", {
            "It hurts. It burns!", "It hurts. It burns badly!", "It hurts. It stings!",
            "Well, it hurts. It burns!", "Well, it hurts. It burns badly!", "Well, it hurts. It stings!"}),
        ("no (fever | temperature)[, no]", {
            "No fever.", "No fever, no.", "No temperature.", "No temperature, no."}),
    ],
)  # fmt: skip
def test_blanks_marks_and_capitals_are_put_right(phrase, expected):
    assert all_of(phrase) == expected


def test_all_sentences_are_equally_likely():
    said = [say("(a | (b | c | d))", Random(seed), {}) for seed in range(2000)]
    assert 400 < said.count("A.") < 600


def test_a_text_that_fills_a_slot_keeps_its_capitals_and_brackets():
    assert fill("<who> said (so)", Random(0), {"who": "Dr (Ann) Lee"}) == "Dr (Ann) Lee said so"


def test_article_and_noun_fit_the_number():
    assert say("<n> weeks ago, then <m> weeks", Random(0), {"n": "one", "m": "two"}) == "One week ago, then two weeks."
    assert say("a <n>, like a <m>", Random(0), {"n": "eight", "m": "seven"}) == "An eight, like a seven."


@pytest.mark.parametrize(
    ("phrase", "wrong"),
    [
        ("(a | b", "a '(' without its ')'"), ("a ) b", "a ')' too many"), ("[a)", "a ')' where a ']' belongs"),
        ("<a", "a < or > without its partner"), ("a | b", "a '|' too many"),
    ],
)  # fmt: skip
def test_a_broken_phrase_says_what_is_wrong(phrase, wrong):
    with pytest.raises(
        PhraseError, match=wrong.replace("(", r"\(").replace(")", r"\)").replace("[", r"\[").replace("|", r"\|")
    ):
        parse(phrase)
