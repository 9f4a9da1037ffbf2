"""Replies of a benchmark with what they were scored by. Every text goes through `Markup.format`; see page.py."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup

from medsim.benchmark.compare import Finished
from medsim.metrics import Evidence
from space import chips
from space.page import join
from space.reports import KINDS, Line, before

WORST = ("bad", "warn", "good")  # where spans overlap the first of them colours what they share


def evidence_of(line: Line) -> list[Evidence]:
    return [Evidence(**{**item, "span": item["span"] and tuple(item["span"])}) for item in line["evidence"]]


def marked(reply: str, evidence: Sequence[Evidence]) -> Markup:
    """The reply with what the evidence is about marked; signs and numbers say which, as in the list of `reasons`."""
    spans = [(number, item.sign, max(0, item.span[0]), min(len(reply), item.span[1]))
             for number, item in enumerate(evidence, start=1) if item.span]  # fmt: skip
    cuts = sorted({0, len(reply), *(cut for *_, start, end in spans if start < end for cut in (start, end))})
    return join(_piece(reply[start:end], [span for span in spans if span[2] <= start and end <= span[3]], end)
                for start, end in pairwise(cuts))  # fmt: skip


def _piece(text: str, spans: Sequence[tuple[int, str, int, int]], end: int) -> Markup:
    if not spans:
        return Markup("{}").format(text)
    ended = " ".join(f"{chips.SIGNS[sign]}{number}" for number, sign, _, last in spans if last == end)
    sign = min((span[1] for span in spans), key=WORST.index)
    return Markup('<mark class="{}">{}{}</mark>').format(
        sign, text, Markup("<sup>{}</sup>").format(ended) if ended else ""
    )


def reasons(evidence: Sequence[Evidence]) -> Markup:
    items = join(Markup('<li class="{}">{}</li>').format(item.sign, chips.reason(item)) for item in evidence)
    return Markup('<ol class="reasons small">{}</ol>').format(items) if items else Markup("")


def judged(line: Line) -> Markup:
    """A reply with marks, scores and reasons."""
    evidence = evidence_of(line)
    return Markup('<p class="said">{}</p>{}{}').format(
        marked(line["reply"], evidence), chips.faces(line), reasons(evidence)
    )


def place_of(line: Line) -> Markup:
    """Whose reply it is, and to what."""
    kind = line["probe"]["kind"]
    return Markup('<div class="eyebrow">{} · {} · question {}</div><div class="q">{}</div>').format(
        line["script"].replace("-", " "), KINDS.get(kind, kind), line["turn"] + 1, line["probe"]["question"]
    )


def reply_cards(replies: Finished, lines: Iterable[Line]) -> Markup:
    """A card a reply, and in it the talk that went before."""
    return join(
        Markup('<article class="card reply">{}{}{}</article>').format(
            place_of(line), judged(line), _talk(list(before(replies, line)))
        )
        for line in lines
    )


def _talk(turns: Sequence[Line]) -> Markup:
    if not turns:
        return Markup('<p class="small muted">It was the first question.</p>')
    said = join(Markup("<dt>{}</dt><dd>{}</dd>").format(turn["probe"]["question"], turn["reply"]) for turn in turns)
    return Markup('<details><summary>The talk before it ({})</summary><dl class="talk">{}</dl></details>').format(
        "1 question" if len(turns) == 1 else f"{len(turns)} questions", said
    )
