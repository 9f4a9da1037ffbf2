"""Quantities in a text: durations, frequencies, ages, dates, times of day, doses, scores and plain counts."""

from functools import cache, lru_cache
from itertools import groupby

from medsim.match.clock import at_hour, clock
from medsim.match.dates import on_day, year_in_words
from medsim.match.numerals import NOT_COUNTED, Number, Parsed, Sentence, make, tables
from medsim.match.ordinals import ordinal
from medsim.match.quantity import TIMES, Quantity
from medsim.match.text import normalise, stem_set, tokens, word_set

_PER = word_set("a an per each every")
_AFTER_AGE = frozenset(("", "and", "when", "so", "but", "then", "i"))
_OFTEN = {"once": 1, "twice": 2, "thrice": 3}
_ADVERBS = {"daily": 1.0, "nightly": 1.0, "weekly": 7.0, "fortnightly": 14.0, "monthly": 30.4}
_DAILY = word_set("day morning night evening")
_AFTER_SECOND = NOT_COUNTED | {"", "ago", "later", "long"}
_LONG = word_set("good long whole full solid odd")
_OPENERS = word_set("hundred day this yesterday today tonight last half quarter midnight noon midday")
_PACKET = 20  # cigarettes
_FEVERS = (34, 43)


@lru_cache(maxsize=2048)
def quantities(text: str) -> tuple[Quantity, ...]:
    """Every quantity of a text, in order."""
    plain, openers = normalise(text), _openers()
    found: list[Quantity] = []
    for _, group in groupby(tokens(text), key=lambda token: token.sentence):
        words, index = Sentence(tuple(group), plain), 0
        while index < len(words):
            token = words.tokens[index]
            may_begin = token.text in openers or token.stem in openers or token.text[0].isdigit()
            match = _quantity(words, index) if may_begin else None
            if match:
                found.append(match[0])
            index = max(match[1] if match else 0, index + 1)
    return tuple(found)


@cache
def _openers() -> frozenset[str]:
    """The words and stems that a quantity in words can begin with: most words of a text need no closer look."""
    known = tables()
    named = {*known.numbers, *known.tens, *known.ordinals, *known.weekdays, *known.feasts, *known.months}
    return _OPENERS | named | _OFTEN.keys() | _ADVERBS.keys() | _PER


def _quantity(words: Sentence, index: int) -> Parsed | None:
    """The quantity that begins at a word."""
    named = _named(words, index)
    number = None if named else words.number(index)
    if number is None:
        return named
    for read in (_score, clock, _age, _rate, _packets, _duration, _measure, _dose, _date):
        found = read(words, number)
        if found:
            return found
    return _counted(words, number)


def _score(words: Sentence, number: Number) -> Parsed | None:
    low, high, first, after = number
    if words.word(after) == "10" and len(words.between(after)) == 1 and low <= 10:  # 6/10
        return make(words, "score", low, high, first, after + 1)
    if [words.word(after), words.word(after + 1)] == ["out", "of"]:
        top = words.number(after + 2)
        if top and top.low == 10:
            return make(words, "score", low, high, first, top.after)
    return None


def _age(words: Sentence, number: Number) -> Parsed | None:
    low, high, first, after = number
    before = words.word(first - 1)
    if words.stem(after) == "year" and words.word(after + 1) in ("old", "of"):
        return make(words, "age", low, high, first, after + 2)
    unit = words.stem(after)
    if low >= 110 or low != int(low) or unit in tables().days or unit in tables().doses:
        return None
    of_person = before in ("am", "aged", "turned") or (
        before in ("was", "is") and words.word(first - 2) in ("i", "he", "she")
    )
    at = before in ("at", "of", "age") and low > 10 and words.word(after) in _AFTER_AGE
    return make(words, "age", low, high, first, after) if of_person or at else None


_OCCASIONS = stem_set("day night morning evening afternoon")


def _rate(words: Sentence, number: Number) -> Parsed | None:
    """ "Three times a day", "three a month", "five times", "four nights a week"."""
    low, high, first, after = number
    times = words.stem(after) == TIMES
    after += times or (words.stem(after) in _OCCASIONS and words.word(after + 1) in _PER)
    days, last = _per(words, after)
    if days:
        return make(words, "frequency", low / days, high / days, first, last)
    return make(words, "count", low, high, first, after, TIMES) if times else None


def _per(words: Sentence, index: int) -> tuple[float | None, int]:
    """The days of "a day", "every week" and "daily" at a word, and the index after them."""
    if adverb := _ADVERBS.get(words.word(index)):
        return adverb, index + 1
    return (words.days(index + 1) if words.word(index) in _PER else None), index + 2


def _packets(words: Sentence, number: Number) -> Parsed | None:
    """ "Half a packet of fags a day", in cigarettes."""
    low, high, first, after = number
    if words.stem(after) not in ("packet", "pack"):
        return None
    days, last = _per(words, after + (3 if words.word(after + 1) == "of" else 1))
    return make(words, "frequency", low * _PACKET, high * _PACKET, first, last) if days == 1 else None


