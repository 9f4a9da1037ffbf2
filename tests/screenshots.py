"""Screenshots of the running app for the README: `make screenshots`, which calls `python -m tests.screenshots [MODEL]`.

MODEL is a name as the Chat tab lists it (such as `runs/first-thirty`); by default what the tab chooses.
"""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect, sync_playwright

from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "docs" / "screenshots"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
QUESTIONS = ("Hello, I'm Dr Shah. What brings you in today?", "When did it start?", "Do you smoke?")
SECONDS = 180_000  # in milliseconds: the machine may be busy


@contextmanager
def app() -> Iterator[str]:
    """The app on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "app.py", "--port", str(port)], cwd=REPOSITORY)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(url, timeout=5)
                break
            except OSError:
                time.sleep(0.5)
        yield url
    finally:
        process.terminate()
        process.wait()


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(1500)  # transitions
    page.screenshot(path=FOLDER / f"{name}.png")
    print(FOLDER / f"{name}.png")


def ask(page: Page, placeholder: str, question: str) -> None:
    box = page.get_by_placeholder(placeholder)
    box.fill(question)
    box.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_role("button", name="Ask", exact=True).locator("visible=true")).to_be_visible(timeout=SECONDS)


def take(page: Page, model: str | None) -> None:
    page.get_by_role("button", name="Maria Lopez").wait_for(timeout=SECONDS)
    shoot(page, "scripts")
    page.get_by_role("button", name="Maria Lopez").click()
    page.get_by_role("button", name="Talk to this patient").wait_for(timeout=SECONDS)
    shoot(page, "editor")
    page.get_by_role("button", name="Talk to this patient").click()
    page.get_by_text("On the door").wait_for(timeout=SECONDS)
    page.get_by_text("Model and settings").click()
    if model:
        page.get_by_label("Who plays the patient").click()
        page.get_by_role("option", name=model).click()
    page.get_by_label("Examiner's view").locator("visible=true").check()
    page.get_by_text("Model and settings").click()
    for question in QUESTIONS:
        ask(page, "Ask the patient…", question)
    shoot(page, "chat")
    page.get_by_role("tab", name="Compare").click()
    page.get_by_label("Examiner's view").locator("visible=true").check()
    for question in QUESTIONS[1:]:
        ask(page, "Ask all of them…", question)
    shoot(page, "compare")
    page.get_by_role("tab", name="Train").click()
    page.get_by_text("Before the start").wait_for(timeout=SECONDS)
    shoot(page, "train")
    page.get_by_role("tab", name="Runs").click()
    shoot(page, "runs")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with app() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        page = browser.new_page(viewport={"width": 1280, "height": 860})
        page.goto(f"{url}/?__theme=light")
        take(page, sys.argv[1] if len(sys.argv) > 1 else None)
        browser.close()


if __name__ == "__main__":
    main()
