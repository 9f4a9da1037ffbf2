"""app.py: flags, what it prints, and a start as a Space starts it."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from types import SimpleNamespace

import pytest

import app
from medsim.errors import MedSimError
from space.access import Access
from tests.conftest import REPOSITORY

SPACE_FILES = ("app.py", "medsim", "space", "trainer", "configs", "data")
START_S = 120  # on a busy machine


@pytest.fixture(autouse=True)
def no_space(monkeypatch):
    monkeypatch.delenv("SPACE_ID", raising=False)


def test_by_default_it_is_for_this_machine_alone():
    flags = app.parse_flags([])
    assert app.host_of(flags) == "127.0.0.1" and not flags.share and app.login_of(flags) is None
    made = app.make_app(flags)
    assert made.access == Access(local=True) and made.base == "smollm2-135m-instruct"
    assert made.runs == REPOSITORY / "runs" and len(made.library.scripts()[0]) >= 6


def test_flags_reach_their_objects(tmp_path, tiny_base):
    flags = app.parse_flags(["--share", "--base", str(tiny_base), "--runs", str(tmp_path), "--auth", "shah:se:cret"])
    made = app.make_app(flags)
    assert made.access == Access(logins=True) and made.runs == tmp_path and made.base == str(tiny_base.resolve())
    assert app.login_of(flags) == ("shah", "se:cret")
    assert app.make_app(app.parse_flags(["--host", "0.0.0.0"])).access == Access()


@pytest.mark.parametrize("login", ["", "shah", "shah:", ":secret"])
def test_half_a_login_is_refused(login):
    with pytest.raises(MedSimError, match="a name and a password"):
        app.login_of(app.parse_flags(["--auth", login]))


def test_a_base_that_there_is_not_is_refused_before_anything_starts():
    with pytest.raises(MedSimError, match="There is no base 'smollm3'"):
        app.make_app(app.parse_flags(["--base", "smollm3"]))


@pytest.mark.parametrize("port", ["99999", "-1"])
def test_a_port_that_is_none_is_told_in_a_sentence(tmp_path, tiny_base, port):
    flags = app.parse_flags(["--base", str(tiny_base), "--runs", str(tmp_path), "--port", port])
    with pytest.raises(MedSimError, match="cannot listen there .* another --port"):
        app.launch(app.make_app(flags), flags)


def test_a_space_listens_to_the_outside(monkeypatch):
    monkeypatch.setenv("SPACE_ID", "shah/medsim")
    flags = app.parse_flags([])
    assert app.host_of(flags) == "0.0.0.0" and app.make_app(flags).access == Access(space_owner="shah")


@pytest.mark.parametrize(
    ("argv", "said", "unsaid"),
    [
        ([], ["http://127.0.0.1:7860/"], ["Visitors", "Public"]),
        (["--share"], ["Public link: https://x.gradio.live", "Visitors may", "They cannot save, train"], ["log in,"]),
        (["--host", "0.0.0.0"], ["Visitors may"], ["Public"]),
        (["--share", "--auth", "a:b"], ["Public link", "Everyone has to log in"], ["Visitors"]),
    ],
)
def test_the_link_is_printed_and_what_visitors_may_do(capsys, argv, said, unsaid):
    demo = SimpleNamespace(local_url="http://127.0.0.1:7860/", share_url="https://x.gradio.live")
    app.announce(demo, app.parse_flags(argv))
    printed = capsys.readouterr().out
    assert all(text in printed for text in said) and not any(text in printed for text in unsaid)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def space(tmp_path):
    """A Space: only its files, started as the Hub starts it. Yields its address."""
    for name in SPACE_FILES:
        source = REPOSITORY / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    port = free_port()
    environment = {**os.environ, "SPACE_ID": "x", "GRADIO_SERVER_PORT": str(port)}
    with (tmp_path / "log.txt").open("w") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        yield SimpleNamespace(url=f"http://127.0.0.1:{port}", process=process, log=tmp_path / "log.txt")
    finally:
        process.kill()
        process.wait()


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


def greeting(url: str, config: dict) -> str:
    """What the page's load event answers, asked for as a browser on this machine does."""
    [number] = [item["id"] for item in config["dependencies"] if [event for _, event in item["targets"]] == ["load"]]
    body = json.dumps({"data": [], "fn_index": number, "session_hash": "test"}).encode()
    urllib.request.urlopen(
        urllib.request.Request(f"{url}/gradio_api/queue/join", body, {"Content-Type": "application/json"}), timeout=30
    ).close()
    with urllib.request.urlopen(f"{url}/gradio_api/queue/data?session_hash=test", timeout=60) as stream:
        return next(line.decode() for line in stream if b"process_completed" in line)


def test_a_space_starts_from_its_own_files_and_everyone_is_a_visitor(space):
    end = time.monotonic() + START_S
    while True:
        assert space.process.poll() is None, space.log.read_text()
        assert time.monotonic() < end, space.log.read_text()
        try:
            config = json.loads(fetch(f"{space.url}/config"))
            break
        except (OSError, http.client.HTTPException):
            time.sleep(0.3)
    [train] = [item for item in config["components"] if item["props"].get("label") == "Train"]
    assert train["props"]["visible"] is False
    assert not any(item["type"] == "loginbutton" for item in config["components"])
    answer = greeting(space.url, config)
    assert "Visitor" in answer and "Owner" not in answer
    assert re.search(r'"visible":\s*true', answer) is None
