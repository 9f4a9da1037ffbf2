"""Patterns of words, and finders that look for them together."""

import pytest

from medsim.match.patterns import Finder, Tree
from medsim.match.text import tokens

SHAPES = [
    ("sore throat", "My throats were sore and a sore throat came", [(6, 8)]),
    ("sore/raw throat", "raw throat, sore throat", [(0, 2), (2, 4)]),
    ("sore (old) throat", "a sore old throat", [(1, 4)]),
    ("sore throat", "sore, just my throat", [(0, 4)]),
    ("lift ... bag", "Lifting one very heavy bag. Bags lifted.", [(0, 5)]),
    ("lift ... bag", "Lifting it. The bag fell.", []),
    ("^ any rash", "And any rash? Was there any rash? Any rash", [(1, 3), (7, 9)]),
    ("all done $", "All done. All done with that.", [(0, 2)]),
    ("the same", "the same", [(0, 2)]),
]


@pytest.mark.parametrize(("pattern", "text", "places"), SHAPES)
def test_shapes(pattern, text, places):
    found = Finder([(pattern, "key")]).find_all(tokens(text))
    assert [(match.first, match.last) for match in found] == places


def test_the_longer_wins_and_equal_ones_stay():
    finder = Finder([("chest", "site"), ("chest pain", "pain"), ("chest pain", "angina")])
    assert [match.key for match in finder.find(tokens("chest pain"))] == ["angina", "pain"]
    assert [match.key for match in finder.find_all(tokens("chest pain"))] == ["site", "angina", "pain"]


def test_finders_of_one_tree_keep_apart():
    tree = Tree()
    one, other = Finder([("dry cough", 1), ("cough", 2)], tree), Finder([("dry cough at night", 3)], tree)
    words = tokens("A dry cough at night")
    assert [match.key for match in one.find(words)] == [1]
    assert [match.key for match in other.find(words)] == [3]
