"""What no concept of the lexicon covers: medicines, known by how they end, and complaints, by where they are."""

from collections.abc import Iterator, Sequence
from functools import cache

from medsim.files import read_document
from medsim.match.index import Index
from medsim.match.lexicon import lexicon
from medsim.match.reply import Reply
from medsim.match.text import FOLDER, Token, stem_set
from medsim.match.types import Span

_SHORTEST = 7  # letters: "April" is no medicine
_NEAR = 5  # words between a part of the body and what is the matter with it


@cache
def _drug_names() -> tuple[tuple[str, ...], frozenset[str]]:
    data = read_document(FOLDER / "drug_stems.yaml").data
    return tuple(data["endings"].split()), stem_set(data["names"])


@cache
def _complaints() -> frozenset[str]:
    return stem_set(read_document(FOLDER / "complaints.yaml").data["complaints"])


def unlisted_drugs(found: Sequence[Token]) -> list[Token]:
    """The words that end as a medicine's name does or are a brand's, and that no concept has."""
    listed = lexicon().concepts.words
    ends, names = _drug_names()
    return [
        token
        for token in found
        if token.stem not in listed
        and ((len(token.text) >= _SHORTEST and token.text.endswith(ends)) or token.stem in names)
    ]


def complaints(said: Reply, index: Index) -> Iterator[Span]:
    """Parts of the body that no fact speaks of, and that something is the matter with: "my ears are ringing"."""
    own = (None, "patient") if index.script.speaker.relation == "self" else (None, "third", "children")
    for (group, site), span, denied in said.values:
        if group != "site" or denied or index.knows_site(site):
            continue
        at = next(number for number, token in enumerate(said.tokens) if token.start == span[0])
        here = said.tokens[at]
        if said.persons[at] not in own or here.stem in said.thought:
            continue
        for number in range(max(0, at - _NEAR), min(len(said.tokens), at + _NEAR + 1)):
            token = said.tokens[number]
            if token.sentence == here.sentence and token.stem in _complaints() and not said.denied[number]:
                yield min(span[0], token.start), max(span[1], token.end)
                break
