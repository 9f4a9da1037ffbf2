"""Forward passes of a model: which there were, and holding the next one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def forward_passes(model) -> Iterator[list[tuple[int, int]]]:
    """The (rows, tokens) that went through the model, in order."""
    shapes = []
    hook = model.model.embed_tokens.register_forward_pre_hook(lambda _, args: shapes.append(tuple(args[0].shape)))
    yield shapes
    hook.remove()


@contextmanager
def held(model) -> Iterator[tuple[threading.Event, threading.Event]]:
    """The next forward pass, in another thread, is held: two events, that it has come, and that it may go on."""
    entered, release = threading.Event(), threading.Event()

    def hold(*_):
        entered.set()
        release.wait(10)

    hook = model.model.embed_tokens.register_forward_pre_hook(hold)
    yield entered, release
    release.set()
    hook.remove()
