"""The components of the Evaluate tab. What they do is bound in tabs/evaluate.py and tabs/evaluate_new.py."""

from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from space.context import html
from space.editor import CHOOSE_ROW
from space.reports import METRICS, MOST
from space.run_view import POLL_S
from space.train_page import heading

QUICK, PUBLIC = "quick", "public"
SETS = {QUICK: "Quick", PUBLIC: "Public set"}
COUNTS = {QUICK: 174, PUBLIC: 1163}  # questions
ALL = ""  # kinds, scripts


class OrderForm(NamedTuple):
    """A new report, and the benchmark that goes on: for the owner."""

    part: gr.Column
    patient: gr.Dropdown
    questions: gr.Radio
    name: gr.Textbox
    estimate: gr.HTML
    start: gr.Button
    said: gr.HTML
    watched: gr.Column
    card: gr.HTML
    stop: gr.Button
    resume: gr.Button
    delete: gr.Button
    confirming: gr.Column
    question: gr.HTML
    confirm: gr.Button
    keep: gr.Button
    timer: gr.Timer

    @property
    def shown(self) -> list[Component]:
        """What a look at the benchmark renews."""
        return [self.watched, self.card, self.stop, self.resume, self.delete, self.timer]


class Reading(NamedTuple):
    """Reports, for everybody."""

    listing: gr.Column
    table: gr.HTML
    choosing: gr.Row
    names: gr.CheckboxGroup
    metric: gr.Radio
    chart: gr.HTML
    part: gr.Column  # all that needs a chosen report
    compared: gr.HTML
    detail: gr.HTML
    report: gr.Button
    replies: gr.Button
    kind: gr.Dropdown
    script: gr.Dropdown
    worst: gr.HTML
    back: gr.Button
    on: gr.Button

    @property
    def shown(self) -> list[Component]:
        """What depends on the reports and the metric that are chosen."""
        return [self.chart, self.part, self.compared, self.detail, self.kind, self.script]


def order_form() -> OrderForm:
    with gr.Column(visible=False) as part:
        with gr.Accordion("New report", open=True):
            with gr.Row():
                patient = gr.Dropdown([], label="Patient", interactive=True, min_width=220)
                questions = gr.Radio(
                    [(f"{name}, {COUNTS[key]:,}", key) for key, name in SETS.items()], value=QUICK, label="Questions",
                    interactive=True, min_width=220,
                )  # fmt: skip
                name = gr.Textbox(
                    label="Name", placeholder="from the patient and the time", interactive=True, max_length=64,
                    min_width=180,
                )  # fmt: skip
            with gr.Row(elem_classes="tools"):
                start = gr.Button("Evaluate", variant="primary", size="md", min_width=120)
                estimate = html()
        said = html()
        with gr.Column(visible=False) as watched:
            card = html()
            with gr.Row(elem_classes="tools"):
                stop = gr.Button("Stop", variant="stop", size="md", min_width=120)
                resume = gr.Button("Resume", size="md", min_width=120)
                delete = gr.Button("Delete", size="md", min_width=120)
            with gr.Column(visible=False) as confirming:
                question = html()
                with gr.Row(elem_classes="tools"):
                    confirm = gr.Button("Delete it", variant="stop", size="md", min_width=120)
                    keep = gr.Button("Keep it", size="md", min_width=120)
        timer = gr.Timer(POLL_S, active=False)
    return OrderForm(part, patient, questions, name, estimate, start, said, watched, card, stop, resume, delete,
                     confirming, question, confirm, keep, timer)  # fmt: skip


def reading() -> Reading:
    with gr.Column(visible=False) as listing:
        html(heading("Reports"))
        table = html(js_on_load=CHOOSE_ROW)
    with gr.Row(elem_classes="filters", visible=False) as choosing:
        names = gr.CheckboxGroup([], label=f"Beside each other (up to {MOST})", interactive=True, min_width=320)
        metric = gr.Radio([(label, name) for name, label in METRICS.items()], value="overall", label="Metric",
                          interactive=True, min_width=320)  # fmt: skip
    chart = html()
    with gr.Column(visible=False) as part:
        compared = html(elem_classes="stack")
        detail = html(elem_classes="stack")
        with gr.Row(elem_classes="tools"):
            report = gr.Button("Download the report", size="md", min_width=120)
            replies = gr.Button("Download the replies", size="md", min_width=120)
        html(heading("Worst replies"))
        with gr.Row(elem_classes="filters"):
            kind = gr.Dropdown([], label="Kind of question", interactive=True, min_width=220)
            script = gr.Dropdown([], label="Script", interactive=True, min_width=220)
        worst = html(elem_classes="stack")
        with gr.Row(elem_classes="tools"):
            back = gr.Button("← Worse ones", size="md", min_width=120)
            on = gr.Button("Better ones →", size="md", min_width=120)
    return Reading(listing, table, choosing, names, metric, chart, part, compared, detail, report, replies, kind,
                   script, worst, back, on)  # fmt: skip
