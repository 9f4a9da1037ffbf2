"""Lists in a question: "Mouth ulcers, sore joints, a rash?" asks for each by itself."""

from collections.abc import Sequence

from medsim.match.form import is_statement
from medsim.match.lexicon import lexicon
from medsim.match.text import Token, word_set

_JOINING = word_set(
    "like such say for eg with without when while if because at in on to since from after before during as"
)
_ITEM = 5  # words of one thing in a list


def list_items(words: Sequence[Token], topics: set[str], plain: str) -> list[tuple[Token, ...]]:
    """The things that a sentence lists between commas; none where it is no list.

    `topics`: those that it names. A detail that it asks for is said once for all: such a sentence stays whole.
    """
    if not topics.isdisjoint(lexicon().details):
        return []
    parts: list[tuple[Token, ...]] = []
    for part in _between_commas(words, plain):
        if parts and _is_thing(part, plain) and _names(parts[-1]):
            parts.append(part)
        elif parts:
            parts[-1] += part
        else:
            parts = [part]
    return parts if len(parts) > 1 else []


def _between_commas(words: Sequence[Token], plain: str) -> list[tuple[Token, ...]]:
    parts: list[tuple[Token, ...]] = []
    for token in words:
        if parts and "," not in plain[parts[-1][-1].end : token.start]:
            parts[-1] += (token,)
        else:
            parts.append((token,))
    return parts


def _is_thing(part: tuple[Token, ...], plain: str) -> bool:
    """Bare words that name something, and no example or manner of what was named ("like your heart thumping")."""
    return (
        part[0].text not in _JOINING
        and len(part) <= _ITEM
        and _names(part)
        and not is_statement(plain[part[0].start : part[-1].end])
    )


def _names(part: tuple[Token, ...]) -> bool:
    words = lexicon()
    if words.concepts.find(part) or words.functions.find(part):
        return True
    return any(cue.key.topic not in words.details for cue in words.topics.find(part))
