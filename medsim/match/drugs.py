"""Names of medicines that the lexicon lacks, known by how they end."""

from collections.abc import Sequence
from functools import cache

from medsim.files import read_document
from medsim.match.lexicon import lexicon
from medsim.match.text import FOLDER, Token

_SHORTEST = 7  # letters: "April" is no medicine


@cache
def _endings() -> tuple[str, ...]:
    return tuple(read_document(FOLDER / "drug_stems.yaml").data["endings"].split())


def unlisted_drugs(found: Sequence[Token]) -> list[Token]:
    """The words that end as a medicine's name does, and that no concept has."""
    listed = lexicon().concepts.words
    ends = _endings()
    return [
        token
        for token in found
        if len(token.text) >= _SHORTEST and token.text.endswith(ends) and token.stem not in listed
    ]
