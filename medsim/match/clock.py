"""Times of day: "nine last night", "half past seven", "quarter to six", "7:30", "ten to eight", midnight."""

import re

from medsim.match.numerals import NOT_COUNTED, Number, Parsed, Sentence, make
from medsim.match.quantity import HALF_DAY
from medsim.match.text import word_set

_HOURS = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)$")
_LATE = re.compile(
    r"(?:o'clock )?(?:pm|p m|in the (?:afternoon|evening|night)|at night|last night|tonight|"
    r"(?:yesterday|this) (?:afternoon|evening))\b"
)
_EARLY = re.compile(r"(?:o'clock )?(?:am|a m|in the morning|this morning|yesterday morning)\b(?! (?:i|not))")
_NAMED = {"midnight": 0, "noon": 12, "midday": 12}
_MINUTES = {"quarter": 15, "five": 5, "ten": 10, "twenty": 20, "half": 30, "5": 5, "10": 10, "20": 20, "25": 25}
_SPOKEN = {"fifteen": 15, "thirty": 30, "forty": 40, "twenty": 20, "ten": 10, "fifty": 50}
_ABOUT_TIME = word_set("at around about since by until till before after from half it's was is to and")


def at_hour(words: Sentence, index: int) -> Parsed | None:
    """A time of day that begins at a word which is more than a number."""
    word = words.word(index)
    if word in _NAMED:
        return make(words, "clock", _NAMED[word], _NAMED[word], index, index + 1)
    if clock := _HOURS.match(word):
        return _hour(words, int(clock[1]) + int(clock[2]) / 60, index, index + 1)
    return _beside(words, index) or _spoken(words, index)


def clock(words: Sentence, number: Number) -> Parsed | None:
    """A number with the half of the day or "o'clock" after it."""
    low, high, first, after = number
    if not low or high > 24 or low != int(low):
        return None
    return _hour(words, low, first, after) if _half_of_day(words, after) or words.word(after) == "o'clock" else None


def _beside(words: Sentence, index: int) -> Parsed | None:
    """ "Quarter past six", "ten to eight", and "half six", which is half past."""
    first, index = index, index + (words.word(index) == "a")
    minutes = _MINUTES.get(words.word(index))
    way = words.word(index + 1 + (words.stem(index + 1) == "minut"))
    if minutes is None:
        return None
    if way in ("past", "to"):
        hour = words.single(index + 2 + (words.stem(index + 1) == "minut"))
        sure = way == "past" or minutes in (15, 25) or words.word(first - 1) in _ABOUT_TIME
        sure = sure or (hour is not None and minutes > hour.low)  # "ten to eight", but "five to nine" is a range
    else:
        hour, way = words.single(index + 1) if words.word(index) == "half" else None, "past"
        alone = hour is not None and (words.word(hour.after) in NOT_COUNTED | {""})
        sure = words.word(index + 1).isalpha() and (alone or words.word(first - 1) in _ABOUT_TIME)
    if not hour or not sure or not 1 <= hour.low <= 12 or hour.low != int(hour.low) or words.days(hour.after):
        return None
    return _hour(words, (hour.low + (minutes if way == "past" else -minutes) / 60) % 12, first, hour.after)


def _spoken(words: Sentence, index: int) -> Parsed | None:
    """ "Seven thirty", "at six forty-five"."""
    hour, minutes = words.single(index), _SPOKEN.get(words.word(index + 1))
    if not hour or not minutes or hour.after != index + 1 or not 1 <= hour.low <= 12 or words.between(index + 1) != " ":
        return None
    after = index + 2
    if words.between(after) == "-" and words.word(after) == "five":
        minutes, after = minutes + 5, after + 1
    return _hour(words, hour.low + minutes / 60, index, after) if hour.low == int(hour.low) else None


def _half_of_day(words: Sentence, index: int) -> re.Match[str] | None:
    """ "pm", "in the morning" and the like, at a word."""
    phrase = " ".join(words.word(place) for place in range(index, index + 4)).strip()
    return _LATE.match(phrase) or _EARLY.match(phrase)


def _hour(words: Sentence, hour: float, first: int, after: int) -> Parsed:
    """A time of day, with the half of the day that is said after it."""
    half = _half_of_day(words, after)
    if half is None:
        known = "" if hour >= 13 else HALF_DAY
        return make(words, "clock", hour, hour, first, after + (words.word(after) == "o'clock"), known)
    late, night = half.re is _LATE, "night" in half.group()
    if 12 <= hour < 13:
        hour -= 12 if night or not late else 0
    elif late and hour < 12 and not (night and hour < 6):
        hour += 12
    return make(words, "clock", hour, hour, first, after + len(half.group().split()))
