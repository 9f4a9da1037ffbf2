"""Pieces of HTML for the Train tab. Every text goes through `Markup.format`; see page.py."""

import re
import time
from collections.abc import Mapping, Sequence
from itertools import islice

from markupsafe import Markup

from medsim import bases
from medsim.errors import Problem
from medsim.scores import NAMES
from space.estimate import Counts, Parameters, Speed
from space.page import join, note, tag
from space.run_list import label
from space.training_data import DataSet
from trainer.events import Event, history
from trainer.runs import Progress, Run

MOST_ROWS = 50
NO_RUNS = Markup('<div class="empty">No runs yet. Choose dialogues under New run, then start.</div>')
REASONS = {
    "settings": "settings that do not work here", "data": "bad data", "base": "no base",
    "nan": "the loss is not a number", "out_of_memory": "out of memory", "disk_full": "disk full",
}  # fmt: skip


def heading(text: str) -> Markup:
    return Markup('<h2 class="h">{}</h2>').format(text)


def data_problems(data: DataSet) -> Markup:
    """What is wrong with a data set, a row each; a line that says so where nothing is."""
    total = len(data.records) + data.bad
    if not data.problems:
        return note("good", f"{total:,} dialogues, all of them good.", "✓")
    rows = join(
        Markup("<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>").format(
            problem.line or "–", _turn(problem), problem.reason, problem.cure
        )
        for problem in data.problems[:MOST_ROWS]
    )
    rest = len(data.problems) - MOST_ROWS
    more = Markup('<p class="small muted">and {} more</p>').format(rest) if rest > 0 else ""
    title = f"! {data.bad:,} of {total:,} dialogues cannot be used."
    return Markup(
        '{}<div class="scroll"><table class="t"><thead><tr><th>Line</th><th>Turn</th><th>What is wrong</th>'
        "<th>What to do</th></tr></thead><tbody>{}</tbody></table></div>{}"
    ).format(note("warn", "Train on the good ones alone, or mend these first.", title), rows, more)


def _turn(problem: Problem) -> str:
    found = re.match(r"dialogue\[(\d+)]", problem.field)
    return str(int(found[1]) + 1) if found else problem.field or "–"


def before_start(rows: Sequence[tuple[str, str]], verdict: Markup) -> Markup:
    """The card that says what a training will take."""
    body = join(Markup("<tr><td>{}</td><td>{}</td></tr>").format(name, value) for name, value in rows)
    return Markup(
        '<div class="card"><div class="eyebrow">Before the start</div><table class="t"><tbody>{}</tbody></table>'
        "{}</div>"
    ).format(body, verdict)


def count_rows(counts: Counts) -> list[tuple[str, str]]:
    shortened = f", {counts.shortened} shortened" if counts.shortened else ""
    held_out = f"{counts.held_out:,} dialogues" if counts.held_out else "nothing"
    tokens = [] if counts.tokens is None else [("Tokens", f"{counts.tokens:,}, learned {counts.learned:,}")]
    return [
        ("Dialogues", f"{counts.dialogues:,}{shortened}"),
        ("Scripts", f"{counts.scripts:,}"),
        ("Held out", held_out),
        *tokens,
    ]


def parameter_row(parameters: Parameters) -> tuple[str, str]:
    share = parameters.trained / parameters.total
    return "Trainable", f"{_millions(parameters.trained)} of {_millions(parameters.total)} ({share:.1%})"


def time_row(seconds: float, speed: Speed) -> tuple[str, str]:
    return "Time", f"about {duration(seconds)}, at {speed.tokens_per_s:.0f} tokens/s as in {speed.run}"


def disk_verdict(needed: int, free: int) -> Markup:
    if needed < free:
        return Markup('<p class="small ok">✓ Fits on the disk ({} free)</p>').format(size(free))
    return note("bad", f"Only {size(free)} is free. Make room, or keep fewer checkpoints.", "✕ The disk is too full.")


def fetch_note(base: bases.Base) -> str:
    """What a base that is not here yet will need."""
    gated = "; its licence must be accepted on the Hub first" if base.gated else ""
    return f"not here yet: fetched at the start ({base.download_gb} GB{gated})"


def run_card(name: str, run: Run) -> Markup:
    """Name, state, progress bar, and what is to be said of how it ended."""
    progress = run.progress
    total = progress.total or 0
    percent = round(100 * progress.step / total) if total else 0
    return progress_card(name, _state(run), _progress(run, progress), percent) + _remark(run)


def progress_card(name: str, state: str, text: str, percent: int) -> Markup:
    """How far something is that goes on by itself."""
    return Markup(
        '<div class="card run"><div class="run-head"><span class="h">{}</span>{}<span class="muted small num">{}</span>'
        '</div><div class="bar" role="progressbar" aria-label="Done" aria-valuemin="0" aria-valuemax="100" '
        'aria-valuenow="{}"><i style="width:{}%"></i></div></div>'
    ).format(name, tag(state), text, percent, percent)


def _state(run: Run) -> str:
    if run.stopping:
        return "stopping"
    return "starting" if run.state == "queued" else run.state


def _progress(run: Run, progress: Progress) -> str:
    if run.state == "queued":
        return "loading the base"
    parts = [f"step {progress.step:,} of {progress.total:,}" if progress.total else f"step {progress.step:,}"]
    if progress.loss is not None:
        parts.append(f"loss {_loss(progress.loss)}")
    if run.live and progress.tokens_per_s:
        parts.append(f"{progress.tokens_per_s:.0f} tokens/s")
    if run.live and progress.eta_s is not None:
        parts.append(f"{duration(progress.eta_s)} left")
    return " · ".join(parts)


