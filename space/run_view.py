"""The components that show runs. What they do is bound in tabs/train_runs.py and tabs/train_publish.py."""

from typing import NamedTuple

import gradio as gr
from gradio.components import Component

from space.context import html
from space.editor import CHOOSE_ROW
from space.plots import loss_plot
from space.train_page import heading

POLL_S = 2.0


class Publishing(NamedTuple):
    """What can be made of trained weights."""

    part: gr.Column
    merging: gr.Column
    merged_name: gr.Textbox
    merge: gr.Button
    weights: gr.Dropdown
    repo_id: gr.Textbox
    public: gr.Checkbox
    token: gr.Textbox
    push: gr.Button


class RunView(NamedTuple):
    """One run, then the table of all."""

    card: gr.HTML
    part: gr.Column  # all that needs a run
    plot: gr.LinePlot
    going: gr.Row
    stop: gr.Button
    kill: gr.Button
    resume: gr.Button
    delete: gr.Button
    confirming: gr.Column
    question: gr.HTML
    confirm: gr.Button
    keep: gr.Button
    said: gr.HTML
    publishing: Publishing
    fidelity: gr.HTML
    log: gr.HTML
    table: gr.HTML
    timer: gr.Timer

    @property
    def shown(self) -> list[Component]:
        """What a look at the runs renews."""
        return [self.card, self.part, self.plot, self.fidelity, self.log, self.table, self.timer]

    @property
    def offered(self) -> list[Component]:
        """What depends on the run's state alone."""
        part = self.publishing
        return [self.going, self.resume, self.delete, part.part, part.merging, part.merged_name, part.weights]


def run_view(on_space: bool) -> RunView:
    """Lay it out. On a Space the Hub is told who you are by your login, so no token is asked for."""
    card = html()
    with gr.Column(visible=False) as part:
        with gr.Row():
            with gr.Column(scale=3, min_width=320):
                plot = loss_plot()
            with gr.Column(scale=2, min_width=300):
                buttons = _buttons()
                publishing = _publishing(on_space)
        fidelity = html()
        with gr.Accordion("Log", open=False):
            log = html()
        html(heading("All runs"))
    table = html(js_on_load=CHOOSE_ROW)
    timer = gr.Timer(POLL_S, active=False)
    return RunView(
        card=card, part=part, plot=plot, **buttons, publishing=publishing, fidelity=fidelity, log=log, table=table,
        timer=timer,
    )  # fmt: skip


def _buttons() -> dict[str, Component]:
    with gr.Row(visible=False) as going:
        stop = gr.Button("Stop and save", size="md", min_width=120)
        kill = gr.Button("Stop now", variant="stop", size="md", min_width=120)
    with gr.Row(elem_classes="tools"):
        resume = gr.Button("Resume", size="md", min_width=120, visible=False)
        delete = gr.Button("Delete", size="md", min_width=120, visible=False)
    with gr.Column(visible=False) as confirming:
        question = html()
        with gr.Row(elem_classes="tools"):
            confirm = gr.Button("Delete it", variant="stop", size="md", min_width=120)
            keep = gr.Button("Keep it", size="md", min_width=120)
    return {
        "going": going, "stop": stop, "kill": kill, "resume": resume, "delete": delete, "confirming": confirming,
        "question": question, "confirm": confirm, "keep": keep, "said": html(),
    }  # fmt: skip


def _publishing(on_space: bool) -> Publishing:
    with gr.Column(visible=False) as part, gr.Accordion("Merge and publish", open=False):
        with gr.Column() as merging:
            merged_name = gr.Textbox(
                label="Name of the merged model", info="One model of base and adapter, for servers, in models/",
                interactive=True, max_length=64,
            )  # fmt: skip
            merge = gr.Button("Merge", size="md")
        weights = gr.Dropdown([], label="Publish", interactive=True)
        repo_id = gr.Textbox(label="Hub repository", placeholder="user/name", interactive=True, max_length=200)
        public = gr.Checkbox(label="Public", info="Otherwise only you see it", interactive=True)
        token = gr.Textbox(
            label="Token that may write", info="Used once, kept nowhere. Empty: the login of this machine",
            type="password", interactive=True, visible=not on_space, max_length=200,
        )  # fmt: skip
        push = gr.Button("Push to the Hub", size="md")
    return Publishing(part, merging, merged_name, merge, weights, repo_id, public, token, push)
