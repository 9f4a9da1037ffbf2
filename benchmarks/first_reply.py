"""Seconds from `make run` to a patient's first words, as a stranger meets them: `python -m benchmarks.first_reply`.

The environment is installed and the default base converted. Each round starts `make run` anew, opens the page in
Chromium as soon as it answers, and asks the patient that the Chat tab shows. The last line is a JSON object: seconds
since the start as [median, min, max], and seconds from the question to its first words.
"""

import json
import sys
import time

from playwright.sync_api import expect

from benchmarks.figures import summary
from tests.browser import answered, ask, chromium, open_page, served, speaking, tab

ROUNDS = 3
QUESTION = "What brings you in today?"


def one_round() -> dict[str, float]:
    """Seconds since `make run` at which each thing was there."""
    start = time.monotonic()
    at = {}
    with served(["make", "run", "ARGS=--port {port}"]) as url, chromium() as browser:
        at["page_answers"] = time.monotonic() - start
        page = open_page(browser, wait_ms=300_000)
        page.goto(url)
        tab(page, "Chat")
        expect(page.get_by_role("textbox", name="Your question")).to_be_enabled()
        at["question_box_open"] = time.monotonic() - start
        ask(page, QUESTION)
        asked = time.monotonic() - start
        speaking(page)
        at["first_words"] = time.monotonic() - start
        at["first_words_after_question"] = at["first_words"] - asked
        answered(page)
        at["reply_complete"] = time.monotonic() - start
    return at


def main() -> None:
    rounds = []
    for number in range(ROUNDS):
        rounds.append(one_round())
        print(f"round {number + 1}: {rounds[-1]}", file=sys.stderr, flush=True)
    seconds = {name: [each[name] for each in rounds] for name in rounds[0]}
    print(json.dumps(summary(seconds)))


if __name__ == "__main__":
    main()