def _remark(run: Run) -> Markup:
    if run.stopping:
        return note("warn", "The step at hand ends first, then what was learned is saved.", "Stopping.")
    step = int(run.checkpoints[-1].name.rpartition("-")[2]) if run.checkpoints else 0
    resume = f"Resume goes on from step {step}." if step else "Resume begins again: there is no checkpoint yet."
    if failure := run.failure:
        return note("bad", f"{failure['message']} {failure['cure']}", f"This run {_failed(failure)}.")
    if run.state == "interrupted":
        text = "Its process was killed, memory ran out, or the machine was switched off."
        return note("warn", f"{text} {resume}", "Interrupted.")
    if run.state == "stopped":
        return note("warn", f"What it learned so far is kept. {resume}" if run.weights else resume, "Stopped.")
    if run.state == "done":
        return note("good", "Talk to it in Chat, or put it beside the base in Compare.", "✓ Finished.")
    return Markup("")


def _failed(failure: Event) -> str:
    reason = REASONS.get(failure["reason"])
    return f"failed: {reason}" if reason else "failed"


def fidelity(run: Run) -> Markup:
    """What the evaluations found of the model's replies, and its newest beside the base's; nothing where none asked."""
    events = history(run.events)
    measured = [event for event in events if event["kind"] == "eval" and "fidelity" in event]
    if not measured:
        return Markup("")
    first, last = measured[0], measured[-1]
    since = f" ({last['fidelity'] - first['fidelity']:+.2f} since step {first['step']:,})" if last != first else ""
    parts = [f"{name.replace('_', ' ')} {last[name]:.2f}" for name in NAMES if name in last]
    questions = run.config.get("eval_probes", "A few")
    samples = {(event["script"], event["question"]): event for event in events if event["kind"] == "sample"}
    return Markup(
        '{}<div><b class="num">{}</b> <span class="num">at step {}{}.</span> <span class="muted small">{} questions: a '
        'rough figure. 1 is best.</span></div><div class="muted small num">{}</div>{}'
    ).format(
        heading("Fidelity to the script"), f"{last['fidelity']:.2f}", f"{last['step']:,}", since, questions,
        " · ".join(parts), join(map(_sample, samples.values())),
    )  # fmt: skip


def _sample(event: Event) -> Markup:
    """A question, and the replies of the base, if there is one, and of the model."""
    replies = [("Base", event["base"])] if event["base"] is not None else []
    answers = join(
        Markup('<div><div class="eyebrow">{}</div><p>{}</p></div>').format(name, reply)
        for name, reply in (*replies, (f"After step {event['step']:,}", event["reply"]))
    )
    return Markup(
        '<section class="turn"><div class="q"><span class="muted small">{}</span><br>{}</div>'
        '<div class="answers">{}</div></section>'
    ).format(event["script"], event["question"], answers)


def run_table(runs: Mapping[str, Run], chosen: str) -> Markup:
    """All runs, each name a button that carries it."""
    rows = join(_run_row(name, run, name == chosen) for name, run in islice(runs.items(), MOST_ROWS))
    return Markup(
        '<div class="scroll"><table class="t runs"><thead><tr><th>Run</th><th>State</th><th>Base</th><th>Loss</th>'
        "<th>Held out</th><th>When</th></tr></thead><tbody>{}</tbody></table></div>"
    ).format(rows)


def _run_row(name: str, run: Run, pressed: bool) -> Markup:
    bad = Markup(' class="bad"') if run.state in ("failed", "interrupted") else ""
    state = _failed(run.failure) if run.failure else _state(run)
    return Markup(
        '<tr><td><button data-id="{}" aria-pressed="{}">{}</button></td><td{}>{}</td><td>{}</td><td class="num">{}</td>'
        '<td class="num">{}</td><td>{}</td></tr>'
    ).format(
        name, "true" if pressed else "false", label(name), bad, state,
        str(run.config.get("model_name_or_path", "–")).rpartition("/")[2], _loss(run.progress.loss),
        _loss(run.progress.eval_loss), time.strftime("%d %b, %H:%M", time.localtime(run.began)),
    )  # fmt: skip


def log(text: str) -> Markup:
    """The end of a run's log, in a box that scrolls."""
    return Markup('<div class="log" tabindex="0" role="region" aria-label="Log"><pre>{}</pre></div>').format(
        text or "Nothing yet."
    )


def published(url: str, remarks: Sequence[str]) -> Markup:
    """Where a repository is, and what is to be said of it."""
    return Markup(
        '<div class="note good" role="status"><b>✓ Published.</b> <a href="{}" target="_blank">{}</a> {}</div>'
    ).format(url, url, " ".join(remarks))


def _loss(value: float | None) -> str:
    return "–" if value is None else f"{value:#.3g}"


def _millions(count: int) -> str:
    return f"{count / 1e6:.1f} M" if count < 1e8 else f"{count / 1e6:.0f} M"


def size(count: int) -> str:
    """Bytes in MB or GB of a thousand."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{max(1, round(count / 1e6))} MB"


def duration(seconds: float) -> str:
    """95 -> '2 min'."""
    if seconds < 60:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
