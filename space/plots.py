"""The loss of a run as a plot: what it was in training, and on dialogues held out."""

import gradio as gr
import pandas

from trainer.events import history
from trainer.runs import Run

MOST_POINTS = 500
TRAINING, HELD_OUT = "training", "held out"
COLOURS = {TRAINING: "#7b8e95", HELD_OUT: "#2c8683"}  # 3:1 and more on light and dark


def loss_plot() -> gr.LinePlot:
    return gr.LinePlot(
        x="step", y="loss", color="set", color_map=COLOURS, height=280, show_label=False, label="Loss",
        buttons=["export"], x_title="step", y_title="loss", color_title=" ", tooltip="all",
    )  # fmt: skip


def loss_points(run: Run) -> pandas.DataFrame:
    """Columns step, loss and set; of a long run every n-th point of the training loss."""
    events = history(run.events)
    training = [(event["step"], event["loss"], TRAINING) for event in events if event["kind"] == "step"]
    held_out = [(event["step"], event["eval_loss"], HELD_OUT) for event in events if event["kind"] == "eval"]
    every = -(-len(training) // MOST_POINTS) or 1
    return pandas.DataFrame([*training[::every], *held_out], columns=["step", "loss", "set"])
