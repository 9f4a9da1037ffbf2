"""What a visitor has edited and not saved: kept while the page is open, so that another patient may be opened."""

from collections.abc import Mapping
from pathlib import Path

from medsim.errors import MedSimError
from space.draft import Draft
from space.library import Library

MOST = 20
TEMPLATE = Path(__file__).parent / "template.yaml"

Drafts = Mapping[str, Draft]  # by origin: the id of the script in the library, or what `new_origin` gives


def new_origin(draft: Draft) -> str:
    """An origin for a draft that is not from the library. No id has a slash."""
    return f"new/{draft.key}"


def with_draft(drafts: Drafts, origin: str, draft: Draft, library: Library) -> Drafts:
    """The drafts with this one last, unless it is as the library (or the template) has it. Only the last MOST stay."""
    rest = without(drafts, origin)
    if not draft.differs_from(_source(origin, library)):
        return rest
    return dict([*rest.items(), (origin, draft)][-MOST:])


def template() -> str:
    """The text that a new script begins with."""
    return TEMPLATE.read_text(encoding="utf-8")


def _source(origin: str, library: Library) -> str:
    try:
        return library.text(origin)
    except MedSimError:  # new, or deleted meanwhile
        return template()


def without(drafts: Drafts, origin: str) -> Drafts:
    return {other: draft for other, draft in drafts.items() if other != origin}
