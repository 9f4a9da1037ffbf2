"""Train, for the owner: choose dialogues and settings, start a run, watch it, take it to Chat or to the Hub."""

import gradio as gr

from space.context import App
from space.tabs.train_new import new_run
from space.tabs.train_runs import runs_view


def train_tab(app: App, tab: gr.Tab) -> None:
    """The tab is shown to nobody but the owner, and each handler asks again."""
    chosen = gr.State(None)  # the name of the run that this page looks at; None: the newest
    with gr.Tabs() as views:
        with gr.Tab("New run", id="new"):
            started = new_run(app, tab, chosen, views)
        with gr.Tab("Runs", id="runs") as runs:
            then_look = runs_view(app, runs, tab, chosen)
    then_look(started)
