"""Talking to an OpenAI-compatible server: the connection, and its refusals as sentences a person can act on."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import shorten

from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAI, OpenAIError

from medsim.errors import MedSimError

RETRIES = 6  # of a request, with growing pauses between
TIMEOUT = 180.0  # seconds
NO_KEY = "no-key"  # for a server of one's own that wants none


def key_for(url: str | None) -> str | None:
    """The key of the environment, its only source; without a URL the server is OpenAI's, which wants one."""
    return os.environ.get("OPENAI_API_KEY") or (NO_KEY if url else None)


def connect(url: str | None, key: str | None) -> OpenAI:
    """A client that asks a busy or failing server again. The key is kept in memory alone."""
    try:
        return OpenAI(base_url=url, api_key=key, max_retries=RETRIES, timeout=TIMEOUT)
    except OpenAIError:
        raise MedSimError("The server needs a key. Put it in OPENAI_API_KEY, or name its URL.") from None


@contextmanager
def in_words(client: OpenAI) -> Iterator[None]:
    """What goes wrong with the server becomes a MedSimError, without the key."""
    try:
        yield
    except APIError as error:
        raise MedSimError(f"The server {client.base_url} {_reason(error, client.api_key)}") from None


def _reason(error: APIError, key: str) -> str:
    body = error.body if isinstance(error.body, dict) else {}
    told = shorten(str(body.get("message") or error.message).replace(key, "(the key)"), 400)
    match error:
        case APITimeoutError():
            return "does not answer in time. See in its log what holds it up, and try again."
        case APIConnectionError():
            return "cannot be reached. Is it running?"
        case APIStatusError(status_code=401 | 403 as status):
            return f"answers {status}: it refuses the key. Put the right one in OPENAI_API_KEY."
        case APIStatusError(status_code=404):
            return f"answers 404: {told}. Check the model's name, and that the URL ends in /v1."
        case APIStatusError(status_code=status):
            cure = "Check the model and the settings; a long command that is started again goes on where it was."
            return f"answers {status}: {told}. {cure}"
    return f"broke off its answer: {told}. See in its log why, and try again."
