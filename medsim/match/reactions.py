"""What a reply says that the patient is allergic to, by its name and by what it does to them."""

from collections.abc import Iterator
from functools import cache

from medsim.files import read_document
from medsim.match.lexicon import lexicon
from medsim.match.patterns import Finder
from medsim.match.reply import Reply
from medsim.match.text import FOLDER, Token, stem_set, words
from medsim.match.types import Span

_KINDS = frozenset(("medications", "allergens"))
_NEXT = 4  # words after "allergic to" among which the thing stands


@cache
def _words() -> tuple[Finder, frozenset[str]]:
    data = read_document(FOLDER / "complaints.yaml").data
    cues = [(wording.strip(), name) for name in ("names", "effects", "avoids") for wording in data[name].split(",")]
    return Finder(cues), stem_set(data["substances"])


def reactions(said: Reply, asked: bool) -> Iterator[tuple[Token, Span]]:
    """The things that somebody reacts to, and where; `asked`: the question was for allergies, so a name is enough."""
    finder, substances = _words()
    cues = [match for match in finder.find_all(said.tokens) if not said.denied[match.first]]
    if not cues and not asked:
        return
    sentences = {said.tokens[match.first].sentence for match in cues}
    after = {number for match in cues if match.key == "names" for number in range(match.last, match.last + _NEXT)}
    avoided = {number for match in cues if match.key == "avoids" for number in range(match.last, match.last + _NEXT)}
    listed = {mention.span[0] for mention in said.mentions if lexicon().kinds[mention.concept] in _KINDS}
    named = False
    for number, token in enumerate(said.tokens):
        if token.stem in substances:
            real = token.sentence in sentences or (asked and not said.denied[number])
        elif number in avoided and token.start in listed:
            real = True
        else:
            real = number in after and not named and token.text not in words().stop_words and token.text.isalpha()
        if real and token.stem not in said.thought and said.persons[number] in (None, "patient", "third", "children"):
            named = named or number in after
            yield token, (token.start, token.end)
