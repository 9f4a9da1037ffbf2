"""Screenshots of the running app for the README: `make screenshots`, which calls `python -m tests.screenshots [MODEL]`.

MODEL is a name as the Chat tab lists it (such as `first`); by default what the tab chooses.
"""

import re
import sys
from collections.abc import Sequence

from playwright.sync_api import Page

from tests.browser import answered, ask, chromium, open_page, served, tab
from tests.conftest import REPOSITORY

FOLDER = REPOSITORY / "docs" / "screenshots"
QUESTIONS = ("Hello, I'm Dr Shah. What brings you in today?", "When did it start?", "Do you smoke?")


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(1500)  # transitions
    page.screenshot(path=FOLDER / f"{name}.png")
    print(FOLDER / f"{name}.png")


def show_scores(page: Page) -> None:
    page.get_by_label("Examiner's view").locator("visible=true").check()


def interview(page: Page, questions: Sequence[str]) -> None:
    for question in questions:
        ask(page, question)
        answered(page)


def take(page: Page, model: str | None) -> None:
    page.get_by_role("button", name="Maria Lopez").wait_for()
    shoot(page, "scripts")
    page.get_by_role("button", name="Maria Lopez").click()
    page.get_by_role("button", name="Talk to this patient").wait_for()
    shoot(page, "editor")
    page.get_by_role("button", name="Talk to this patient").click()
    page.locator(".door").wait_for()
    page.get_by_text("Model and settings").click()
    if model:
        page.get_by_label("Who plays the patient").click()
        page.get_by_role("option", name=model).click()
    show_scores(page)
    page.get_by_text("Model and settings").click()
    interview(page, QUESTIONS)
    shoot(page, "chat")
    tab(page, "Compare")
    show_scores(page)
    interview(page, QUESTIONS[1:])
    shoot(page, "compare")
    tab(page, "Train")
    page.get_by_text("Before the start").wait_for()
    shoot(page, "train")
    page.get_by_role("tab", name=re.compile("^Runs")).click()  # with their number
    shoot(page, "runs")
    tab(page, "Evaluate")
    page.get_by_text("Worst replies").or_(page.get_by_text("Not measured yet.")).first.wait_for()
    page.locator(".few, .empty").locator("visible=true").first.evaluate("element => element.scrollIntoView()")
    shoot(page, "evaluate")


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with served([sys.executable, "app.py", "--port", "{port}"]) as url, chromium() as browser:
        page = open_page(browser, wait_ms=180_000)
        page.goto(f"{url}/?__theme=light")
        take(page, sys.argv[1] if len(sys.argv) > 1 else None)


if __name__ == "__main__":
    main()
