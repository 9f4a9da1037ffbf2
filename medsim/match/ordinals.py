"""Which time it is: "the fifth go", "my second baby"."""

from medsim.match.numerals import Parsed, Sentence, make, tables
from medsim.match.text import word_set

_ENDINGS = word_set("st nd rd th and")  # "2nd" is read as "2 and"
_TURNS = word_set("time go attack episode bout spell occasion flare")  # all count the same: how often it has been
_TURN = "turn"
_CHILDREN = word_set("baby child pregnancy")
_SAYS_WHICH = word_set("is was be the my his her our")


def ordinal(words: Sentence, index: int) -> Parsed | None:
    """The ordinal of a turn or a child that begins at a word."""
    number, after = tables().ordinals.get(words.word(index)), index + 1
    if number is None and words.word(index).isdigit() and words.word(after) in _ENDINGS and not words.between(after):
        number, after = int(words.word(index)), after + 1
    if number is None:
        return None
    noun = words.word(after)
    if noun in _TURNS and (number > 1 or _is_told(words, index)):
        return make(words, "ordinal", number, number, index, after + 1, _TURN)
    return make(words, "ordinal", number, number, index, after + 1, "child") if noun in _CHILDREN else None


def _is_told(words: Sentence, index: int) -> bool:
    """ "It's my first time", but not "the first time I saw him"."""
    return words.word(index - 1) in _SAYS_WHICH and words.word(index - 2) in ("is", "was")
