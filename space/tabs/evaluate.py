"""Evaluate: how true patients are to their scripts, and what they said worst; for the owner new reports besides.

Handlers take the App and plain values. `names` are the reports that are chosen, in the order in which they were.
"""

import gradio as gr
from markupsafe import Markup

from medsim.benchmark.compare import differences, same_questions
from space import evaluate_page, page
from space.context import QUIET, App, reporting
from space.download import downloads
from space.evaluate_form import ALL, order_form, reading
from space.reply_page import reply_cards
from space.reports import (
    KINDS,
    METRICS,
    by_kind,
    by_topic,
    chosen_reports,
    evaluations_of,
    find_evaluation,
    known_metric,
    replies_file,
    report_file,
    worst_first,
)
from space.tabs.evaluate_new import bind_order
from trainer.evaluations import Evaluation

PAGE = 20  # replies


def evaluate_tab(app: App, tab: gr.Tab) -> None:
    """Everybody reads; what starts, stops or deletes is shown to the owner, and each of its handlers asks again."""
    order, part = order_form(), reading()
    states = bind_order(app, order, tab, part.table)
    number = gr.State(0)  # which page of the worst replies
    filters = [part.names, part.metric, part.kind, part.script]
    worst = {"outputs": [number, part.worst, part.back, part.on], **QUIET}

    @reporting
    def enter(names: list[str] | None, request: gr.Request, profile: gr.OAuthProfile | None):
        return lists(app, names, app.access.may("evaluate", request, profile))

    @reporting
    def choose(event: gr.EventData):
        found = find_evaluation(app, str(event._data.get("id", "")))
        return [found.name] if found.report else gr.skip()

    @reporting
    def renew(
        names: list[str], metric: str, kind: str, script: str, request: gr.Request, profile: gr.OAuthProfile | None
    ):
        return show(app, names, metric, kind, script, app.access.may("evaluate", request, profile))

    def turned(step: int | None):
        return reporting(lambda number, *filters: list_worst(app, (number or 0) + step if step else 0, *filters))

    listed = [part.names, part.table, part.listing, part.choosing, order.part]
    entered = gr.on([tab.select, states.change], enter, part.names, listed, **QUIET)
    chosen = part.table.select(choose, None, part.names, **QUIET)
    for event in (entered.success, chosen.success, part.names.input, part.metric.input):
        shown = event(renew, filters, part.shown, **QUIET)
        shown.success(turned(None), [number, *filters], **worst)
    for event, step in ((part.kind.input, None), (part.script.input, None), (part.back.click, -1), (part.on.click, 1)):
        event(turned(step), [number, *filters], **worst)
    downloads(part.report, lambda names: report_file(app, names), [part.names])
    downloads(part.replies, lambda names: replies_file(app, names), [part.names])


def lists(app: App, names: list[str] | None, owner: bool) -> tuple:
    """The reports there are; those chosen before stay, else the newest is."""
    found = evaluations_of(app, owner)
    reports = [one.name for one in found if one.report]
    kept = [name for name in names or [] if name in reports] or reports[:1]
    return (
        gr.CheckboxGroup(choices=reports, value=kept),
        evaluate_page.report_table(found),
        gr.Column(visible=bool(found)),
        gr.Row(visible=bool(reports)),
        gr.Column(visible=owner),
    )


def show(app: App, names: list[str] | None, metric: str, kind: str, script: str, owner: bool) -> list:
    """What Reading.shown shows of the chosen reports; the filters stay where the first report has such replies."""
    metric = known_metric(metric)
    reports = chosen_reports(app, names)
    if not reports:
        empty = evaluate_page.CHOOSE if evaluations_of(app, False) else evaluate_page.nothing(owner)
        return [empty, gr.Column(visible=False), "", "", gr.skip(), gr.skip()]
    first = reports[0].finished
    kinds = {one.name: by_kind(one.finished, metric) for one in reports}
    topics = {one.name: by_topic(one.finished, metric) for one in reports}
    detail = page.join([
        evaluate_page.groups("Kinds of question", kinds, KINDS),
        evaluate_page.groups("Topics", topics, {}),
        evaluate_page.lengths(reports),
    ])  # fmt: skip
    asked = {kind: KINDS.get(kind, kind) for kind in kinds[reports[0].name]}
    scripts = {line["script"]: line["script"].replace("-", " ") for line in first.replies.values()}
    return [
        evaluate_page.chart(reports, metric),
        gr.Column(visible=True),
        _compared(reports, metric),
        detail,
        _filter(asked, kind),
        _filter(scripts, script),
    ]


def _filter(offered: dict[str, str], chosen: str) -> gr.Dropdown:
    choices = [("All", ALL), *((label, name) for name, label in offered.items())]
    return gr.Dropdown(choices=choices, value=chosen if chosen in offered else ALL)


def _compared(reports: list[Evaluation], metric: str) -> Markup:
    """Each report beside the first, where both are of the same questions."""
    first, *others = (one.finished for one in reports)
    return page.join(
        evaluate_page.difference(first, other, differences(first, other, metric), metric)
        if same_questions(first, other)
        else evaluate_page.other_questions(first.folder.name, other.folder.name)
        for other in others
    )


def list_worst(app: App, number: int, names: list[str], metric: str, kind: str, script: str) -> tuple:
    """A page of the first report's replies, the worst first, and whether there are pages before and after it."""
    reports = chosen_reports(app, names)
    if not reports:
        return 0, "", gr.Button(visible=False), gr.Button(visible=False)
    replies = reports[0].finished
    lines = worst_first(replies, known_metric(metric), kind or ALL, script or ALL)
    number = min(max(0, number), max(0, len(lines) - 1) // PAGE)
    from_, to = number * PAGE, min(len(lines), (number + 1) * PAGE)
    said = f"{from_ + 1} to {to} of {len(lines):,} replies of {reports[0].name}, by {METRICS[metric].lower()}"
    return (
        number,
        page.muted(said if lines else "No reply fits these filters.") + reply_cards(replies, lines[from_:to]),
        gr.Button(visible=number > 0),
        gr.Button(visible=to < len(lines)),
    )
