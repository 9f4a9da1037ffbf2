"""The runs on this disk, under the names that Chat and Compare have for their weights too: runs/NAME, models/NAME."""

from pathlib import Path

from medsim.errors import MedSimError
from space.context import App
from trainer.runs import Run, child, list_runs


def runs_of(app: App) -> dict[str, Run]:
    """All runs by name, newest first. In models/ there are finished models too, which no training has told of."""
    found = {f"{place}/{run.name}": run for place, root in app.models.roots.items() for run in list_runs(root)}
    runs = [(name, run) for name, run in found.items() if name.startswith("runs/") or run.events]
    return dict(sorted(runs, key=lambda item: item[1].began, reverse=True))


def folder_of(app: App, name: str | None) -> Path:
    """Where runs/NAME or models/NAME lies, or would lie. Raises MedSimError for what is no such name."""
    place, _, rest = (name or "").partition("/")
    root = app.models.roots.get(place)
    if root is None:
        raise MedSimError("Choose one of the list.")
    return child(root, rest)


def find_run(app: App, name: str | None) -> Run:
    """The run of this name. Raises MedSimError when there is none."""
    run = Run(folder_of(app, name))
    if not (run.path / "config.yaml").is_file():
        raise MedSimError("This run is no longer here. Choose another one.")
    return run


def label(name: str) -> str:
    """A run as a person calls it: those in runs/ by their name alone."""
    return name.removeprefix("runs/")
