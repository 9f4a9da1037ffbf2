"""A small Hugging Face Hub on loopback, for tests with the unmodified `huggingface_hub` client.

    with hub(tmp_path) as (endpoint, token, state):
        HfApi(endpoint, token=token).create_repo("tester/patient")
        assert state.repo("tester/patient").commits[-1].summary == "initial commit"

It keeps its files in a folder and everything else in memory. While it runs, the client of this process talks to it
and to nothing else; `environment(server)` does the same for a child process. Xet is off: the server speaks git LFS.
"""

import base64
import hashlib
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
import uvicorn
import yaml
from huggingface_hub import RepoCard, constants, hf_api
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from tests.hub_store import LFS_SUFFIXES, TOKEN, File, Refused, Repo, State

KNOWN = {
    "license": ("mit", "apache-2.0", "llama3.2", "other"),
    "base_model_relation": ("adapter", "merge", "quantized", "finetune"),
}


async def whoami(request: Request, state: State) -> Response:
    user = state.user(request)
    if user is None:
        raise Refused(401, "", "Invalid username or password.")
    role = {"displayName": "test", "role": "write" if user.may_write else "read"}
    organizations = [{"name": name} for name in user.organizations]
    return JSONResponse({"type": "user", "name": user.name, "orgs": organizations, "auth": {"accessToken": role}})


async def validate_yaml(request: Request, state: State) -> Response:
    """Front matter has to be a YAML mapping; a licence and a relation to the base have to be known ones."""
    errors = []
    try:
        card = RepoCard((await request.json())["content"], ignore_metadata_errors=False).data
        for key, names in KNOWN.items():
            if card.get(key) not in (None, *names):
                errors.append({"message": f'"{key}" must be one of {names}'})
    except (ValueError, yaml.YAMLError) as error:
        errors.append({"message": str(error)})
    return JSONResponse({"errors": errors, "warnings": []}, 400 if errors else 200)


async def create_repo(request: Request, state: State) -> Response:
    user, body = state.user(request), await request.json()
    namespace = body.get("organization") or (user.name if user else "")
    if user is None or not (user.owns(namespace) and user.may_write):
        raise Refused(403 if user else 401, "", f"You don't have the rights to create a model under {namespace}")
    kind, repo_id = f"{body.get('type') or 'model'}s", f"{namespace}/{body['name']}"
    url = f"{request.base_url}{'' if kind == 'models' else kind + '/'}{repo_id}"
    if (kind, repo_id) in state.repos:
        return JSONResponse({"error": "You already created this repo", "url": url}, 409)
    repo = state.repos[kind, repo_id] = Repo(kind, repo_id, private=body.get("visibility") == "private")
    attributes = {".gitattributes": state.store(".gitattributes", b"*.safetensors filter=lfs\n")}
    state.append(repo, "initial commit", [("file", ".gitattributes")], attributes, "system")
    return JSONResponse({"url": url, "name": repo_id, "id": repo_id})


async def delete_repo(request: Request, state: State) -> Response:
    body, user = await request.json(), state.user(request)
    namespace = body.get("organization") or (user.name if user else "")
    request.path_params.update(kind=f"{body.get('type') or 'model'}s", namespace=namespace, name=body["name"])
    repo = state.find(request, write=True)
    del state.repos[repo.kind, repo.id]
    return Response()


async def preupload(request: Request, state: State) -> Response:
    repo = state.find(request, write=True)
    files = repo.commit(request.path_params["revision"]).files
    answers = []
    for wanted in (await request.json())["files"]:
        mode = "lfs" if wanted["path"].endswith(LFS_SUFFIXES) else "regular"
        known = files.get(wanted["path"])
        oid = known.oid if known else None
        answers.append({"path": wanted["path"], "uploadMode": mode, "shouldIgnore": False, "oid": oid})
    return JSONResponse({"files": answers})


async def lfs_batch(request: Request, state: State) -> Response:
    state.find(request, write=True)
    objects = [{"oid": wanted["oid"], "size": wanted["size"]} for wanted in (await request.json())["objects"]]
    for wanted in objects:
        if not (state.folder / wanted["oid"]).exists():
            wanted["actions"] = {"upload": {"href": f"{request.base_url}lfs/{wanted['oid']}"}}
    return JSONResponse({"transfer": "basic", "objects": objects})


async def lfs_put(request: Request, state: State) -> Response:
    oid, digest = request.path_params["oid"], hashlib.sha256()
    partial = state.folder / f"{oid}.partial"
    with partial.open("wb") as file:
        async for chunk in request.stream():
            digest.update(chunk)
            file.write(chunk)
    if digest.hexdigest() != oid:
        raise Refused(400, "", "The content does not have this hash")
    partial.rename(state.folder / oid)
    return Response()


