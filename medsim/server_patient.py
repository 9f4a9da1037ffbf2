"""A patient played by a model behind an OpenAI-compatible server: vLLM, llama.cpp's server, Ollama.

The server gets the messages that `encode` renders. With the merged model's template.jinja it makes the same token ids
of them, except where a text spells a special token, which `encode` alone keeps a text.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from openai import APIError

from medsim.dialogue import SILENCE, Dialogue, Script
from medsim.errors import MedSimError
from medsim.prompt import BASE_ROLES, messages, shorter
from medsim.sampling import Sampling
from medsim.server import connect, in_words, key_for

if TYPE_CHECKING:
    from medsim.patients import Item, OnReply

AT_ONCE = 16  # requests
BLOCK = 2000  # characters, about 500 tokens: by so many a dialogue is shortened for a server that finds it too long
TOO_LONG = re.compile(r"context (length|size|window)|maximum model length", re.I)  # vLLM, OpenAI, llama.cpp


class ServerPatient:
    """A patient played by a model of a server, under the present system prompt.

    `model` is its name there; None: the only one. The key is that of the environment. Raises MedSimError, also when it
    is asked something, for whatever the server refuses, and where it cannot be reached.
    """

    def __init__(self, url: str, model: str | None = None):
        _check(url)
        self._client = connect(url, key_for(url))
        self.model = self._choose(model, url)

    def stream(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> Iterator[str]:
        said = ""
        with in_words(self._client), self._ask(script, dialogue, sampling, stream=True) as chunks:
            for chunk in chunks:
                piece = (chunk.choices[0].delta.content or "") if chunk.choices else ""
                piece = piece if said else piece.lstrip()
                said += piece
                if piece:
                    yield piece
        if not said:
            yield SILENCE

    def batch(self, items: "Sequence[Item]", sampling: Sampling, on_reply: "OnReply | None" = None) -> list[str]:
        """Several requests at a time. After a failure no more are sent; `on_reply` is still told of those under way."""
        replies, failures = [""] * len(items), []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            asked = {pool.submit(self._reply, *item, sampling): index for index, item in enumerate(items)}
            try:
                for future in as_completed(asked):
                    if future.cancelled():
                        continue
                    if failure := future.exception():
                        failures.append(failure)
                        _cancel(asked)
                        continue
                    replies[asked[future]] = future.result()
                    if on_reply:
                        on_reply(asked[future], future.result())
            finally:  # also when the caller stops it
                _cancel(asked)
        if failures:
            raise failures[0]
        return replies

    def _choose(self, model: str | None, url: str) -> str:
        try:
            with in_words(self._client):
                names = [found.id for found in self._client.with_options(max_retries=1).models.list()]
        except (AttributeError, ValueError):  # the client's own, for an answer that is no list of models
            names = []
        if not names:
            raise MedSimError(f"{url} lists no models. Check that it ends in /v1, and that a model is loaded there.")
        if model not in names and (model or len(names) > 1):
            problem = f"has no model {model!r}" if model else f"has {len(names)} models"
            raise MedSimError(f"The server {url} {problem}. Choose one with --model: {', '.join(names)}.")
        return model or names[0]

    def _reply(self, script: Script, dialogue: Dialogue, sampling: Sampling) -> str:
        with in_words(self._client):
            found = self._ask(script, dialogue, sampling)
        text = found.choices[0].message.content if found.choices else None
        return (text or "").strip() or SILENCE

    def _ask(self, script: Script, dialogue: Dialogue, sampling: Sampling, **options: Any) -> Any:
        """The client's answer, to the dialogue without as many of its oldest turns as the server's context needs."""
        # Not every server knows the name, and vLLM penalises the prompt's tokens too, so 1 (none) is not sent
        extra = {} if sampling.repetition_penalty == 1 else {"repetition_penalty": sampling.repetition_penalty}
        for kept in chain([dialogue], shorter(script, dialogue, len, BLOCK)):
            turns = [{"role": BASE_ROLES[turn.role], "content": turn.content} for turn in messages(script, kept)]
            try:
                return self._client.chat.completions.create(
                    model=self.model, messages=turns, temperature=sampling.temperature, top_p=sampling.top_p,
                    max_tokens=sampling.max_new_tokens, seed=sampling.seed, extra_body=extra, **options,
                )  # fmt: skip
            except APIError as error:
                if not TOO_LONG.search(error.message):
                    raise
        cure = "Shorten the script or the question, or start the server with a longer context."
        raise MedSimError(f"The script and the last question are too long for the server's model. {cure}")


def _check(url: str) -> None:
    """Refuse what is no URL, and one with a secret in it: it is shown in errors and reports."""
    try:
        parts = urlsplit(url)
        whole = parts.hostname and parts.port != 0  # the port is read only here
    except ValueError:
        whole = False
    if not whole:
        raise MedSimError("This is no URL of a server. Write it as http://HOST:PORT/v1.")
    if parts.username or parts.query:
        raise MedSimError("A server's URL takes no password and no parameters. Put its key in OPENAI_API_KEY.")


def _cancel(futures: Iterable[Future]) -> None:
    for future in futures:
        future.cancel()
