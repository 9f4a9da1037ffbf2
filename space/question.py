"""The question box: one field, and one button that is Ask, or Stop while a reply comes."""

import gradio as gr

from space.interview import MAX_QUESTION


def question_box(placeholder: str) -> gr.Textbox:
    """The box, closed until a patient is in the room: `ask_box` opens it."""
    return gr.Textbox(
        container=False, submit_btn="Ask", max_length=MAX_QUESTION, placeholder=placeholder, label="Your question",
        show_label=False, elem_classes="ask", interactive=False,
    )  # fmt: skip


def ask_box(text: str = "") -> gr.Textbox:
    """The box ready for a question; `text` is one to be asked again. Without it, what is being typed stays."""
    again = {"value": text} if text else {}
    return gr.Textbox(submit_btn="Ask", stop_btn=False, interactive=True, **again)


def stop_box() -> gr.Textbox:
    return gr.Textbox(value="", submit_btn=False, stop_btn="Stop")
