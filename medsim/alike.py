"""How much the patients of a library repeat each other: `python -m medsim.alike data/scripts/*.yaml [DIALOGUES.jsonl]`.

Prints the sayings that stand in more than two scripts, the scripts that share most runs of five words, how many of the
doctors' lines differ, and how long patients speak. Names and numbers are masked: two patients who differ in nothing
else are one.
"""

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from medsim.dialogue import Record, load
from medsim.errors import run_cli
from medsim.match.numerals import tables
from medsim.script import PatientScript, load_scripts

RUN = 5  # words
MANY = 2  # scripts that may share a saying
SHOWN = 3
SHORT = 3  # words
_NEGATION = re.compile(r"(?:no|not|none|never|nothing|nope|nah|nobody)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*|[.?!]")


class Pair(NamedTuple):
    """Two scripts, and the share of runs of five words that they have in common (Jaccard)."""

    one: str
    other: str
    jaccard: float


def masked(text: str) -> str:
    """The words of a text in lower case; a capital within a sentence is a name, and names and numbers are `_`."""
    words, opens = [], True
    for word in _WORD.findall(text):
        if word in ".?!":
            opens = True
            continue
        is_name = word[0].isupper() and not opens and word.split("'")[0] != "I"
        words.append("_" if is_name or word[0].isdigit() or tables().is_number(word.lower()) else word.lower())
        opens = False
    return " ".join(words)


def repeated(scripts: Iterable[PatientScript]) -> dict[str, list[str]]:
    """The sayings that stand in more than MANY scripts, each with the ids of these."""
    found = defaultdict(set)
    for script in scripts:
        for fact in script.facts:
            found[masked(fact.say)].add(script.id)
    return {saying: sorted(ids) for saying, ids in found.items() if len(ids) > MANY}


def most_alike(scripts: Sequence[PatientScript], count: int = SHOWN) -> list[Pair]:
    """The pairs of scripts whose sayings share most runs of five words, the most alike first."""
    found = {script.id: runs(masked(fact.say) for fact in script.facts) for script in scripts}
    pairs = (
        Pair(one, other, len(found[one] & found[other]) / max(1, len(found[one] | found[other])))
        for one, other in combinations(found, 2)
    )
    return sorted(pairs, key=lambda pair: pair.jaccard, reverse=True)[:count]


def runs(texts: Iterable[str]) -> set[tuple[str, ...]]:
    """Every RUN words that follow each other in masked texts."""
    words = [word for text in texts for word in text.split()]
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def distinct(lines: Sequence[str]) -> float:
    """The share of lines that differ from all lines before them."""
    return len(Counter(map(masked, lines))) / len(lines) if lines else 1.0


def spoken(records: Sequence[Record]) -> str:
    """How patients speak, for comparison with real interviews: lengths are in words."""
    replies = [turn.content for record in records for turn in record.dialogue if turn.role == "patient"]
    counts = sorted(len(reply.split()) for reply in replies)
    openings = [len(record.dialogue[1].content.split()) for record in records]
    short = sum(count <= SHORT for count in counts) / len(counts)
    questions = sum(reply.endswith("?") for reply in replies) / len(replies)
    denials = sum(bool(_NEGATION.match(reply)) for reply in replies) / len(replies)
    return (
        f"{len(replies):,} patients' turns: median {median(counts):.0f} words, mean {fmean(counts):.1f}, 90th "
        f"percentile {counts[int(0.9 * len(counts))]}; {short:.0%} of {SHORT} or fewer; {denials:.0%} begin "
        f"with a negation, {questions:.0%} end with a question mark; the first answer has {fmean(openings):.0f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description="How much the patients of a library repeat each other.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="scripts (.yaml, .json), dialogues (.jsonl)")
    files = parser.parse_args().files
    dialogues = [record for file in files if Path(file).suffix == ".jsonl" for record in load(file)]
    scripts = [script for file in files if Path(file).suffix != ".jsonl" for script in load_scripts(file)]
    if scripts:
        sayings = repeated(scripts)
        print(f"{len(scripts)} scripts, {len(sayings)} sayings in more than {MANY} of them")
        for saying, ids in sayings.items():
            print(f"  {saying!r}: {', '.join(ids)}")
        print(f"most alike, by runs of {RUN} words (Jaccard):")
        for pair in most_alike(scripts):
            print(f"  {pair.jaccard:.4f}  {pair.one}  {pair.other}")
    if dialogues:
        lines = [turn.content for record in dialogues for turn in record.dialogue if turn.role == "doctor"]
        print(f"{len(dialogues)} dialogues, {distinct(lines):.1%} of {len(lines):,} doctors' lines differ")
        print(spoken(dialogues))


if __name__ == "__main__":
    run_cli(main)
