"""What can go wrong for a user, as sentences a person can act on.

Raised anywhere, caught once at each edge: the command line (`run_cli`) and the tab handlers of the app.
"""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class MedSimError(Exception):
    """An expected failure. Its text is one sentence that says what is wrong and what to do about it."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a piece of data: where it is, why it is wrong, and the cure.

    `line` counts from 1 and is None where the text has no lines (a form, a Python object).
    """

    reason: str
    cure: str
    file: str = ""
    line: int | None = None
    field: str = ""

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part)
        return ": ".join(part for part in (where, self.field, f"{self.reason} {self.cure}") if part)


class DataError(MedSimError):
    """All the problems of one input at once, one a line."""

    def __init__(self, problems: Sequence[Problem]):
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def print_check(what: str, good: int, problems: Sequence[Problem]) -> int:
    """Print the result of a check command, one problem a line; its exit status."""
    for problem in problems:
        print(problem)
    print(f"{good} {what} are good" + (f", {len(problems)} problems" if problems else ""))
    return 1 if problems else 0


def run_cli(main: Callable[[], int | None]) -> None:
    """Run a command and exit: 0 when done, 1 with a sentence on stderr for a MedSimError, 130 on Ctrl-C."""
    try:
        sys.exit(main() or 0)
    except MedSimError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
