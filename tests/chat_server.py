"""A small OpenAI-compatible server on loopback, for tests with the unmodified `openai` client.

    with chat_server(lambda request: "what the model says") as server:
        OpenAI(base_url=server.url, api_key="secret").chat.completions.create(...)

It refuses a request without the key, answers with the statuses in `server.failures` first, and keeps every request.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

KEY = "secret-key"


@dataclass
class ChatServer:
    url: str
    requests: list[dict] = field(default_factory=list)
    failures: list[int] = field(default_factory=list)


@contextmanager
def chat_server(speak: Callable[[dict], str]) -> Iterator[ChatServer]:
    """Run a server on a free port whose model says what `speak` makes of a request."""
    listener = socket.create_server(("127.0.0.1", 0))
    state = ChatServer(f"http://127.0.0.1:{listener.getsockname()[1]}/v1")

    async def complete(request: Request) -> JSONResponse:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": {"message": "The key is wrong.", "type": "invalid_request_error"}}, 401)
        if state.failures:
            return JSONResponse({"error": {"message": "Try later."}}, state.failures.pop(0), {"retry-after-ms": "10"})
        asked = await request.json()
        state.requests.append(asked)
        said = await run_in_threadpool(speak, asked)
        tokens = sum(len(message["content"].split()) for message in asked["messages"]), len(said.split())
        usage = {"prompt_tokens": tokens[0], "completion_tokens": tokens[1], "total_tokens": sum(tokens)}
        choice = {"index": 0, "message": {"role": "assistant", "content": said}, "finish_reason": "stop"}
        return JSONResponse({"id": "1", "object": "chat.completion", "created": 0, "model": asked["model"],
                             "choices": [choice], "usage": usage})  # fmt: skip

    routes = [Route("/v1/chat/completions", complete, methods=["POST"])]
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
