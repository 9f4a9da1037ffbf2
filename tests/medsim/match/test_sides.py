"""Left and right, in questions and replies, against what a script has of the same part."""

import pytest

from medsim.match.sides import sides
from medsim.match.text import tokens
from tests.medsim.match.test_stated import verdicts


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My left knee hurts.", [("left_side", "knee")]),
        ("It's the left-hand side of my jaw.", [("left_side", "jaw")]),
        ("On the right of her chest.", [("right_side", "chest")]),
        ("The ankle, on the left.", [("left_side", "ankle")]),
        ("Only on his right, the arm and the leg.", [("right_side", "arm")]),
        ("Both my little fingers went white.", [("both_sides", "finger")]),
        ("The nail of the left thumb.", [("left_side", "finger")]),
        ("Under the heel of my left foot.", [("left_side", "foot"), ("left_side", "heel")]),
        ("The left.", [("left_side", None)]),
        ("It's the right one.", [("right_side", None)]),
        ("Right, I left home right away, and that's right, nothing was left.", []),
        ("He did the right thing and gave me the right dose.", []),
        ("Both of them said it was all right.", []),
    ],
)
def test_sides(text, found):
    assert [(side.side, side.part) for side in sides(tokens(text))] == found


@pytest.mark.parametrize(
    ("name", "question", "reply", "fact", "wrong"),
    [
        # whatever was asked, the part has one side
        ("emrys", "How are you today?", "Sore, and the left hip is the worst of it.", "hip-pain", True),
        ("emrys", "How are you today?", "Sore, and the right hip is the worst of it.", "hip-pain", False),
        ("emrys", "Any trouble with the left hip?", "Not the left, no.", "hip-pain", False),
        ("emrys", "It's the left hip, isn't it?", "The left one, yes, but it's the back I came for.", "hip-pain", True),
        ("adaeze", "What's the matter?", "A pain here, on the right of my chest.", "pain-location", True),
        # one of both is wrong only where it leaves the other out
        ("dean", "Where does it go?", "Just down the left leg.", "leg-pain", True),
        ("dean", "Where does it go?", "Down the legs, mostly the left leg.", "leg-pain", False),
    ],
)
def test_a_side_of_a_part(name, question, reply, fact, wrong):
    assert ((fact, "contradicts") in verdicts(name, question, reply)) == wrong
