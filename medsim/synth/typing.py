"""What a question looks like when somebody types it fast."""

import re
from random import Random

_SHORT = {
    "you": "u", "your": "ur", "are": "r", "please": "pls", "because": "cos", "and": "n", "with": "w",
    "about": "abt", "been": "bin", "what": "wat", "have": "hav", "doctor": "doc", "okay": "k",
}  # fmt: skip
_RUDE = frozenset((
    "cunt", "cunts", "cum", "tit", "tits", "ass", "arse", "anal", "shit", "fuck", "dick", "cock", "piss",
))  # fmt: skip
_WORD = re.compile(r"[A-Za-z']+")
_SLIPS = 0.05  # of the longer words
_LEAST = 5  # letters of a word that is mistyped


def typed(text: str, random: Random) -> str:
    """The text with slips of the keys, without capitals, and in part without marks and apostrophes."""
    shortens, keeps_marks = random.random() < 0.5, random.random() < 0.5

    def one(match: re.Match[str]) -> str:
        word = match[0].lower()
        if shortens and word in _SHORT and random.random() < 0.6:
            return _SHORT[word]
        if len(word) >= _LEAST and random.random() < _SLIPS:
            place = random.randrange(1, len(word) - 1)
            swapped = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
            slip = random.choice((swapped, word[:place] + word[place + 1 :]))
            return word if slip in _RUDE else slip
        return word if keeps_marks else word.replace("'", "")

    text = _WORD.sub(one, text)
    return text if keeps_marks else text.rstrip("?.")
