"""Pieces of HTML for the Evaluate tab. Every text goes through `Markup.format`; see page.py."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from medsim.benchmark.compare import Differences, Finished
from medsim.benchmark.report import HUMAN, LENGTHS, LIMIT
from medsim.benchmark.scoring import Estimate
from space.page import join, muted, note
from space.reply_page import judged, place_of
from space.reports import KINDS, METRICS, estimate_of
from space.train_page import duration, heading, log, progress_card
from trainer.evaluations import Evaluation

MOST_ROWS = 50
NOTHING = Markup('<div class="empty">Not measured yet. {}</div>')
FOR_OWNER = "Choose a patient under New report, then Evaluate."
FOR_VISITOR = "Reports appear here when the owner of this server has evaluated a patient."
CHOOSE = Markup('<div class="empty">Choose one report, or up to four, to see how true the patients are.</div>')
BESIDE = {"scripted": "Fact lookup", 'always "No."': "Always “No.”", "dump": "Tells everything"}
SHARES = ("short", "questions")  # of LENGTHS


class Bar(NamedTuple):
    """One line of a chart; a muted one stands beside for comparison."""

    label: str
    found: Estimate
    muted: bool = False


def nothing(owner: bool) -> Markup:
    return NOTHING.format(FOR_OWNER if owner else FOR_VISITOR)


def bars(lines: Iterable[Bar], limit: float | None = None) -> Markup:
    """Bars in [0, 1], each with its interval and its number, and a dashed line at the limit."""
    dashed = Markup("") if limit is None else Markup('<s style="left:{:.0f}%"></s>').format(100 * limit)
    return Markup('<div class="bars">{}</div>').format(join(_bar(line, dashed) for line in lines))


def _bar(line: Bar, dashed: Markup) -> Markup:
    label, found = line.label, line.found
    if found.mean is None:
        return Markup('<span>{}</span><span class="num">–</span><div class="bar"></div>').format(label)
    low, width = 100 * found.low, 100 * (found.high - found.low)
    whisker = Markup('<u style="left:{:.1f}%;width:{:.1f}%"></u>').format(low, width) if width else ""
    return Markup(
        '<span aria-hidden="true">{}</span>'
        '<span class="num" aria-hidden="true"><b>{:.2f}</b> <span class="muted">{:.2f}–{:.2f}</span></span>'
        '<div class="bar{}" role="img" aria-label="{}"><i style="width:{:.1f}%"></i>{}{}</div>'
    ).format(
        label, found.mean, found.low, found.high, " ref" if line.muted else "",
        f"{label}: {found.mean:.2f}, 95 % interval {found.low:.2f} to {found.high:.2f}",
        100 * found.mean, whisker, dashed,
    )  # fmt: skip


def chart(chosen: Sequence[Evaluation], metric: str) -> Markup:
    """A metric of each report, and of the careless patients and fact lookup who were put the first one's questions."""
    first = chosen[0].report
    own = [Bar(one.name, estimate_of(one.report, metric)) for one in chosen]
    others = [Bar(BESIDE.get(name, name.capitalize()), estimate_of(found, metric), muted=True)
              for name, found in first["beside"].items()]  # fmt: skip
    limit = LIMIT if metric == "overall" else None
    about = (
        f"{first['questions']:,} questions to {first['scripts']} patients. Whiskers: 95 % intervals by script. Grey: "
        "careless patients, and fact lookup, which says word for word what it finds."
        + (f" Dashed: {LIMIT:.2f}, which no careless patient may reach." if limit else "")
    )
    return Markup('<div class="card">{}{}<p class="small muted">{}</p></div>').format(
        heading(METRICS[metric]), bars([*own, *others], limit), about
    )


def groups(title: str, found: Mapping[str, Mapping[str, Estimate]], labels: Mapping[str, str]) -> Markup:
    """The means over groups of questions, by report."""
    return Markup('<details class="card"{}><summary class="h">{}</summary>{}</details>').format(
        Markup(" open") if labels is KINDS else "", title, bars(_group_bars(found, labels))
    )


def _group_bars(found: Mapping[str, Mapping[str, Estimate]], labels: Mapping[str, str]) -> Iterator[Bar]:
    first = next(iter(found))
    for group in dict.fromkeys(group for means in found.values() for group in means):
        for name, means in found.items():
            if group in means:
                label = labels.get(group, group.replace("_", " ").capitalize())
                own = f"{label} ({means[group].n})" if name == first else f"· {name}"
                yield Bar(own, means[group], muted=name != first)


