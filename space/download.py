"""Downloads made in the browser from text that the handler returns: no file lies on the server for others to find."""

from collections.abc import Callable
from typing import Any

import gradio as gr
from gradio.components import Component

from space.context import PRIVATE, reporting

SAVE_FILE = """file => {
  if (!file) return;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([file.text], {type: 'text/plain;charset=utf-8'}));
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}"""


def downloads(button: gr.Button, make: Callable[..., dict[str, str]], inputs: list[Component], **settings: Any) -> None:
    """Let a button download what `make` returns: {"name": file name, "text": its content}."""
    file = gr.JSON(visible=False)
    made = button.click(reporting(make), inputs, file, show_progress="hidden", **settings, **PRIVATE)
    made.success(None, file, None, js=SAVE_FILE)
