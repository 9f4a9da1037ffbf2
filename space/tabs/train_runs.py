"""The second half of Train: how runs are doing, and stop, resume, delete. The page only reads files, again and again.

Handlers take the App and plain values; `name` is the run that this page looks at (see run_list.py), None for the
newest.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import gradio as gr
from gradio.events import Dependency

from space import page, train_page
from space.context import QUIET, App, reporting
from space.owner import for_owner
from space.plots import loss_points
from space.run_list import find_run, label, runs_of
from space.run_view import RunView, run_view
from space.tabs.train_publish import bind_publishing, weights_choices
from trainer import jobs
from trainer.runs import Run

RESUMABLE = ("stopped", "interrupted", "failed")


class Seen(NamedTuple):
    """What a page shows at present, to send only what is new."""

    runs: tuple | None
    state: tuple | None
    offers: tuple | None


def runs_view(app: App, tab: gr.Tab, train: gr.Tab, chosen: gr.State) -> Callable[[Dependency], None]:
    """Lay out and bind. Returns what binds a look at the runs after a further event."""
    part = run_view(on_space=app.access.space_owner is not None)
    seen = gr.State(None)  # Seen | None
    looking = {"inputs": [chosen, seen], "outputs": [chosen, seen, tab, *part.shown, part.said, *part.offered], **QUIET}
    looked = for_owner(app, "train", look)

    def then_look(event: Dependency) -> None:
        event.success(looked, **looking)

    @reporting
    def choose(request: gr.Request, profile: gr.OAuthProfile | None, event: gr.EventData):
        app.access.require("train", request, profile)
        name = str(event._data.get("id", ""))
        find_run(app, name)
        return name

    gr.on([tab.select, train.select], looked, **looking)
    part.timer.tick(looked, **looking)
    then_look(part.table.select(choose, None, chosen, **QUIET))
    for button, action in ((part.stop, stop), (part.kill, kill)):
        then_look(button.click(for_owner(app, "train", action), chosen, part.said, **QUIET))
    then_look(part.resume.click(for_owner(app, "train", resume, give_login=True), chosen, part.said, **QUIET))
    then_look(_bind_deletion(app, part, chosen))
    for event in bind_publishing(app, part.publishing, part.said, chosen):
        then_look(event)
    return then_look


def _bind_deletion(app: App, part: RunView, chosen: gr.State) -> Dependency:
    doomed = gr.State(None)  # the name that was asked about, whatever the page looks at by then
    part.delete.click(for_owner(app, "delete", ask), chosen, [doomed, part.confirming, part.question], **QUIET)
    part.keep.click(lambda: gr.Column(visible=False), None, part.confirming, **QUIET)
    return part.confirm.click(for_owner(app, "delete", delete), doomed, part.confirming, **QUIET)


def look(app: App, name: str | None, seen: Seen | None) -> list:
    """Name, Seen, tab, then RunView.shown, said and RunView.offered; what the page shows already is skipped."""
    runs = runs_of(app)
    name = name if name in runs else next(iter(runs), None)
    run = runs.get(name)
    state = (name, run.state, run.stopping) if run else ()
    choices = weights_choices(app, name, run)
    now = Seen(
        runs=(state, run and run.log_size, *((key, other.state, len(other.events)) for key, other in runs.items())),
        state=state,
        offers=(state, *choices),
    )
    before = seen or Seen(None, None, None)
    tab = gr.Tab(label=f"Runs ({len(runs)})" if runs else "Runs")
    shown = [gr.skip()] * 8 if now.runs == before.runs else [tab, *_shown(name, runs)]
    said = gr.skip() if now.state == before.state else ""
    offered = [gr.skip()] * 7 if now.offers == before.offers else _offered(run, choices)
    return [name, now, *shown, said, *offered]


def _shown(name: str | None, runs: dict[str, Run]) -> list:
    if name is None:
        return [train_page.NO_RUNS, gr.Column(visible=False), None, "", "", "", gr.Timer(active=False)]
    run, live = runs[name], any(other.live for other in runs.values())
    points = loss_points(run)
    return [
        train_page.run_card(label(name), run),
        gr.Column(visible=True),
        gr.LinePlot(value=points, visible=len(points) > 1),
        train_page.fidelity(run),
        train_page.log(run.log_tail),
        train_page.run_table(runs, name),
        gr.Timer(active=live),
    ]


def _offered(run: Run | None, choices: list[tuple[str, str]]) -> list:
    """Buttons and fields for what can be done with a run in this state."""
    live = run is not None and run.live
    weights = run.weights if run and not live else None
    return [
        gr.Row(visible=live),
        gr.Button(visible=run is not None and _resumable(run)),
        gr.Button(visible=run is not None and not live),
        gr.Column(visible=weights is not None),
        gr.Column(visible=weights is not None and weights.name == "adapter"),
        f"{run.name}-merged"[:64] if run else "",
        gr.Dropdown(choices=choices, value=choices[0][1] if choices else None),
    ]


def _resumable(run: Run) -> bool:
    """Settings that were refused would be refused again."""
    return run.state in RESUMABLE and not (run.failure and run.failure["reason"] == "settings")


def stop(app: App, name: str) -> str:
    jobs.stop(find_run(app, name))
    return ""


def kill(app: App, name: str) -> str:
    jobs.kill(find_run(app, name))
    return ""


def resume(app: App, name: str, login: str | None) -> Any:
    jobs.resume(find_run(app, name), login)
    return ""


def ask(app: App, name: str) -> tuple:
    """The question before a deletion."""
    run = find_run(app, name)
    question = page.note("bad", "Its weights, checkpoints and log are removed for good.", f"Delete {run.name}?")
    return name, gr.Column(visible=True), question


def delete(app: App, name: str) -> gr.Column:
    jobs.delete(find_run(app, name))
    return gr.Column(visible=False)
