"""Days of a month, weekdays, feasts, and years in words: "the seventeenth of April, nineteen seventy-four"."""

from medsim.match.numerals import Parsed, Sentence, make, tables
from medsim.match.text import stem_set, word_set

_ENDINGS = word_set("st nd rd th")  # "17th" is two tokens
_CENTURIES = {"eighteen": 18, "nineteen": 19, "twenty": 20}
_SPANS = stem_set("day night week month")  # "on the fourth day", but "a third-year student"


def on_day(words: Sentence, index: int) -> Parsed | None:
    """A weekday, a feast, a date or a month that begins at a word."""
    stem, known = words.stem(index), tables()
    for kind, names in (("weekday", known.weekdays), ("feast", known.feasts)):
        if stem in names:
            return make(words, kind, names[stem], names[stem], index, index + 1)
    if stem not in known.months:
        return _of_month(words, index) or _nth(words, index)
    month, day = known.months[stem], _day(words, index + 1 + (words.word(index + 1) == "the"))
    if day:
        return make(words, "date", month * 100 + day[0], month * 100 + day[0], index, day[1])
    verb_like = words.word(index) in ("may", "march")
    named = words.word(index - 1) in ("in", "since", "last", "of", "during") or not verb_like
    return make(words, "month", month, month, index, index + 1) if named else None


def _day(words: Sentence, index: int) -> tuple[int, int] | None:
    """A day of the month, and the index after it: "17", "17th", "seventeenth", "twenty-first"; not "19" of "1974"."""
    word, known = words.word(index), tables()
    if word.isdigit() and 1 <= int(word) <= 31:
        joined = words.word(index + 1) == "and" and not words.between(index + 1)  # "2nd" is read as "2 and"
        return int(word), index + 1 + (joined or words.word(index + 1) in _ENDINGS)
    if word in known.ordinals:
        return known.ordinals[word], index + 1
    ones = known.ordinals.get(words.word(index + 1), 10)
    if word in known.tens and ones < 10:
        return known.tens[word] + ones, index + 2
    number = words.single(index)
    plain = number is not None and number.low == number.high == int(number.low) and 1 <= number.low <= 31
    return (int(number.low), number.after) if number and plain and not year_in_words(words, index) else None


def _of_month(words: Sentence, index: int) -> Parsed | None:
    """ "The seventeenth of April", "17th April"."""
    day = _day(words, index)
    if day is None:
        return None
    number, after = day
    after += words.word(after) == "of"
    month = tables().months.get(words.stem(after))
    return make(words, "date", month * 100 + number, month * 100 + number, index, after + 1) if month else None


def _nth(words: Sentence, index: int) -> Parsed | None:
    """ "The fourth day" is up to four days."""
    day = _day(words, index) if words.word(index) in tables().ordinals or words.word(index + 1) in _ENDINGS else None
    days = words.days(day[1]) if day and words.stem(day[1]) in _SPANS else None
    return make(words, "duration", (day[0] - 1) * days, day[0] * days, index, day[1] + 1) if day and days else None


def year_in_words(words: Sentence, index: int) -> Parsed | None:
    """ "Nineteen seventy-four", "twenty nineteen", "two thousand and four"."""
    century = _CENTURIES.get(words.word(index))
    rest = words.single(index + 1) if century else None
    if century and rest and 10 <= rest.low == rest.high <= 99 and not words.word(index + 1).isdigit():
        year = century * 100 + rest.low
        return make(words, "year", year, year, index, rest.after)
    if words.text_of(index, 2) != "two thousand":
        return None
    after = index + 2 + (words.word(index + 2) == "and")
    rest = words.single(after) if words.word(after) and not words.days(after + 1) else None
    if rest and rest.low < 100:
        return make(words, "year", 2000 + rest.low, 2000 + rest.low, index, rest.after)
    return make(words, "year", 2000, 2000, index, index + 2) if words.word(index - 1) in ("in", "of", "since") else None
