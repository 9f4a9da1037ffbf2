"""A real browser before the real app: what the browser tests, the screenshots and the benchmarks share."""

import os
import re
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import REPOSITORY

BUBBLE = ".bot-row .message-content"  # what the patient says, without the scores
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
              "--disable-sync", "--no-first-run"]  # fmt: skip


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium that `make` found."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=_ARGUMENTS
        )
        yield browser
        browser.close()


def open_page(browser: Browser, wait_ms: int = 60_000) -> Page:
    """An empty page. A wait on it lasts no longer than it must, and `wait_ms` at most: the machine may be busy."""
    page = browser.new_page(viewport={"width": 1280, "height": 860}, locale="en-GB")
    page.set_default_timeout(wait_ms)
    expect.set_options(timeout=wait_ms)
    return page


@contextmanager
def served(command: Sequence[str], wait_s: float = 300) -> Iterator[str]:
    """The address of an app that this command starts, as soon as it answers. `{port}` in it is a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [part.format(port=port) for part in command]
    process = subprocess.Popen(command, cwd=REPOSITORY, start_new_session=True)
    try:
        _wait_for(url, process, time.monotonic() + wait_s)
        yield url
    finally:
        os.killpg(process.pid, 15)
        process.wait()


def _wait_for(url: str, process: subprocess.Popen, until: float) -> None:
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError as error:
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{process.args} does not answer on {url}") from error
            time.sleep(0.1)


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).click()


def ask(page: Page, question: str) -> None:
    """Ask, and wait until the question was taken: from then on Stop stands where Ask was."""
    box = page.get_by_role("textbox", name="Your question")
    box.fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(box).to_have_value("")


def speaking(page: Page) -> None:
    """Wait for the first words of the last reply."""
    expect(page.locator(BUBBLE).last).to_contain_text(re.compile(r"\w"))


def answered(page: Page) -> None:
    """Wait until all replies are complete."""
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
