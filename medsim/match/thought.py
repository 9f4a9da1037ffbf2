"""What of a reply is only thought, asked or not known."""

from medsim.match.lexicon import lexicon
from medsim.match.patterns import Match
from medsim.match.text import Token, stem_set, word_set


def is_stated(cue: Match, found: tuple[Token, ...], text: str) -> bool:
    """True for words of a thought that leave the sentence a statement: "I think" set apart, "when I need it"."""
    first = found[cue.first]
    if first.text == "like" and cue.last - cue.first == 2:  # "then, like, a Benadryl"
        return "," in text[first.end : found[cue.first + 1].start]
    before = [token.text for token in found[max(0, cue.first - 2) : cue.first]]
    as_needed = first.stem in _NEEDS and len(before) == 2 and before[0] in _WHEN
    return as_needed or _is_hedge(cue, found, text)


_NEEDS = stem_set("need want")


_WHEN = word_set("when if whenever as")


def _is_hedge(cue: Match, found: tuple[Token, ...], text: str) -> bool:
    """ "It's the blue one, I think": set apart, it only softens what is stated."""
    before, last = found[max(0, cue.first - 1) : cue.first], cue.last
    if found[cue.first].text not in _HEDGES or [token.text for token in before] != ["i"]:
        return False
    ends = last == len(found) or found[last].sentence != found[cue.first].sentence
    opens = cue.first > 1 and "," in text[found[cue.first - 2].end : before[0].start]
    return opens and (ends or "," in text[found[last - 1].end : found[last].start])


_HEDGES = word_set("think reckon suppose guess believe")


def doubts_in(found: tuple[Token, ...]) -> list[Match]:
    """ "I don't know", but not "you have no idea"."""
    return [
        match
        for match in lexicon().talk.find_all(found)
        if match.key == "dont_know"
        and not any(token.text in _OTHERS for token in found[max(0, match.first - 3) : match.first])
    ]


_OTHERS = word_set("you he she they nobody everyone")


def questions_in(text: str, found: tuple[Token, ...]) -> set[int]:
    """The numbers of the sentences that end with a question mark."""
    ends = {token.sentence: token.end for token in found}
    return {sentence for sentence, end in ends.items() if text[end : end + 2].lstrip()[:1] == "?"}