def _duration(words: Sentence, number: Number) -> Parsed | None:
    low, high, first, after = number
    after += words.word(after) in _LONG and words.days(after + 1) is not None  # "five good years"
    days = words.days(after)
    ordinal = words.word(after) == "second" and words.word(first) == "a" and words.word(after + 1) not in _AFTER_SECOND
    if not days or ordinal:  # "a second time"
        return None
    if words.word(first - 1) == "every" and low:
        return make(words, "frequency", 1 / (high * days), 1 / (low * days), first, after + 1)
    if words.half_follows(after + 1):
        return make(words, "duration", (low + 0.5) * days, (high + 0.5) * days, first, after + 4)
    kind = "interval" if _is_relative(words, after + 1) else "duration"
    return make(words, kind, low * days, high * days, first, after + 1)


def _is_relative(words: Sentence, index: int) -> bool:
    """ "A week before Christmas", "an hour or so after I eat": not so long ago, and not for so long."""
    index += 2 * (words.text_of(index, 2) == "or so")
    if words.word(index) in ("early", "late"):
        return True
    return words.word(index) in ("before", "after") and bool(words.word(index + 1)) and not words.between(index).strip()


def _measure(words: Sentence, number: Number) -> Parsed | None:
    """A weight, in kilograms, and a temperature, in degrees Celsius: "a stone and a half", "thirty-nine point two"."""
    low, high, first, after = number
    step = tables().weights.get(words.stem(after)) or tables().weights.get(words.word(after))
    if step:
        half = 0.5 * words.half_follows(after + 1)
        return make(words, "weight", (low + half) * step, (high + half) * step, first, after + 1 + (3 if half else 0))
    if words.stem(after) in ("degre", "celsius") or (low != int(low) and _FEVERS[0] <= low and high <= _FEVERS[1]):
        if words.stem(after) in tables().doses or words.days(after):
            return None
        named = words.stem(after) in ("degre", "celsius")
        return make(words, "temperature", low, high, first, after + named)
    return None


def _dose(words: Sentence, number: Number) -> Parsed | None:
    low, high, first, after = number
    unit = tables().doses.get(words.stem(after)) or tables().doses.get(words.word(after))
    return make(words, "dose", low, high, first, after + 1, unit) if unit else None


def _date(words: Sentence, number: Number) -> Parsed | None:
    low, high, first, after = number
    month = tables().months.get(words.stem(after))
    if month and low <= 31:
        return make(words, "date", month * 100 + low, month * 100 + high, first, after + 1)
    return make(words, "year", low, high, first, after) if 1900 <= low <= 2100 and low == int(low) else None


def _counted(words: Sentence, number: Number) -> Parsed:
    """A number of things: up to three words that follow name them."""
    low, high, first, after = number
    last = after
    while last < min(len(words), after + 3) and words.word(last) not in NOT_COUNTED and "," not in words.between(last):
        last += 1
    nouns = " ".join(words.stem(index) for index in range(after, last))
    if words.text_of(after, 2) in ("of us", "of you"):
        return make(words, "people", low, high, first, after)
    return make(words, "count" if nouns else "number", low, high, first, last, nouns)


def _named(words: Sentence, index: int) -> Parsed | None:
    """Quantities without a number: twice a day, every morning, yesterday, last week, Friday, March, half past nine."""
    for read in (_often, _lately, at_hour, year_in_words, ordinal, on_day):
        found = read(words, index)
        if found:
            return found
    return None


def _often(words: Sentence, index: int) -> Parsed | None:
    word = words.word(index)
    if word in _OFTEN:
        low, high, after = _times(words, index)
        days, last = _per(words, after)
        if days:
            return make(words, "frequency", low / days, high / days, index, last)
        return make(words, "count", low, high, index, after, TIMES)
    if days := _ADVERBS.get(word):
        return make(words, "frequency", 1 / days, 1 / days, index, index + 1)
    if word in ("every", "each") and words.word(index + 1) in _DAILY | {"week"}:
        each = 1 / 7 if words.word(index + 1) == "week" else 1
        return make(words, "frequency", each, each, index, index + 2)
    return None


def _times(words: Sentence, index: int) -> tuple[int, float, int]:
    """ "Once", "once or twice", "twice or three times": from, to, and the index of the word after it."""
    low, after = _OFTEN[words.word(index)], index + 1
    if words.word(after) not in ("or", "to"):
        return low, low, after
    if upper := _OFTEN.get(words.word(after + 1)):
        return low, upper, after + 2
    number = words.number(after + 1)
    return (low, number.high, number.after + 1) if number and words.stem(number.after) == TIMES else (low, low, after)


def _lately(words: Sentence, index: int) -> Parsed | None:
    word, following = words.word(index), words.word(index + 1)
    if [word, following, words.word(index + 2)] == ["day", "before", "yesterday"]:
        return make(words, "duration", 2, 2, index, index + 3)
    if word == "this" and following in _DAILY | {"afternoon"}:
        return make(words, "duration", 0, 0.3, index, index + 2)
    if word in ("yesterday", "today", "tonight"):
        days = float(word == "yesterday")
        return make(words, "duration", days, days, index, index + 1)
    if word == "last" and following in ("night", "week", "month", "year"):
        days = words.days(index + 1)
        low, high = (0.4, 1) if following == "night" else (days * 0.6, days * 2)
        return make(words, "duration", low, high, index, index + 2)
    return None
