"""A small OpenAI-compatible server on loopback, for tests with the unmodified `openai` client.

    with chat_server(lambda request: "what the model says") as server:
        OpenAI(base_url=server.url, api_key="secret").chat.completions.create(...)

It refuses a request without the key, answers with the statuses in `server.failures` first, and keeps every request.
With `read`, it makes a prompt of the messages as vLLM does, keeps its token ids, and refuses one that is too long.
"""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

KEY = "secret-key"
Reader = Callable[[list[dict]], list]


@dataclass
class ChatServer:
    url: str
    requests: list[dict] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)
    refusal: str = "Try later."  # the words of a failure
    prompts: list[list] = field(default_factory=list)


def reader(folder: Path) -> Reader:
    """How vLLM makes token ids of messages, with the files of a merged folder and nothing of medsim."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    template = (folder / "template.jinja").read_text(encoding="utf-8")

    def read(messages: list[dict]) -> list[int]:
        text = tokenizer.apply_chat_template(
            messages, chat_template=template, tokenize=False, add_generation_prompt=True
        )
        return tokenizer(text, add_special_tokens=False)["input_ids"]

    return read


def _words(messages: list[dict]) -> list[str]:
    return [word for message in messages for word in message["content"].split()]


@contextmanager
def chat_server(
    speak: Callable[[dict], str | Iterator[str]],
    models: tuple[str, ...] = ("teacher",),
    read: Reader = _words,
    context: int | None = None,
) -> Iterator[ChatServer]:
    """Run a server on a free port whose model says what `speak` makes of a request: a text, or pieces to stream.

    A RuntimeError between pieces is told in the stream; any other error cuts it off.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    state = ChatServer(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")

    def refused(request: Request) -> JSONResponse | None:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return _error("The key is wrong.", 401)
        return _error(state.refusal, state.failures.pop(0)) if state.failures else None

    async def listed(request: Request) -> JSONResponse:
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "us"} for name in models]
        return refused(request) or JSONResponse({"object": "list", "data": data})

    async def complete(request: Request) -> Response:
        if refusal := refused(request):
            return refusal
        asked = await request.json()
        state.requests.append(asked)
        prompt = read(asked["messages"])
        if context and len(prompt) + asked["max_tokens"] > context:
            return _error(f"This model's maximum context length is {context} tokens.", 400)
        state.prompts.append(prompt)
        said = await run_in_threadpool(speak, asked)
        if asked.get("stream"):
            pieces = re.findall(r"\s*\S+\s*", said) if isinstance(said, str) else said
            return StreamingResponse(_events(asked["model"], pieces), media_type="text/event-stream")
        tokens = len(prompt), len(said.split())
        usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
        choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        return JSONResponse({"id": "1", "object": "chat.completion", "created": 0, "model": asked["model"],
                             "choices": [choice], "usage": usage})  # fmt: skip

    async def page(request: Request) -> Response:
        return Response("<html></html>", media_type="text/html")

    routes = [Route("/v1/models", listed), Route("/v1/chat/completions", complete, methods=["POST"]),
              Route("/page/models", page)]  # fmt: skip
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield state
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


def _error(message: str, status: int) -> JSONResponse:
    return JSONResponse({"error": {"message": message, "type": "error"}}, status, {"retry-after-ms": "10"})


def _events(model: str, pieces: Iterable[str]) -> Iterator[str]:
    yield _event(model, {"role": "assistant", "content": ""})
    try:
        for piece in pieces:
            yield _event(model, {"content": piece})
    except RuntimeError as error:  # as vLLM tells it, whose status was sent before
        yield f"data: {json.dumps({'error': {'message': str(error)}})}\n\n"
    yield "data: [DONE]\n\n"


def _event(model: str, delta: dict) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": None}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": model, "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"
