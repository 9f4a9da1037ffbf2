"""Handlers that only an owner may call."""

import inspect
from collections.abc import Callable

import gradio as gr

from space.access import Action
from space.context import App, reporting


def for_owner(app: App, action: Action, handler: Callable, give_login: bool = False) -> Callable:
    """`handler(app, *values)` as an event handler: it runs only for who may do `action`, its MedSimErrors are messages.

    With `give_login` it is also given `login`, the Hub token of who signed in on a Space, or None.
    """

    def prepared(request: gr.Request, profile: gr.OAuthProfile | None, login: gr.OAuthToken | None) -> dict:
        app.access.require(action, request, profile)
        return {"login": login.token if login else None} if give_login else {}

    if inspect.isgeneratorfunction(handler):

        def stream(request: gr.Request, profile: gr.OAuthProfile | None, login: gr.OAuthToken | None, *values):
            yield from handler(app, *values, **prepared(request, profile, login))

        return reporting(stream)

    def call(request: gr.Request, profile: gr.OAuthProfile | None, login: gr.OAuthToken | None, *values):
        return handler(app, *values, **prepared(request, profile, login))

    return reporting(call)
