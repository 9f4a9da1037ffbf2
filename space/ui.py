"""The page: header, banner and tabs. Each tab is in `space/tabs/`; the contract of a tab is in `space/context.py`."""

import os

import gradio as gr

from space import page
from space.context import QUIET, App, html
from space.tabs.chat import chat_tab
from space.tabs.compare import compare_tab
from space.tabs.evaluate import evaluate_tab
from space.tabs.scripts import scripts_tab
from space.tabs.train import train_tab


def build(app: App) -> gr.Blocks:
    """The whole app. Launch it with `theme` and `head` of space/theme.py."""
    with gr.Blocks(title="MedSim", analytics_enabled=False, delete_cache=(3600, 3600)) as demo:
        header = html(page.header("Visitor"))
        if os.environ.get("SPACE_ID") and os.environ.get("OAUTH_CLIENT_ID"):  # nowhere else is there anyone to ask
            gr.LoginButton(size="sm", elem_classes="narrow")
        script = gr.State(None)  # the PatientScript that this visitor talks to; None: none chosen yet
        with gr.Tabs(overflow_behavior="wrap") as tabs:
            with gr.Tab("Scripts", id="scripts") as tab:
                scripts_tab(app, tab, tabs, script)
            with gr.Tab("Chat", id="chat") as tab:
                chat_tab(app, tab, script)
            with gr.Tab("Compare", id="compare") as tab:
                compare_tab(app, tab, script)
            # showing it late is calm, hiding it late flickers
            with gr.Tab("Train", id="train", visible=False) as train:
                train_tab(app, train)
            with gr.Tab("Evaluate", id="evaluate") as tab:
                evaluate_tab(app, tab)

        def greet(request: gr.Request, profile: gr.OAuthProfile | None):
            role = app.access.role(request, profile)
            return page.header(app.access.label(role)), gr.Tab(visible=role == "owner")

        demo.load(greet, None, [header, train], **QUIET)
    return demo
