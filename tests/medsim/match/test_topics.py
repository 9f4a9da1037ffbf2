"""Topics of questions: many ways to ask for each, by the cues alone."""

from pathlib import Path

import pytest

from medsim.files import read_document
from medsim.match.questions import read_turn
from medsim.match.text import tokens

ASKED = read_document(Path(__file__).with_name("topics.yaml").resolve()).data


@pytest.mark.parametrize("topic", ASKED)
def test_each_topic_is_known_in_many_wordings(topic):
    wanted, _, kind = topic.partition(".")
    missed = [text for text in ASKED[topic] if not _names(text, wanted, kind)]
    assert not missed


def _names(text: str, topic: str, kind: str) -> bool:
    cues = [match.key for query in read_turn(text) for match in query.cues]
    return any(cue.topic == topic and (not kind or cue.kind == kind) for cue in cues)


def test_evenings_are_no_evens():
    cues = [match.key.topic for query in read_turn("Not even for an hour?") for match in query.cues]
    assert "biography" not in cues


@pytest.mark.parametrize(
    ("texting", "plain"),
    [
        ("wot did u take 4 it", "what did you take for it"),
        ("hav u had this b4", "have you had this before"),
        ("n wer is it", "and where is it"),
        ("nething u take", "anything you take"),
        ("takin 4 tablets", "taking 4 tablets"),
    ],
)
def test_texting_reads_as_plain_words(texting, plain):
    assert [token.text for token in tokens(texting)] == [token.text for token in tokens(plain)]
