"""Questions that are typed fast."""

from random import Random

from medsim.synth.typing import typed

QUESTION = "Have you been taking anything for your blood pressure, please?"


def test_typed_questions_have_no_capitals_and_stay_near_what_was_meant():
    for seed in range(50):
        text = typed(QUESTION, Random(seed))
        assert text == text.lower()
        assert abs(len(text) - len(QUESTION)) < 20
        assert "pres" in text or "rpess" in text or "pess" in text or "prs" in text


def test_typing_differs_from_time_to_time():
    assert len({typed(QUESTION, Random(seed)) for seed in range(50)}) > 10
