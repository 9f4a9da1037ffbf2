"""What generated interviews hold, in numbers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from medsim.alike import distinct, masked, spoken
from medsim.dialogue import Record

SHOWN = 12


def summary(records: Sequence[Record], rejected: Mapping[str, int]) -> str:
    """Lengths, topics, facts covered, distinct words and pairs of words, and what was made again."""
    return "\n".join(_lines(records, rejected))


def _lines(records: Sequence[Record], rejected: Mapping[str, int]) -> Iterator[str]:
    yield from _of(records) if records else ["No interview was made."]
    if rejected:
        yield f"made again, {sum(rejected.values())} times for:"
        for reason, count in Counter(rejected).most_common(SHOWN):
            yield f"  {count:4} {reason}"


def _of(records: Sequence[Record]) -> Iterator[str]:
    doctors = [turn.content for record in records for turn in record.dialogue if turn.role == "doctor"]
    patients = [turn.content for record in records for turn in record.dialogue if turn.role == "patient"]
    scripts = {record.script.id: record.script for record in records}
    yield f"{len(records):,} interviews with {len(scripts):,} patients, {len(doctors):,} questions"
    yield spoken(records)
    yield f"doctors' lines that differ: {distinct(doctors):.0%} of {len(doctors):,}"
    for who, lines in (("doctors", doctors), ("patients", patients)):
        yield f"distinct-1 {distinct_n(lines, 1):.3f}, distinct-2 {distinct_n(lines, 2):.3f} of the {who}' words"
    told = Counter[str]()
    covered = set()
    for record in records:
        for turn in record.dialogue:
            for name in turn.facts or ():
                told[record.script.fact(name).topic] += 1
                covered.add((record.script.id, name))
    every = sum(len(script.facts) for script in scripts.values())
    yield f"facts told: {len(covered):,}, of {every:,} that the scripts have"
    yield "topics: " + ", ".join(f"{topic} {count}" for topic, count in told.most_common())


def distinct_n(lines: Sequence[str], size: int) -> float:
    """Distinct runs of `size` words over all of them (Li et al. 2016, https://arxiv.org/abs/1510.03055)."""
    found = Counter[tuple[str, ...]]()
    for line in lines:
        words = masked(line).split()
        found.update(tuple(words[start : start + size]) for start in range(len(words) - size + 1))
    return len(found) / max(1, found.total())
