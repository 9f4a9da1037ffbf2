"""How fast text is matched: `python -m benchmarks.match_speed [--dialogues 10000]`.

Replies a second, on one core, of `stated` alone (questions understood and scripts read before) and of `score`, on the
shipped dialogues, every text read for the first time. Then `python -m medsim.dialogue check` on a file of so many
dialogues of ten questions, put together from the shipped ones: each with an opening word of its own, each script in as
many versions as make ten dialogues a script. The last line is a JSON object; seconds are of the whole command, MiB of
all its processes together.
"""

import argparse
import gc
import json
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from random import Random

import psutil

from benchmarks.figures import summary
from medsim import match
from medsim.dialogue import Message, Record, load, save
from medsim.metrics import score
from medsim.script import PatientScript
from tests.conftest import REPOSITORY

ROUNDS = 5
TURNS = 10  # questions of a dialogue
PER_SCRIPT = 10  # dialogues
OPENERS = "well so um er right okay yes look listen honestly actually anyway hmm sure fine please"


def pairs(records: list[Record]) -> dict[str, list[tuple[Message, Message]]]:
    """Questions with their answers, by script."""
    found = defaultdict(list)
    for record in records:
        found[record.script.id] += zip(record.dialogue[::2], record.dialogue[1::2], strict=False)
    return found


def said_anew(message: Message, draw: Random) -> Message:
    words = " ".join(draw.choice(OPENERS.split()) for _ in range(3))
    return message.model_copy(update={"content": f"{words}, {message.content}", "facts": None})


def version(script: PatientScript, number: int, draw: Random) -> PatientScript:
    """The same patient under another id, whose facts are worded a little differently."""
    data = script.dump() | {"id": f"{script.id[:70]}-{number}"}
    for fact in data["facts"]:
        fact["say"] = f"{draw.choice(OPENERS.split()).capitalize()}, {draw.choice(OPENERS.split())}, {fact['say']}"
    return PatientScript.model_validate(data)


def put_together(records: list[Record], count: int) -> list[Record]:
    draw, found = Random(0), []
    scripts = {record.script.id: record.script for record in records}
    spoken = pairs(records)
    while len(found) < count:
        for name, script in scripts.items():
            own = version(script, len(found), draw)
            for _ in range(PER_SCRIPT):
                turns = [turn for pair in draw.sample(spoken[name], TURNS) for turn in pair]
                found.append(Record(own, tuple(said_anew(turn, draw) for turn in turns)))
    return found[:count]


def replies(records: list[Record]) -> dict[str, float]:
    """Replies a second, in texts that were not read before."""
    asks = [(record, number, match.readings(record.dialogue, record.script)) for record in records
            for number, turn in enumerate(record.dialogue) if turn.role == "patient"]  # fmt: skip
    gc.collect()
    gc.freeze()  # or Python walks through what the benchmark keeps, again and again
    start = time.process_time()
    for record, number, ask in asks:
        match.claims_of(record.dialogue[number].content, ask[number - 1], record.script, frozenset())
    stated = len(asks) / (time.process_time() - start)
    start = time.process_time()
    for record, number, _ in asks:
        score(record.script, record.dialogue[:number], record.dialogue[number].content)
    again = len(asks) / (time.process_time() - start)
    gc.unfreeze()
    return {"stated": stated, "score_again": again}


def checked(path: Path) -> dict[str, float]:
    """Seconds and MiB of the check of a file."""
    start, most = time.perf_counter(), 0
    process = subprocess.Popen([sys.executable, "-m", "medsim.dialogue", "check", path], stdout=subprocess.DEVNULL)
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            family = [watched, *watched.children(recursive=True)]
            most = max(most, sum(one.memory_info().rss for one in family))
        except psutil.NoSuchProcess:
            pass
        time.sleep(0.1)
    return {"check_seconds": time.perf_counter() - start, "check_mib": most / 2**20}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dialogues", type=int, default=10_000)
    flags = parser.parse_args()
    records = [record for path in sorted((REPOSITORY / "data/dialogues").glob("*.jsonl")) for record in load(path)]
    figures = defaultdict(list)
    for number in range(ROUNDS):
        anew = [Record(record.script, tuple(said_anew(turn, Random(number)) for turn in record.dialogue))
                for record in records]  # fmt: skip
        for name, value in replies(anew).items():
            figures[name].append(value)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "many.jsonl"
        save(path, put_together(records, flags.dialogues))
        for name, value in checked(path).items():
            figures[name].append(value)
    print(json.dumps(summary(figures)))


if __name__ == "__main__":
    main()
