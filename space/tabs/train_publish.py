"""What is made of a finished run: a merged model in models/, a repository on the Hub.

Handlers take the App and plain values; names are those of run_list.py.
"""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr
from gradio.events import Dependency
from markupsafe import Markup

from medsim.errors import MedSimError
from space import page, train_page
from space.context import QUIET, App
from space.owner import for_owner
from space.run_list import find_run, folder_of
from space.run_view import Publishing
from trainer.merge import merge
from trainer.push import push
from trainer.runs import NAME, Run, child


def bind_publishing(app: App, part: Publishing, said: gr.HTML, chosen: gr.State) -> list[Dependency]:
    """Bind both buttons; the events after which the page should look again."""
    merged = part.merge.click(for_owner(app, "publish", merge_run), [chosen, part.merged_name], said, **QUIET)
    fields = [part.weights, part.repo_id, part.public, part.token]
    pushed = part.push.click(for_owner(app, "publish", publish, give_login=True), fields, [said, part.token], **QUIET)
    return [merged, pushed]


def weights_choices(app: App, name: str | None, run: Run | None) -> list[tuple[str, str]]:
    """(label, name) of what can be published: the run's own weights, and the models in models/."""
    own = [(f"{run.weights.name.capitalize()} of {run.name}", name)] if run and run.weights else []
    others = [(folder.name, f"models/{folder.name}") for folder in _models(app.shipped)]
    return own + [other for other in others if other[1] != name]


def _models(root: Path) -> list[Path]:
    found = (folder for folder in root.glob("*") if NAME.fullmatch(folder.name) and not folder.is_symlink())
    return sorted(folder for folder in found if any(folder.rglob("*.safetensors")))


def merge_run(app: App, name: str, target: str) -> Iterator[Markup]:
    """Merge a run's adapter into its base, as models/`target`. It is in Chat and Compare from then on."""
    yield page.muted("Merging: the base is loaded, the adapter added, the whole written.")
    try:
        run, folder = find_run(app, name), child(app.shipped, target.strip())
        if folder.exists():
            raise MedSimError(f"There is a model {folder.name} already. Choose another name.")
        if run.live or run.weights is None:
            raise MedSimError(f"{run.name} has no adapter to merge. Let it finish first.")
        merge(run.weights, folder)
    except MedSimError as error:
        yield page.note("bad", str(error), "✕ Not merged.")
    else:
        yield page.note("good", f"models/{folder.name} can be chosen in Chat and Compare, or published.", "✓ Merged.")


def publish(
    app: App, weights: str | None, repo_id: str, public: bool, token: str, login: str | None
) -> Iterator[tuple[Markup, str]]:
    """Push to the Hub. The password field is emptied at once, and the token goes nowhere but to the Hub."""
    yield page.muted("Publishing."), ""
    remarks: list[str] = []
    try:
        if app.access.space_owner and not login:  # never with the token of the Space itself
            raise MedSimError("Sign in with Hugging Face first, so that the repository becomes yours.")
        folder = folder_of(app, weights)
        url = push(folder, repo_id.strip(), token=login or token.strip() or None, public=public, say=remarks.append)
    except MedSimError as error:
        yield page.note("bad", str(error), "✕ Not published."), ""
    else:
        yield train_page.published(url, remarks), ""