def lengths(chosen: Sequence[Evaluation]) -> Markup:
    """How long the replies are, beside those of people."""
    head = join(Markup("<th>{}</th>").format(one.name) for one in chosen)
    rows = join(
        Markup("<tr><td>{}</td>{}<td>{}</td></tr>").format(
            label.capitalize(),
            join(Markup('<td class="num">{}</td>').format(_length(key, one.report["lengths"][key])) for one in chosen),
            " to ".join(_length(key, bound) for bound in HUMAN[key]),
        )
        for key, label in LENGTHS.items()
    )
    return Markup(
        '<details class="card"><summary class="h">Words of a reply</summary><div class="scroll"><table class="t">'
        "<thead><tr><th></th>{}<th>People</th></tr></thead><tbody>{}</tbody></table></div></details>"
    ).format(head, rows)


def _length(key: str, value: float) -> str:
    return f"{value:.0%}" if key in SHARES else f"{value:g}"


def other_questions(first: str, other: str) -> Markup:
    return note("warn", f"{other} was asked other questions than {first}, so their replies cannot be compared. "
                "Evaluate both with the same questions.", "! Other questions.")  # fmt: skip


def difference(first: Finished, other: Finished, found: Differences, metric: str) -> Markup:
    """How another patient differs from the first on the same questions, and the replies that differ most."""
    rows = join(_gain_row(METRICS[name], one) for name, one in found.by_metric.items())
    pairs = join(_pair(first.folder.name, other.folder.name, *one) for one in found.most)
    return Markup(
        '<div class="card">{}<div class="scroll"><table class="t"><thead><tr><th>On the same questions</th>'
        "<th>Difference, 95 % interval</th><th>Replies</th></tr></thead><tbody>{}</tbody></table></div>"
        "<details><summary>The replies that differ most: {}</summary>{}</details></div>"
    ).format(heading(f"{other.folder.name} beside {first.folder.name}"), rows, METRICS[metric].lower(),
             pairs or muted("None differs."))  # fmt: skip


def _gain_row(name: str, found: Estimate) -> Markup:
    if found.mean is None:
        text = "–"
    else:
        said = "✓ better" if found.low > 0 else "✕ worse" if found.high < 0 else "– may be chance"
        said = said if found.mean or found.low or found.high else "= the same"
        text = f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f}) {said}"
    return Markup('<tr><td>{}</td><td class="num">{}</td><td class="num">{}</td></tr>').format(name, text, found.n)


def _pair(first: str, other: str, gain: float, before: dict, after: dict) -> Markup:
    answers = join(
        Markup('<div><span class="eyebrow">{}</span>{}</div>').format(name, judged(line))
        for name, line in ((first, before), (other, after))
    )
    return Markup('<div class="turn">{}<div class="answers">{}</div></div>').format(place_of(before), answers)


def report_table(found: Sequence[Evaluation]) -> Markup:
    """All reports, each name a button that carries it."""
    return Markup(
        '<div class="scroll few"><table class="t runs"><thead><tr><th>Report</th><th>Patient</th><th>Questions</th>'
        "<th>Overall</th><th>When</th></tr></thead><tbody>{}</tbody></table></div>"
    ).format(join(map(_report_row, found[:MOST_ROWS])))


def _report_row(one: Evaluation) -> Markup:
    score = "–"
    if one.report:
        overall = estimate_of(one.report, "overall")
        score = "–" if overall.mean is None else f"{overall.mean:.2f} ({overall.low:.2f}–{overall.high:.2f})"
    bad = Markup(' class="bad"') if one.state in ("failed", "interrupted") else ""
    return Markup(
        '<tr><td><button data-id="{}">{}</button></td><td>{}</td><td class="num">{}</td><td class="num">{}</td>'
        "<td{}>{}</td></tr>"
    ).format(
        one.name, one.name, one.patient, f"{one.asked.total:,}" if one.asked.total else "–", score, bad,
        time.strftime("%d %b, %H:%M", time.localtime(one.began)) if one.report else one.state,
    )  # fmt: skip


def evaluation_card(one: Evaluation) -> Markup:
    """How far a benchmark is, and what is to be said of how it ended."""
    count, total = one.asked
    percent = round(100 * count / total) if total else 0
    return progress_card(f"{one.name} · {one.patient}", one.state, _progress(one), percent) + _remark(one)


def _progress(one: Evaluation) -> str:
    count, total = one.asked
    if total is None:
        return "loading the patient" if one.live else ""
    if one.live and count == total:
        return "all questions asked, scoring the replies"
    left = f" · {duration(one.eta_s)} left" if one.live and one.eta_s is not None else ""
    return f"{count:,} of {total:,} questions{left}"


def _remark(one: Evaluation) -> Markup:
    if one.state == "interrupted":
        return note("warn", "The replies so far are kept. Resume goes on with the next question.", "Stopped.")
    if one.state == "failed":
        text = "What the log says last is why. Mend that, then Resume; the replies so far are kept."
        return note("bad", text, "✕ This benchmark failed.") + log(one.log_tail)
    return Markup("")
