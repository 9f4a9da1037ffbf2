"""How well matching and scores agree with labels written by hand: `python -m medsim.match evaluate`.

An item of data/labelled/*.jsonl is a dialogue that ends with a question, what the question asks for, a reply, and
whether the reply is right or has one planted fault. A reply raises the alarm when any evidence of its scores is bad.
Most lines of `development` are whole dialogues, with what each question asks for and faulty replies to some of them.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from math import sqrt
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from medsim.dialogue import Dialogue, Message
from medsim.errors import MedSimError
from medsim.files import read_lines
from medsim.match import Ask, asked
from medsim.metrics import NAMES, Evidence, Scores, score
from medsim.script import PatientScript

DATA = Path(__file__).resolve().parents[1] / "data"
HELD_OUT = "heldout"
PARTS = ("development", "tuning", "fresh", HELD_OUT)
SECOND = "second"  # labels given again to some of the held-out items, without sight of the first
RIGHT = "right"
# The rules that name a fault of each kind; any other bad evidence raises the alarm too, but for another reason.
RULES = {
    "wrong_number": {"contradicts"},
    "wrong_side": {"contradicts"},
    "flipped_negation": {"contradicts", "denies_locked"},
    "other_medication": {"invents", "contradicts"},
    "invented_allergy": {"invents", "contradicts"},
    "invented_symptom": {"invents", "contradicts"},
    "doctor_talk": {"doctor_talk"},
    "assistant_talk": {"assistant", "human"},
    "third_person": {"third_person"},
    "dump": {"dump", "unasked", "too_long"},
    "off_topic": {"off_topic", "not_answered", "unclear"},
    "contradicts_earlier": {"contradicts_earlier", "contradicts"},
    "echo": {"echo"},
}
# The metric that should be lower for a fault of each kind.
METRICS = {
    **dict.fromkeys(RULES, "script_adherence"),
    **dict.fromkeys(("doctor_talk", "assistant_talk", "third_person", "echo"), "role_consistency"),
    "off_topic": "relevance",
    "contradicts_earlier": "consistency",
}
Z = 1.96  # of a 95 % interval


@dataclass(frozen=True)
class Item:
    """One labelled reply. `label` is RIGHT or a kind of RULES; `asked` has facts, topics and manner."""

    id: str
    script: str
    dialogue: Dialogue
    asked: dict[str, Any]
    reply: str
    label: str


class Judged(NamedTuple):
    """What the rules say of an item. `badness` grows with how bad the reply is held to be."""

    item: Item
    ask: Ask
    bad: tuple[Evidence, ...]
    badness: float

    @property
    def alarm(self) -> bool:
        return bool(self.bad)

    @property
    def named(self) -> bool:
        """Whether the alarm is for the reason that the label gives."""
        return any(evidence.rule in RULES.get(self.item.label, ()) for evidence in self.bad)


class Share(NamedTuple):
    """So many of so many."""

    hits: int
    of: int

    def __str__(self) -> str:
        if not self.of:
            return "-"
        low, high = wilson(self.hits, self.of)
        return f"{self.hits / self.of:.3f} [{low:.3f}, {high:.3f}]"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927)."""
    share = hits / of
    middle = (share + Z**2 / (2 * of)) / (1 + Z**2 / of)
    half = Z / (1 + Z**2 / of) * sqrt(share * (1 - share) / of + Z**2 / (4 * of**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float:
    """How often a positive lies above a negative; ties count half (Hanley and McNeil 1982)."""
    wins = sum((one > other) + 0.5 * (one == other) for one in positive for other in negative)
    return wins / (len(positive) * len(negative))


def aurocs(part: str) -> dict[str, float]:
    """Of each metric, over the right items of a part and those with a fault that it should notice."""
    found = [(item, score(scripts()[item.script], item.dialogue, item.reply)) for item in items(part)]

    def badness(name: str, labels: Collection[str]) -> list[float]:
        """What a metric does not apply to it holds for good."""
        values = [getattr(scores, name).value for item, scores in found if item.label in labels]
        return [0.0 if value is None else 1 - value for value in values]

    kinds = {name: [kind for kind in METRICS if METRICS[kind] == name] for name in NAMES}
    return {name: round(auroc(badness(name, kinds[name]), badness(name, (RIGHT,))), 4) for name in NAMES}


def _lines(part: str) -> Iterator[dict[str, Any]]:
    """The lines of a file of labels. Raises MedSimError for a file that is not there or not readable."""
    for document in read_lines(DATA / "labelled" / f"{part}.jsonl"):
        if isinstance(document, MedSimError):
            raise document
        yield document.data


def items(part: str) -> list[Item]:
    """The labelled items of a part. Raises MedSimError for a file that is not there or not readable."""
    return [item for number, data in enumerate(_lines(part)) for item in _items(data, number)]


def _items(data: dict[str, Any], number: int) -> Iterator[Item]:
    """The items of a line: one, or all those of a dialogue."""
    turns = tuple(Message.model_validate(turn) for turn in data["dialogue"])
    if "reply" in data:
        yield Item(data["id"], data["script"], turns, data["asked"], data["reply"], data["label"])
        return
    asked = {int(turn): label for turn, label in data["asked"].items()}
    replies = [(turn + 1, turns[turn + 1].content, RIGHT) for turn in asked]
    for turn, reply, label in replies + [(fault["turn"], fault["reply"], fault["label"]) for fault in data["faults"]]:
        name = f"d{number}-{turn}" if label == RIGHT else f"d{number}-{turn}-{label}"
        yield Item(name, data["script"], turns[:turn], asked[turn - 1], reply, label)


@cache
def scripts() -> dict[str, PatientScript]:
    """Every shipped script by its id, those of the test set too."""
    files = [*DATA.glob("scripts/*.yaml"), *DATA.glob("test/scripts/*.yaml")]
    return {file.stem: PatientScript.load(file) for file in files}


def judge(item: Item) -> Judged:
    """Run matching and scores on an item."""
    script = scripts()[item.script]
    scores = score(script, item.dialogue, item.reply)
    bad = tuple(evidence for evidence in scores.evidence if evidence.sign == "bad")
    return Judged(item, asked(item.dialogue, script), bad, _badness(scores))


def _badness(scores: Scores) -> float:
    values = [value for name in NAMES if (value := getattr(scores, name).value) is not None]
    return 1 - fmean(values)


def asks_rightly(judged: Judged) -> bool:
    """Whether the set of facts is that of the label; where the label has none, whether the topic is."""
    wanted, ask = judged.item.asked, judged.ask
    if wanted["facts"]:
        return set(ask.facts) == set(wanted["facts"])
    return not ask.facts and bool(set(ask.topics) & set(wanted["topics"]))


def asks_for_locked(judged: Judged) -> bool:
    script = scripts()[judged.item.script]
    return any(script.lock_of(script.fact(name)) for name in judged.item.asked["facts"])


def report(part: str) -> Iterator[str]:
    """The tables of a part, line by line."""
    found = [judge(item) for item in items(part)]
    right = [judged for judged in found if judged.item.label == RIGHT]
    faulty = [judged for judged in found if judged.item.label != RIGHT]
    alarms = sum(judged.alarm for judged in faulty)
    asking = _questions(found)
    with_facts = [judged for judged in asking if judged.item.asked["facts"]]
    locked = [judged for judged in asking if asks_for_locked(judged)]
    manners = sum(judged.ask.manner == judged.item.asked["manner"] for judged in locked)
    yield f"{part}: {len(found)} items, {len(right)} right, {len(faulty)} with a fault; 95 % intervals by Wilson"
    yield f"asked, exactly right        {Share(sum(map(asks_rightly, asking)), len(asking))}"
    yield f"  of those with facts       {Share(sum(map(asks_rightly, with_facts)), len(with_facts))}"
    yield f"manner, of locked facts     {Share(manners, len(locked))}"
    yield f"faults found (recall)       {Share(alarms, len(faulty))}"
    yield f"false alarms on right ones  {Share(sum(judged.alarm for judged in right), len(right))}"
    yield f"precision of an alarm       {Share(alarms, alarms + sum(judged.alarm for judged in right))}"
    yield ""
    yield f"{'kind':<21}{'found':<24}{'for its reason':<24}{'AUROC':>6}"
    sound = [judged.badness for judged in right]
    for kind in RULES:
        those = [judged for judged in faulty if judged.item.label == kind]
        by_alarm = Share(sum(judged.alarm for judged in those), len(those))
        by_name = Share(sum(judged.named for judged in those), len(those))
        yield f"{kind:<21}{by_alarm!s:<24}{by_name!s:<24}{auroc([j.badness for j in those], sound):>6.3f}"


def _questions(found: list[Judged]) -> list[Judged]:
    """One for each question that asks for something: several replies may be to the same."""
    once = {(judged.item.script, judged.item.dialogue): judged for judged in found}
    return [judged for judged in once.values() if judged.item.asked["facts"] or judged.item.asked["topics"]]


def agreement() -> Iterator[str]:
    """How often the second labels are the first, line by line."""
    first = {item.id: item for item in items(HELD_OUT)}
    pairs = [(first[data["id"]], data) for data in _lines(SECOND)]
    facts = sum(set(one.asked["facts"]) == set(other["asked"]["facts"]) for one, other in pairs)
    manner = sum(one.asked["manner"] == other["asked"]["manner"] for one, other in pairs)
    yield f"labelled twice: {len(pairs)} items of heldout"
    yield f"same label                  {Share(sum(one.label == other['label'] for one, other in pairs), len(pairs))}"
    yield f"same set of facts           {Share(facts, len(pairs))}"
    yield f"same manner                 {Share(manner, len(pairs))}"


def disagreements(part: str) -> Iterator[str]:
    """One JSON object for each item on which labels and rules differ."""
    for judged in map(judge, items(part)):
        item, ask = judged.item, judged.ask
        asks = item.asked["facts"] or item.asked["topics"]
        wrong = ["asked"] if asks and not asks_rightly(judged) else []
        wrong += ["missed"] if item.label != RIGHT and not judged.alarm else []
        wrong += ["false alarm"] if item.label == RIGHT and judged.alarm else []
        if wrong:
            yield json.dumps({
                "id": item.id, "script": item.script, "question": item.dialogue[-1].content, "reply": item.reply,
                "label": item.label, "differs": wrong, "asked": item.asked["facts"], "found": ask.facts,
                "topics": ask.topics, "bad": [f"{one.rule}: {one.text}" for one in judged.bad],
            }, ensure_ascii=False)  # fmt: skip
