"""Quantities: kinds, units, ranges, and when two agree."""

import pytest

from medsim.match.numbers import quantities
from medsim.match.quantity import same


def kinds(text: str) -> list[tuple[str, float, float, str]]:
    return [(found.kind, round(found.low, 4), round(found.high, 4), text[found.start : found.end])
            for found in quantities(text)]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Two days ago.", [("duration", 2, 2, "Two days")]),
        ("two or three weeks", [("duration", 14, 21, "two or three weeks")]),
        ("about a week", [("duration", 7, 7, "a week")]),
        ("a year and a half", [("duration", 547.5, 547.5, "a year and a half")]),
        ("half an hour", [("duration", 0.021, 0.021, "half an hour")]),
        ("a couple of weeks", [("duration", 14, 14, "a couple of weeks")]),
        ("the day before yesterday", [("duration", 2, 2, "day before yesterday")]),
        ("forty-five minutes", [("duration", 0.031, 0.031, "forty-five minutes")]),
        ("a six out of ten", [("score", 6, 6, "six out of ten")]),
        ("6/10", [("score", 6, 6, "6/10")]),
        ("three a month", [("frequency", 0.099, 0.099, "three a month")]),
        ("three times a day", [("frequency", 3, 3, "three times a day")]),
        ("four nights a week", [("frequency", 0.571, 0.571, "four nights a week")]),
        ("twice a week", [("frequency", 0.286, 0.286, "twice a week")]),
        ("every morning", [("frequency", 1, 1, "every morning")]),
        ("four times", [("count", 4, 4, "four times")]),
        ("5-6 times", [("count", 5, 6, "5-6 times")]),
        ("400 mg", [("dose", 400, 400, "400 mg")]),
        ("1,000 mg", [("dose", 1000, 1000, "1,000 mg")]),
        ("two in the morning", [("clock", 2, 2, "two in the morning")]),
        ("nine last night", [("clock", 21, 21, "nine last night")]),
        ("half past nine", [("clock", 9.5, 9.5, "half past nine")]),
        ("I'm 54.", [("age", 54, 54, "54")]),
        ("when I was twelve", [("age", 12, 12, "twelve")]),
        ("at 60", [("age", 60, 60, "60")]),
        ("in 2009", [("year", 2009, 2009, "2009")]),
        ("March 2nd", [("date", 302, 302, "March 2nd")]),
        ("in March", [("month", 3, 3, "March")]),
        ("the twenty-first of June", [("date", 621, 621, "twenty-first of June")]),
        ("3rd May, nineteen sixty-two", [("date", 503, 503, "3rd May"), ("year", 1962, 1962, "nineteen sixty-two")]),
        ("since two thousand and eleven", [("year", 2011, 2011, "two thousand and eleven")]),
        ("up to the sixth day", [("duration", 5, 6, "sixth day")]),
        ("a second opinion", [("count", 1, 1, "a second opinion")]),
        ("four times daily", [("frequency", 4, 4, "four times daily")]),
        ("half a pack daily", [("frequency", 10, 10, "half a pack daily")]),
        ("on Friday", [("weekday", 4, 4, "Friday")]),
        ("two cups of tea a day", [("count", 2, 2, "two cups")]),
        ("a hundred and eighty ml", [("dose", 180, 180, "a hundred and eighty ml")]),
        ("two hundred and five", [("number", 205, 205, "two hundred and five")]),
        ("a hundred times", [("count", 100, 100, "a hundred times")]),
        ("two and a half", [("number", 2.5, 2.5, "two and a half")]),
        ("one and a half hours", [("duration", 0.0625, 0.0625, "one and a half hours")]),
        ("half past seven in the evening", [("clock", 19.5, 19.5, "half past seven in the evening")]),
        ("12:30 am", [("clock", 0.5, 0.5, "12:30 am")]),
        ("12 am", [("clock", 0, 0, "12 am")]),
        ("12 pm", [("clock", 12, 12, "12 pm")]),
        ("twelve at night", [("clock", 0, 0, "twelve at night")]),
        ("at 9 p.m. It was dark.", [("clock", 21, 21, "9 p.m")]),
        ("Just one.", [("number", 1, 1, "one")]),
        ("One. It was bad.", [("number", 1, 1, "One")]),
        ("one or two", [("number", 1, 2, "one or two")]),
        ("once or twice", [("count", 1, 2, "once or twice")]),
        ("once or twice a week", [("frequency", 1 / 7, 2 / 7, "once or twice a week")]),
        ("twice or three times", [("count", 2, 3, "twice or three times")]),
        ("A couple of times.", [("count", 2, 2, "A couple of times")]),
        ("Two. A day later it went.", [("number", 2, 2, "Two"), ("duration", 1, 1, "A day")]),
        ("Three times. Every day since.", [("count", 3, 3, "Three times"), ("frequency", 1, 1, "Every day")]),
        ("every 0 hours", [("duration", 0, 0, "0 hours")]),
        ("thirty-eight point five", [("temperature", 38.5, 38.5, "thirty-eight point five")]),
        ("forty percent of it", [("number", 0.4, 0.4, "forty percent")]),
        ("two packs a day", [("frequency", 40, 40, "two packs a day")]),
        ("three long weeks", [("duration", 21, 21, "three long weeks")]),
        ("a month before Easter", [("interval", 30.4, 30.4, "a month"), ("feast", 1, 1, "Easter")]),
        ("a bottle of gin", [("count", 1, 1, "a bottle")]),
        # times of day, by the quarter and in other words
        ("at quarter past six in the evening", [("clock", 18.25, 18.25, "quarter past six in the evening")]),
        ("about half eight this morning", [("clock", 8.5, 8.5, "half eight this morning")]),
        ("at ten to nine", [("clock", 8.833, 8.833, "ten to nine")]),
        ("at six forty-five", [("clock", 6.75, 6.75, "six forty-five")]),
        ("around midnight", [("clock", 0, 0, "midnight")]),
        ("Half eleven last night.", [("clock", 23.5, 23.5, "Half eleven last night")]),
        ("half two tablets", [("count", 0.5, 0.5, "half two tablets")]),
        ("Ten to eight.", [("clock", 7.833, 7.833, "Ten to eight")]),
        ("five to six days", [("duration", 5, 6, "five to six days")]),
        # weights and temperatures
        ("a stone and a half", [("weight", 9.525, 9.525, "a stone and a half")]),
        ("I've lost 12 lbs", [("weight", 5.443, 5.443, "12 lbs")]),
        ("39.4 by the ear one", [("temperature", 39.4, 39.4, "39.4")]),
        ("thirty-nine degrees", [("temperature", 39, 39, "thirty-nine degrees")]),
        ("four, sleeping lightly", [("number", 4, 4, "four")]),
        ("a pack a day", [("frequency", 20, 20, "a pack a day")]),
        ("the three of us", [("people", 3, 3, "three")]),
        ("when I have one", []),
        ("I get one at six", [("number", 6, 6, "six")]),
        ("the last one was bad", []),
        ("I march on, come what may.", []),
        ("It's due on the twenty-first of May.", [("date", 521, 521, "twenty-first of May")]),
        ("March the 3rd, or 2nd April", [("date", 303, 303, "March the 3rd"), ("date", 402, 402, "2nd April")]),
        ("this is the fourth attack", [("ordinal", 4, 4, "fourth attack")]),
        ("our second baby", [("ordinal", 2, 2, "second baby")]),
        ("the first time I saw it", []),
        ("That's a good day.", []),
    ],
)  # fmt: skip
def test_quantities(text, expected):
    assert kinds(text) == [
        (kind, pytest.approx(low, abs=0.001), pytest.approx(high, abs=0.001), words)
        for kind, low, high, words in expected
    ]


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("two days", "48 hours", True),
        ("six weeks", "a month and a half", True),
        ("two days", "two weeks", False),
        ("a few weeks", "three weeks", True),
        ("six out of ten", "six", True),
        ("six out of ten", "four", False),
        ("10 mg", "20 mg", False),
        ("10 mg", "10 ml", None),
        ("two cups", "three pints", None),
        ("five roll-ups a day", "five a day", True),
        ("five roll-ups a day", "ten a day", False),
        ("two days", "10 mg", None),
        ("twice", "every night", None),
        ("a week before Easter", "four months ago", None),
        ("half past seven", "half past seven in the evening", True),
        ("at nine", "nine last night", True),
        ("nine this morning", "nine last night", False),
        ("12 am", "12 pm", False),
        ("at half seven", "quarter past seven tonight", True),
        ("half past seven", "ten past eight", False),
        ("two stone", "thirteen kilos", True),
        ("two stone", "a stone and a half", False),
        ("39.4", "40.1", False),
        ("39.4", "thirty-nine", True),
        ("39.4", "forty", False),
    ],
)
def test_agreement(one, other, agree):
    assert same(quantities(one)[0], quantities(other)[0]) is agree
