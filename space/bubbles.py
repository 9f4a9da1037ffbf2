"""An interview as Gradio's Chatbot shows it."""

from html import escape
from typing import Any

import gradio as gr

from medsim.script import PatientScript
from space import page
from space.context import html
from space.interview import Interview

AWAITED = "…"


def empty_chat(script: PatientScript) -> gr.Chatbot:
    return gr.Chatbot(value=[], placeholder=page.welcome(script))


def bubbles(interview: Interview, examiner: bool) -> list[dict[str, Any]]:
    """The turns as the Chatbot takes them; in the examiner's view each reply has its scores under it.

    The texts are escaped: Gradio shows them as HTML even with `render_markdown=False`. Its copy button takes the text
    as it is here, so quotation marks stay.
    """
    shown: list[dict[str, Any]] = [
        {"role": "user" if message.role == "doctor" else "assistant", "content": escape(message.content, quote=False)}
        for message in interview.dialogue
    ]
    if examiner:
        for index, dialogue, reply in interview.replies():
            scores = interview.scores.chips(interview.script, dialogue, reply)
            shown[index]["content"] = [escape(reply, quote=False), html(scores)]
    if interview.unanswered:
        shown.append({"role": "assistant", "content": AWAITED})
    return shown