async def commit(request: Request, state: State) -> Response:
    repo, user = state.find(request, write=True), state.user(request)
    lines = [json.loads(line) for line in (await request.body()).splitlines()]
    header = lines[0]["value"]
    if header.get("parentCommit") not in (None, repo.commits[-1].oid):
        raise Refused(412, "", "A commit has happened since. Please refresh and try again.")
    files, operations = dict(repo.files), []
    for line in lines[1:]:
        path = line["value"]["path"]
        operations.append((line["key"], path))
        if line["key"] == "file":
            files[path] = state.store(path, base64.b64decode(line["value"]["content"]))
        elif line["key"] == "lfsFile":
            stored = state.folder / line["value"]["oid"]
            files[path] = File(line["value"]["oid"], stored.stat().st_size, True, stored)
        else:
            gone = [name for name in files if name == path or name.startswith(path.rstrip("/") + "/")]
            if not gone:
                raise Refused(404, "EntryNotFound", f"A file with this name doesn't exist: {path}")
            for name in gone:
                del files[name]
    done = state.append(repo, header["summary"], operations, files, user.name)
    return JSONResponse({"commitUrl": f"{request.base_url}{repo.id}/commit/{done.oid}", "commitOid": done.oid})


async def info(request: Request, state: State) -> Response:
    repo = state.find(request)
    at = repo.commit(request.path_params.get("revision", "main"))
    siblings = [{**file.listing(name), "blobId": file.oid[:40]} for name, file in at.files.items()]
    gated = "manual" if repo.gated else False
    facts = {"_id": repo.id, "id": repo.id, "sha": at.oid, "private": repo.private, "gated": gated, "tags": []}
    return JSONResponse({**facts, "author": repo.id.split("/")[0], "downloads": 0, "likes": 0, "siblings": siblings})


async def tree(request: Request, state: State) -> Response:
    files = state.find(request).commit(request.path_params["revision"]).files
    folder = request.path_params.get("path", "").strip("/")
    inside = {name: file for name, file in files.items() if not folder or name.startswith(folder + "/")}
    if folder and not inside:
        raise Refused(404, "EntryNotFound", f"{folder} does not exist")
    start = len(folder) + 1 if folder else 0
    deep = request.query_params.get("recursive", "").lower() == "true"
    return JSONResponse([file.listing(name) for name, file in inside.items() if deep or "/" not in name[start:]])


async def resolve(request: Request, state: State) -> Response:
    repo, user = state.find(request), state.user(request)
    if repo.gated and not (user and user.owns(repo.id.split("/")[0])):
        message = f"Access to model {repo.id} is restricted and you are not in the authorized list."
        raise Refused(403 if user else 401, "GatedRepo", message)
    at = repo.commit(request.path_params["revision"])
    file = at.files.get(request.path_params["path"])
    if file is None:
        raise Refused(404, "EntryNotFound", f"{request.path_params['path']} does not exist")
    headers = {"ETag": f'"{file.oid}"', "X-Repo-Commit": at.oid}
    if file.lfs:
        headers.update({"X-Linked-ETag": f'"{file.oid}"', "X-Linked-Size": str(file.size)})
    return FileResponse(file.path, headers=headers)


def _routes() -> list[tuple[str, str, object]]:
    api, name = "/api/{kind}/{namespace}/{name}", "{namespace}/{name}"
    return [
        ("GET", "/api/whoami-v2", whoami),
        ("POST", "/api/validate-yaml", validate_yaml),
        ("POST", "/api/repos/create", create_repo),
        ("DELETE", "/api/repos/delete", delete_repo),
        ("POST", api + "/preupload/{revision}", preupload),
        ("POST", api + "/commit/{revision}", commit),
        ("GET", api + "/tree/{revision}", tree),
        ("GET", api + "/tree/{revision}/{path:path}", tree),
        ("GET", api + "/revision/{revision}", info),
        ("GET", api, info),
        ("PUT", "/lfs/{oid}", lfs_put),
        *(("POST", f"/{kind}{name}.git/info/lfs/objects/batch", lfs_batch) for kind in ("{kind}/", "")),
        *(("GET", f"/{kind}{name}/resolve/{{revision}}/{{path:path}}", resolve) for kind in ("{kind}/", "")),
    ]


def _application(state: State) -> Starlette:
    def endpoint(handler):
        async def answer(request: Request) -> Response:
            try:
                return await handler(request, state)
            except Refused as refused:
                return refused.response

        return answer

    return Starlette(routes=[Route(path, endpoint(handler), methods=[verb]) for verb, path, handler in _routes()])


class Hub(NamedTuple):
    endpoint: str
    token: str
    state: State


def environment(server: Hub, home: Path) -> dict[str, str]:
    """The environment of a child process that is logged in at this Hub; its caches lie under `home`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))}
    return {**kept, "HF_ENDPOINT": server.endpoint, "HF_TOKEN": server.token, "HF_HOME": str(home),
            "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}  # fmt: skip


@contextmanager
def hub(folder: Path) -> Iterator[Hub]:
    """Run a Hub on a free port, its files in `folder`; the client of this process is pointed at it meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    state, listener = State(folder), socket.create_server(("127.0.0.1", 0))
    endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(_application(state), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", endpoint)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", endpoint + "/{repo_id}/resolve/{revision}/{filename}")
        patch.setattr(hf_api.api, "endpoint", endpoint)
        patch.setattr(constants, "HF_HUB_OFFLINE", False)
        patch.setattr(constants, "HF_HUB_DISABLE_XET", True)
        while not server.started:
            time.sleep(0.01)
        try:
            yield Hub(endpoint, TOKEN, state)
        finally:
            server.should_exit = True
            thread.join(10)
            listener.close()
