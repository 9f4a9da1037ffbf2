"""The owner's part of Evaluate: start a benchmark, watch it, stop, resume, delete. The page only reads files, again and
again. Handlers take the App and plain values; `name` is the benchmark that this page looks at, None: the one that runs.
"""

import time
from collections.abc import Iterator

import gradio as gr
from gradio.events import Dependency

from medsim.errors import MedSimError
from space import page
from space.context import QUIET, App, reporting
from space.evaluate_form import COUNTS, PUBLIC, QUICK, OrderForm
from space.evaluate_page import evaluation_card
from space.models import BASE, SCRIPTED, Model
from space.owner import for_owner
from space.reports import evaluations_of, find_evaluation
from space.train_page import duration
from trainer import benchmarks, jobs

MOST_NAME = 50  # characters of a patient's name in that of a report


def bind_order(app: App, part: OrderForm, tab: gr.Tab, table: gr.HTML) -> gr.State:
    """Bind. Returns the state that changes when there are other benchmarks, or one has begun or ended."""
    name, states, seen = gr.State(None), gr.State(None), gr.State(None)
    order = [part.patient, part.questions, part.name]

    @reporting
    def offer(patient: str | None, questions: str, request: gr.Request, profile: gr.OAuthProfile | None):
        if not app.access.may("evaluate", request, profile):
            return gr.skip(), gr.skip()
        kept = app.models.kept(patient, True)
        return gr.Dropdown(choices=app.models.choices(True), value=kept), estimate(app, kept, questions)

    @reporting
    def looked(name: str | None, seen: tuple | None, request: gr.Request, profile: gr.OAuthProfile | None):
        owner = app.access.may("evaluate", request, profile)
        return look(app, name, seen) if owner else [gr.skip()] * (2 + len(part.shown))

    @reporting
    def choose(event: gr.EventData):
        return find_evaluation(app, str(event._data.get("id", ""))).name

    def then_look(event: Dependency) -> None:
        event.success(looked, [name, seen], [seen, states, *part.shown], **QUIET)

    then_look(tab.select(offer, order[:2], [part.patient, part.estimate], **QUIET))
    part.timer.tick(looked, [name, seen], [seen, states, *part.shown], **QUIET)
    then_look(table.select(choose, None, name, **QUIET))
    estimated = for_owner(app, "evaluate", estimate)
    gr.on([part.patient.input, part.questions.input], estimated, order[:2], part.estimate, **QUIET)
    then_look(part.start.click(for_owner(app, "evaluate", start, give_login=True), order, [part.said, name], **QUIET))
    for button, action in ((part.stop, stop), (part.resume, resume)):
        then_look(button.click(for_owner(app, "evaluate", action), seen, part.said, **QUIET))
    doomed = gr.State(None)  # the name that was asked about, whatever the page looks at by then
    part.delete.click(for_owner(app, "delete", ask), seen, [doomed, part.confirming, part.question], **QUIET)
    part.keep.click(lambda: gr.Column(visible=False), None, part.confirming, **QUIET)
    then_look(part.confirm.click(for_owner(app, "delete", delete), doomed, [part.confirming, name], **QUIET))
    return states


def look(app: App, name: str | None, seen: tuple | None) -> list:
    """What is seen, the states of all, then OrderForm.shown; what the page shows already is skipped."""
    found = {one.name: one for one in evaluations_of(app, may_see_all=True)}
    one = found.get(name) or next((one for one in found.values() if one.live), None)
    states = tuple((other.name, other.state) for other in found.values())
    now = (one and one.name, one and one.asked, one and one.log_size, states)
    live, state = any(other.live for other in found.values()), one and one.state
    if now == seen:
        return [*[gr.skip()] * 7, gr.skip() if live else gr.Timer(active=False)]
    return [
        now,
        states,
        gr.Column(visible=one is not None),
        evaluation_card(one) if one else "",
        gr.Button(visible=state == "running"),
        gr.Button(visible=state in ("interrupted", "failed")),
        gr.Button(visible=one is not None and state != "running"),
        gr.Timer(active=True),
    ]


def estimate(app: App, patient: str, questions: str) -> str:
    """How long it will take, where a benchmark of this patient or of another model was measured here."""
    model = app.models.find(patient, may_load=True)
    who = patient_flags(model)[1]
    asked = {one: one.settings["flags"][1] for one in evaluations_of(app, may_see_all=True) if one.seconds_a_question}
    alike = [one for one in asked if asked[one] == who]
    others = [one for one in asked if SCRIPTED not in (asked[one], who)]
    known = next(iter(alike or others), None)
    if known is None:
        return ""
    seconds = known.seconds_a_question * COUNTS[checked(questions)]
    return page.muted(f"About {duration(seconds)}, at the pace of {known.name}.")


def start(app: App, patient: str, questions: str, name: str, login: str | None) -> Iterator[tuple]:
    """Begin a benchmark. The base comes first, which may take minutes."""
    yield page.muted("Preparing the base and starting."), gr.skip()
    try:
        model = app.models.find(patient, may_load=True)
        flags = [*patient_flags(model), *(["--quick"] if checked(questions) == QUICK else [])]
        name = (name or "").strip() or default_name(model)
        one = benchmarks.start(app.runs, name, model.label, flags, model.needs, login)
    except MedSimError as error:
        yield page.note("bad", str(error), "✕ Not started."), gr.skip()
    else:
        yield "", one.name


def checked(questions: str) -> str:
    if questions not in (QUICK, PUBLIC):
        raise MedSimError("Choose one of the sets of questions.")
    return questions


def patient_flags(model: Model) -> list[str]:
    """Who is asked, as the command takes it."""
    if model.name == BASE:
        return ["--patient", BASE, "--base", model.needs]
    return ["--patient", SCRIPTED if model.name == SCRIPTED else str(model.folder.resolve())]


def default_name(model: Model) -> str:
    return f"{model.name.rpartition('/')[2][:MOST_NAME]}-{time.strftime('%m%d-%H%M')}"


def stop(app: App, seen: tuple) -> str:
    benchmarks.stop(find_evaluation(app, seen[0]))
    return ""


def resume(app: App, seen: tuple) -> str:
    benchmarks.resume(find_evaluation(app, seen[0]))
    return ""


def ask(app: App, seen: tuple) -> tuple:
    """The question before a deletion."""
    one = find_evaluation(app, seen[0])
    question = page.note("bad", "The report and all replies are removed for good.", f"Delete {one.name}?")
    return one.name, gr.Column(visible=True), question


def delete(app: App, name: str) -> tuple:
    jobs.delete(find_evaluation(app, name))
    return gr.Column(visible=False), None
